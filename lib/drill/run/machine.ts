/**
 * The state machine of a rehearsal. Pure: the run, what is seen and the time in, what to do next out.
 *
 *   planned → preparing → injecting → detecting → deciding → rolling_back → propagating → verifying → restored
 *      └─────────┴───────────┴────────────┴──────────┴────────────┴─────────────┴────────────┴──▶ failed, aborted,
 *                                                                                                 interrupted
 *
 * Three things hold whatever happens. Nothing is injected before its undo is committed. Whatever ends a run after that
 * goes through the undo, and the undo is done once: the rollback that is rehearsed is that undo, and a run that ends
 * early has it done then. And whoever wants to stop wins over everything else at once; real trouble is `interrupted`,
 * never `failed`, for it says nothing of the rollback. Only a proof makes a run `restored`.
 */
import type { DrillLevel, endStates, RunState } from '../model';

export type EndState = (typeof endStates)[number];
export type Stop = { kind: 'failed' | 'aborted' | 'interrupted'; by: string; why: string; at: string };

export type Run = {
  state: RunState;
  level: DrillLevel;
  /** null: the plan decides by itself */
  person: { deadlineMs: number; atDeadline: 'roll_back' | 'fail' | 'abort' } | null;
  /** of the fault, from its start; the target ends it by itself then */
  faultMs: number;
  abortAfterMs: number;
  startedAt: Date | null;
  knownGood: string | null;
  undo: 'planned' | 'done' | null;
  faultAt: Date | null;
  faultUntil: Date | null;
  /** marked telemetry has been sent up to here; null: none has */
  sentUntil: Date | null;
  askedAt: Date | null;
  deadlineAt: Date | null;
  answer: 'roll_back' | 'hold' | 'abort' | null;
  rollbackId: string | null;
  proof: { restored: boolean | null; detail: string } | null;
  stop: Stop | null;
};

/** What others have written down meanwhile: the judge, the rollback machine. */
export type Evidence = {
  /** the first verdict that failed since the fault */
  failingAt: Date | null;
  /** the order to roll back, whoever gave it */
  order: { id: string; at: Date } | null;
  /** the flags are switched, and every process serves it */
  switchedAt: Date | null;
  /** telemetry shows that nobody is served it any more */
  goneAt: Date | null;
  /** the criteria are back in the recorded range */
  backAt: Date | null;
  rollback: 'open' | 'verified' | 'unconfirmed' | null;
  /** why it must stop now, by one of its own conditions; null: it need not */
  abort: string | null;
};

/** What is done is written down in one transaction with the change of the run; see `folded`. */
export type Task =
  | { kind: 'begin' }
  /** dry run and what is known good */
  | { kind: 'record' }
  | { kind: 'plan_undo' }
  | { kind: 'prepare' }
  | { kind: 'send' }
  | { kind: 'move'; to: RunState }
  | { kind: 'inject' }
  | { kind: 'detected' }
  | { kind: 'ask' }
  | { kind: 'order'; by: 'person' | 'deadline' }
  | { kind: 'ordered' }
  | { kind: 'prove' }
  | { kind: 'stop'; stop: Omit<Stop, 'at'> }
  | { kind: 'undo' };
export type Next =
  | { kind: 'task'; task: Task }
  | { kind: 'wait'; until: Date }
  | { kind: 'end'; state: EndState; why: string };

/** Marked telemetry goes out this often: its steps are as long. */
export const sendEveryMs = 2_000;
/** Evidence comes from others; it is looked at this often. */
const lookEveryMs = 500;

const ends: ReadonlySet<RunState> = new Set(['restored', 'failed', 'aborted', 'interrupted']);
export const isEnd = (state: RunState): state is EndState => ends.has(state);

/** What there is to do now. What has ended stays as it ended. */
export function next(run: Run, evidence: Evidence, now: Date): Next {
  if (isEnd(run.state)) return { kind: 'end', state: run.state, why: '' };
  if (run.stop)
    return run.undo === 'planned' ? task({ kind: 'undo' }) : { kind: 'end', state: run.stop.kind, why: run.stop.why };
  const why = mustAbort(run, evidence, now);
  if (why !== null) return leave('aborted', why);
  if (run.state === 'planned') return task({ kind: 'begin' });
  return run.level === 'tabletop' ? tabletop(run, now) : rehearsal(run, evidence, now);
}

