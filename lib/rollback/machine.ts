/**
 * The state machine of a rollback. Pure: the steps and the time in, what to do next out.
 *
 *   pending ──begin──▶ running ──done, left──▶ (over)
 *      ▲                 │  ▲
 *      └── a person's ───┤  └── begin, once it is due
 *          retry         └──wait──▶ waiting     ──failed──▶ failed
 *
 * A step may begin once all that it needs is done or left. `running` that is found again belonged to a worker that
 * is gone: it is begun again, with the same key. What waits longer than it may is failed, and trying goes on. The
 * state of the whole is derived, never set; once people were told that it is not confirmed it says so until it is
 * verified or they start it again.
 */
import type { RollbackState, RollbackStep, StepWork, TaskResult } from './model';

export type Machine = {
  steps: RollbackStep[];
  /** of the whole; past it people are told */
  deadlineAt: Date;
  /** since when people have been told */
  escalatedAt: Date | null;
};
export type Next = { kind: 'task'; step: RollbackStep } | { kind: 'wait'; until: Date | null } | { kind: 'end' };

/** Of a whole rollback, from the decision or a person's retry. */
export const wholeMs = 15 * 60_000;
/** Longer than this a step waits only as one that has failed. */
export const patienceMs: Partial<Record<StepWork['kind'], number>> = {
  restore: 120_000,
  serve: 10_000,
  read_back: 120_000,
  exposure: 120_000,
};
/** How old the reading of the plane may be when the rest is proven. */
const freshMs = 5_000;
const longestPauseMs = 30_000;
const shortestPauseMs = 100;

/** Verified needs these to be done, not only left. */
const proofs: ReadonlySet<StepWork['kind']> = new Set(['read_back', 'criteria', 'check']);
const proving: ReadonlySet<StepWork['kind']> = new Set([...proofs, 'exposure']);

/** Nobody waits for it: a person's step that holds nothing up. */
const aside = ({ work }: RollbackStep): boolean => work.kind === 'person' && !work.blocking;
const over = ({ state }: RollbackStep): boolean => state === 'done' || state === 'left';
const proven = (step: RollbackStep): boolean =>
  step.state === 'done' || (step.state === 'left' && !proofs.has(step.work.kind));

export const verified = (steps: readonly RollbackStep[]): boolean => steps.every((step) => aside(step) || proven(step));

/** What the steps and the clock come to. */
export function stateOf({ steps, deadlineAt, escalatedAt }: Machine, now: Date): RollbackState {
  if (verified(steps)) return 'verified';
  const counted = steps.filter((step) => !aside(step));
  const lost = counted.some((step) => step.state === 'failed' || (over(step) && !proven(step)));
  if (lost || escalatedAt !== null || now >= deadlineAt) return 'unconfirmed';
  const restores = counted.filter(({ work }) => work.kind === 'restore');
  if (restores.some((step) => step.state === 'pending')) return 'intent';
  if (!restores.every(over)) return 'calling';
  return counted.every((step) => over(step) || proving.has(step.work.kind)) ? 'verifying' : 'called';
}

/** People are told once; a retry starts that anew. */
export const mustEscalate = (machine: Machine, now: Date): boolean =>
  machine.escalatedAt === null && stateOf(machine, now) === 'unconfirmed';

/** When the step may begin; null: not before something else has happened. */
function readyAt(step: RollbackStep, steps: readonly RollbackStep[]): number | null {
  if (over(step)) return null;
  const needed = step.needs.every((id) => steps.some((other) => other.id === id && over(other)));
  if (!needed) return null;
  if (step.state === 'pending' || step.state === 'running') return 0;
  return step.dueAt === null ? null : Date.parse(step.dueAt);
}

/** The step that has been due the longest; of several that never began, the first. */
export function next(machine: Machine, now: Date): Next {
  const open = machine.steps.flatMap((step) => {
    const at = readyAt(step, machine.steps);
    return at === null ? [] : [{ step, at }];
  });
  const [first] = open.toSorted((a, b) => a.at - b.at);
  if (first && first.at <= now.getTime()) return { kind: 'task', step: first.step };
  if (verified(machine.steps) && open.length === 0) return { kind: 'end' };
  const { deadlineAt, escalatedAt } = machine;
  const times = [...open.map(({ at }) => at), ...(escalatedAt === null ? [deadlineAt.getTime()] : [])];
  return { kind: 'wait', until: times.length === 0 ? null : new Date(Math.min(...times)) };
}

/** The intent: committed before anything is called. What may not begin now stays as it is. */
export function begin(machine: Machine, id: string, now: Date): Machine {
  return change(machine, id, (step) => {
    const at = readyAt(step, machine.steps);
    if (at === null || at > now.getTime()) return step;
    const startedAt = step.startedAt ?? now.toISOString();
    return { ...step, state: 'running', attempts: step.attempts + 1, startedAt, dueAt: null };
  });
}

/** What came of it. An answer to what is not under way (a late one, or the same again) changes nothing. */
export function fold(machine: Machine, id: string, result: TaskResult, now: Date): Machine {
  const after = change(machine, id, (step) => (step.state === 'running' ? folded(step, result, now) : step));
  // What is verified stays so, whatever somebody still ticks off beside it.
  return verified(machine.steps) ? after : lookAgain(after, now);
}

/**
 * What the plane served may have been changed while the rest was waited for, and verified means all of it at once: when
 * everything is proven, an older reading is taken once more.
 */
function lookAgain(machine: Machine, now: Date): Machine {
  if (!verified(machine.steps)) return machine;
  const steps = machine.steps.map((step): RollbackStep => {
    const old = step.work.kind === 'read_back' && now.getTime() - Date.parse(step.endedAt ?? '') > freshMs;
    return old ? { ...step, state: 'pending', startedAt: null, endedAt: null } : step;
  });
  return { ...machine, steps };
}

function folded(step: RollbackStep, result: TaskResult, now: Date): RollbackStep {
  const { detail } = result;
  if (result.kind === 'done' || result.kind === 'left')
    return { ...step, state: result.kind, detail, next: '', endedAt: now.toISOString(), dueAt: null };
  if (result.kind === 'wait') {
    const late =
      now.getTime() - Date.parse(step.startedAt ?? now.toISOString()) >
      (patienceMs[step.work.kind] ?? Number.POSITIVE_INFINITY);
    const dueAt = later(now, result.afterMs);
    return {
      ...step,
      state: late ? 'failed' : 'waiting',
      detail,
      next: result.next ?? (late ? lateNext(step.work) : ''),
      dueAt,
    };
  }
  const { next: todo, retryAfterMs } = result;
  const dueAt = retryAfterMs === null ? null : later(now, Math.max(retryAfterMs, pauseMs(step.attempts)));
  return { ...step, state: 'failed', detail, next: todo, dueAt };
}

function lateNext({ kind }: StepWork): string {
  if (kind === 'serve')
    return 'A process that answers evaluations does not follow. Restart it, or take it out of traffic; Belay goes on looking.';
  if (kind === 'exposure')
    return 'Find out who still serves what was taken back: an old cache, a client that does not refresh, a region that is cut off. Belay goes on looking.';
  return 'See to it that the control plane answers. Until then switch by hand what it holds, if harm is done; Belay goes on asking.';
}

/** Growing pauses between tries, capped. */
export const pauseMs = (attempts: number): number =>
  Math.min(longestPauseMs, 1_000 * 2 ** Math.max(0, Math.min(10, attempts - 1)));

const later = (now: Date, ms: number): string =>
  new Date(now.getTime() + Math.min(longestPauseMs, Math.max(shortestPauseMs, ms))).toISOString();

/**
 * A person has the failed ones tried again: with new patience, and people are told anew if it does not do. What does
 * not read back as it was restored is restored again.
 */
export function retried(machine: Machine, now: Date): Machine {
  const lost = planeLost(machine);
  const steps = machine.steps.map((step): RollbackStep => {
    const again = step.state === 'failed' || (over(step) && !proven(step)) || (lost && step.work.kind === 'restore');
    return again ? { ...step, state: 'pending', startedAt: null, endedAt: null, dueAt: null, next: '' } : step;
  });
  return { steps, deadlineAt: new Date(now.getTime() + wholeMs), escalatedAt: null };
}

const serving: ReadonlySet<StepWork['kind']> = new Set(['restore', 'serve', 'read_back', 'exposure', 'criteria']);

/** What holds the state stays unconfirmed: it is time for the fallback. */
export const planeLost = ({ steps }: Pick<Machine, 'steps'>): boolean =>
  steps.some(({ work, state }) => (work.kind === 'restore' || work.kind === 'read_back') && state === 'failed');

/**
 * A later change of the feature counts now, so what is served can no longer show whether this one worked, and is
 * nothing of its concern any more. Data goes on being reverted and checked.
 */
export function superseded(machine: Machine, by: string, now: Date): Machine {
  const steps = machine.steps.map((step): RollbackStep => {
    if (over(step) || !serving.has(step.work.kind)) return step;
    return { ...step, state: 'left', detail: `Not shown: ${by}`, next: '', endedAt: now.toISOString(), dueAt: null };
  });
  return { ...machine, steps };
}

export const allOver = ({ steps }: Pick<Machine, 'steps'>): boolean => steps.every((step) => aside(step) || over(step));

/** What a person should do now: of what failed first, of what waits next. Empty: nothing. */
export function whatNext({ steps }: Pick<Machine, 'steps'>): string {
  const open = steps.filter((step) => !over(step) && !aside(step));
  const telling = [...open.filter((s) => s.state === 'failed'), ...open].find((step) => step.next !== '');
  if (telling) return telling.next;
  const stuck = open[0];
  return stuck
    ? `“${stuck.title}” is not done${stuck.detail ? `: ${stuck.detail}` : ''}. Look at it, and try again or take it over.`
    : '';
}

function change(machine: Machine, id: string, to: (step: RollbackStep) => RollbackStep): Machine {
  return { ...machine, steps: machine.steps.map((step) => (step.id === id ? to(step) : step)) };
}