const task = (of: Task): Next => ({ kind: 'task', task: of });
const wait = (now: Date, ms: number, atLatest: Array<Date | null> = []): Next => {
  const times = [now.getTime() + ms, ...atLatest.flatMap((at) => (at && at > now ? [at.getTime()] : []))];
  return { kind: 'wait', until: new Date(Math.min(...times)) };
};

/**
 * Every end that is not the proof. Written down before the undo: that is a rollback too, and must not be taken for the
 * one that is rehearsed.
 */
const leave = (kind: Stop['kind'], why: string): Next => task({ kind: 'stop', stop: { kind, by: 'belay', why } });

function mustAbort(run: Run, evidence: Evidence, now: Date): string | null {
  if (evidence.abort !== null) return evidence.abort;
  const { startedAt, abortAfterMs } = run;
  if (startedAt && now.getTime() - startedAt.getTime() >= abortAfterMs)
    return `It took longer than the ${Math.round(abortAfterMs / 1_000)} s that it may take`;
  return null;
}

function rehearsal(run: Run, evidence: Evidence, now: Date): Next {
  switch (run.state) {
    case 'preparing':
      return preparing(run, now);
    case 'injecting':
      // Written down before the fault, in a transaction of its own: no undo, no fault.
      return run.undo === 'planned' ? task({ kind: 'inject' }) : task({ kind: 'plan_undo' });
    case 'detecting':
    case 'deciding':
      return underFault(run, evidence, now);
    default:
      return returning(run, evidence, now);
  }
}

function preparing(run: Run, now: Date): Next {
  if (run.knownGood === null) return task({ kind: 'record' });
  if (run.undo === null) return task({ kind: 'plan_undo' });
  return dueSince(run, now) ? task({ kind: 'prepare' }) : wait(now, lookEveryMs);
}

/** Preparing sends by itself, so it is tried as often as is sent. */
const dueSince = ({ sentUntil }: Run, now: Date): boolean =>
  sentUntil === null || now.getTime() - sentUntil.getTime() >= sendEveryMs;

function underFault(run: Run, evidence: Evidence, now: Date): Next {
  // Somebody has ordered it already: all that is left is to follow, whatever was waited for here.
  if (run.state === 'detecting' && evidence.failingAt) return task({ kind: 'detected' });
  if (evidence.order) return task({ kind: run.state === 'detecting' ? 'detected' : 'ordered' });
  if (run.faultUntil && now >= run.faultUntil)
    return leave(
      'failed',
      run.state === 'detecting'
        ? 'The fault ended by itself before anything was seen of it'
        : 'The fault ended by itself before anybody had decided',
    );
  if (run.state === 'deciding' && run.person) {
    const decided = byPerson(run, run.person, now);
    if (decided) return decided;
  }
  return sendOr(run, now, [run.faultUntil, run.deadlineAt]);
}

/** Null: the answer is waited for. */
function byPerson(run: Run, person: NonNullable<Run['person']>, now: Date): Next | null {
  if (run.askedAt === null) return task({ kind: 'ask' });
  if (run.answer === 'roll_back') return task({ kind: 'order', by: 'person' });
  if (run.answer === 'hold') return leave('failed', 'It was decided to hold, so what failed stayed');
  if (run.answer === 'abort') return leave('aborted', 'It was decided to abort the drill');
  if (run.deadlineAt === null || now < run.deadlineAt) return null;
  switch (person.atDeadline) {
    case 'roll_back':
      return task({ kind: 'order', by: 'deadline' });
    case 'fail':
      return leave('failed', 'Nobody had decided when the deadline passed');
    case 'abort':
      return leave('aborted', 'Nobody had decided when the deadline passed');
  }
}

/** The rollback does its own work; here it is followed, and its telemetry kept coming. */
function returning(run: Run, evidence: Evidence, now: Date): Next {
  if (run.proof) {
    const whole = run.proof.restored === true && run.undo === 'done';
    return whole ? { kind: 'end', state: 'restored', why: run.proof.detail } : leave('failed', run.proof.detail);
  }
  if (evidence.rollback === null) return leave('failed', 'The rollback is not there any more');
  if (evidence.rollback === 'unconfirmed') return task({ kind: 'prove' });
  if (run.state === 'rolling_back' && evidence.switchedAt) return task({ kind: 'move', to: 'propagating' });
  if (run.state === 'propagating' && evidence.goneAt) return task({ kind: 'move', to: 'verifying' });
  if (run.state === 'verifying' && evidence.rollback === 'verified') return task({ kind: 'prove' });
  // A rollback without telemetry to wait for is verified at once.
  if (evidence.rollback === 'verified')
    return task({ kind: 'move', to: run.state === 'rolling_back' ? 'propagating' : 'verifying' });
  return sendOr(run, now, []);
}

function sendOr(run: Run, now: Date, atLatest: Array<Date | null>): Next {
  return dueSince(run, now) ? task({ kind: 'send' }) : wait(now, lookEveryMs, atLatest);
}

/** People only: nothing is touched, so there is nothing to undo. */
function tabletop(run: Run, now: Date): Next {
  switch (run.state) {
    case 'preparing':
      return run.knownGood === null ? task({ kind: 'record' }) : task({ kind: 'move', to: 'deciding' });
    case 'deciding':
      break;
    default:
      return leave('failed', `A tabletop has no ${run.state}`);
  }
  if (run.askedAt === null) return task({ kind: 'ask' });
  if (run.answer === 'roll_back') return { kind: 'end', state: 'restored', why: 'The rollback was decided in time' };
  if (run.answer === 'hold') return leave('failed', 'It was decided to hold: that is not the rollback');
  if (run.answer === 'abort') return leave('aborted', 'It was decided to abort the drill');
  if (run.deadlineAt && now >= run.deadlineAt)
    return run.person?.atDeadline === 'abort'
      ? leave('aborted', 'Nobody had decided when the deadline passed')
      : leave('failed', 'Nobody had decided when the deadline passed');
  return wait(now, lookEveryMs, [run.deadlineAt]);
}

/** What came of a task, as far as the machine goes by it; the executor writes it together with the effect. */
export type Result = {
  snapshot?: string;
  ready?: boolean;
  sentUntil?: Date;
  proof?: { restored: boolean | null; detail: string };
  /** the dry run says no: why */
  refused?: string;
};

export function folded(run: Run, done: Task, result: Result, evidence: Evidence, now: Date): Run {
  switch (done.kind) {
    case 'begin':
      return { ...run, state: 'preparing', startedAt: run.startedAt ?? now };
    case 'record':
      if (result.refused !== undefined)
        return { ...run, stop: { kind: 'aborted', by: 'belay', why: result.refused, at: now.toISOString() } };
      return { ...run, knownGood: result.snapshot ?? run.knownGood };
    case 'plan_undo':
      return { ...run, undo: run.undo ?? 'planned' };
    case 'prepare':
      return { ...run, state: result.ready ? 'injecting' : run.state, sentUntil: result.sentUntil ?? run.sentUntil };
    case 'send':
      return { ...run, sentUntil: result.sentUntil ?? run.sentUntil };
    case 'move':
      return { ...run, state: done.to };
    case 'inject': {
      // The one place where it begins.
      if (run.undo !== 'planned' || run.faultAt) return run;
      return { ...run, state: 'detecting', faultAt: now, faultUntil: new Date(now.getTime() + run.faultMs) };
    }
    case 'detected':
      return { ...run, state: 'deciding' };
    case 'ask':
      return { ...run, askedAt: now, deadlineAt: run.person ? new Date(now.getTime() + run.person.deadlineMs) : null };
    case 'order':
      return run;
    case 'ordered':
      // What is rehearsed is the undo: from here on it is done, once.
      return { ...run, state: 'rolling_back', rollbackId: evidence.order?.id ?? run.rollbackId, undo: 'done' };
    case 'prove':
      return { ...run, proof: result.proof ?? { restored: false, detail: 'Nothing proves it' } };
    case 'stop':
      return { ...run, stop: run.stop ?? { ...done.stop, at: now.toISOString() } };
    case 'undo':
      return run.undo === 'planned' ? { ...run, undo: 'done' } : run;
  }
}
