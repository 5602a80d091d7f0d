/** What a run of a drill comes to, for somebody who has ten seconds: the sentence, the track, what it showed. Pure. */

import type { Tone } from '@/app/ui/text/words';
import { formatDuration, formatTook } from '@/lib/chart/format';
import {
  type Clock,
  type ClockName,
  type Drill,
  type DrillLevel,
  endStates,
  type RunState,
  type RunView,
  runStates,
} from '@/lib/drill/model';

export const isOver = ({ state }: Pick<RunView, 'state'>): boolean =>
  (endStates as readonly RunState[]).includes(state);

export const runStateWords: Record<RunState, { label: string; tone: Tone }> = {
  planned: { label: 'Planned', tone: 'plain' },
  preparing: { label: 'Preparing', tone: 'plain' },
  injecting: { label: 'Injecting', tone: 'warn' },
  detecting: { label: 'Detecting', tone: 'warn' },
  deciding: { label: 'Deciding', tone: 'warn' },
  rolling_back: { label: 'Rolling back', tone: 'warn' },
  propagating: { label: 'Propagating', tone: 'warn' },
  verifying: { label: 'Verifying', tone: 'warn' },
  restored: { label: 'Proven', tone: 'good' },
  failed: { label: 'Failed', tone: 'bad' },
  aborted: { label: 'Aborted', tone: 'plain' },
  interrupted: { label: 'Interrupted', tone: 'plain' },
};

export const clockWords: Record<ClockName, { label: string; says: string }> = {
  detect: { label: 'Detect', says: 'fault → first failing verdict' },
  decide: { label: 'Decide', says: 'that → the order to roll back' },
  actuate: { label: 'Actuate', says: 'order → the flags are switched' },
  propagate: { label: 'Propagate', says: 'switched → nobody is served it' },
  recover: { label: 'Recover', says: 'that → criteria are back in range' },
};

export const answerWords = { roll_back: 'Roll back', hold: 'Hold', abort: 'Abort the drill' } as const;

export const deadlineWords = {
  roll_back: 'then Belay rolls back by itself',
  fail: 'then the drill has failed',
  abort: 'then the drill is aborted',
} as const;

type RunSentence = { tone: Tone; lead: string; text: string; ends: string };

/** Talk proves nothing but who said what. */
export const stateLabel = (state: RunState, level: DrillLevel): string =>
  state === 'restored' && level === 'tabletop' ? 'Decided' : runStateWords[state].label;

/** What is so, and what ends it. */
export function runSentence(run: RunView): RunSentence {
  const { tone } = runStateWords[run.state];
  const label = stateLabel(run.state, run.level);
  if (isOver(run)) return { tone: endTone(run), lead: `${label}:`, text: endText(run), ends: meansOf(run) };
  if (run.stop)
    return { tone: 'warn', lead: 'Ending:', text: stopped(run.stop.why || 'it was asked to'), ends: undoing };
  return { tone, lead: `${label}:`, ...underWay(run) };
}

const undoing = 'What it did is undone first, then it ends.';

/** What an end says of the rollback, and what it does not. */
function meansOf(run: RunView): string {
  const undone = run.undo?.state === 'done' ? 'What it did has been undone. ' : '';
  switch (run.state) {
    case 'restored':
      return run.level === 'tabletop' ? 'Nothing was touched: it says what people would do, not that it works.' : '';
    case 'failed':
      return run.level === 'tabletop' ? '' : `${undone}Had it been real, this rollback would not have done.`;
    case 'interrupted':
      return `Real trouble comes first. ${undone}It says nothing of the rollback.`;
    default:
      return `${undone}It says nothing of the rollback.`;
  }
}

const missed = (clocks: readonly Clock[]): Clock[] => clocks.filter((clock) => clock.met === false);

function endTone(run: RunView): Tone {
  return run.state === 'restored' && missed(run.clocks).length > 0 ? 'warn' : runStateWords[run.state].tone;
}

function endText(run: RunView): string {
  if (run.state !== 'restored') return stopped(run.why || 'nothing was said of it');
  const proven = run.level === 'tabletop' ? 'it was decided to roll back' : 'what was recorded is back';
  const late = missed(run.clocks);
  if (late.length > 0) {
    const which = late.map((clock) => clockWords[clock.name].label.toLowerCase()).join(', ');
    return `${proven}, but slower than its objective in ${which}.`;
  }
  return run.clocks.some((clock) => clock.met) ? `${proven}, within its objectives.` : `${proven}.`;
}

const stopped = (text: string): string => (/[.!?…]$/.test(text) ? text : `${text}.`);

const steps: Record<Exclude<RunState, (typeof endStates)[number]>, { text: string; ends: string }> = {
  planned: { text: 'Belay takes it up within seconds.', ends: 'Goes on by itself.' },
  preparing: {
    text: 'a dry run; what is known good is being recorded. Nothing misbehaves yet.',
    ends: 'Goes on by itself once there is enough to compare with.',
  },
  injecting: {
    text: 'the undo is written down first, then the fault begins.',
    ends: 'Without an undo there is no fault.',
  },
  detecting: {
    text: 'the candidate misbehaves, and the judge has not seen it yet.',
    ends: 'Ends with the first verdict that fails.',
  },
  deciding: { text: 'the judge has seen it; the plan decides by itself.', ends: 'Ends with the order to roll back.' },
  rolling_back: { text: 'what was recorded is being restored.', ends: 'Ends when the flags are switched.' },
  propagating: {
    text: 'the flags are switched; telemetry has to show nobody on the candidate.',
    ends: 'Ends when nobody is served it any more.',
  },
  verifying: {
    text: 'nobody is on the candidate; the criteria have to come back into the recorded range.',
    ends: 'Ends when all of it is proven.',
  },
};

function underWay(run: RunView): { text: string; ends: string } {
  if (run.state === 'deciding' && run.drill.decision.by === 'person') {
    const { answer, by } = run.decision;
    if (answer !== null) return { text: `${by} has answered: ${answerWords[answer]}.`, ends: 'Belay carries it out.' };
    return { text: 'a person is asked what to do.', ends: 'Ends with an answer, or at the deadline.' };
  }
  return steps[run.state as keyof typeof steps];
}

export type TrackItem = { state: RunState; at: 'past' | 'here' | 'ahead' | 'fallen' | 'never'; since: string | null };

const rehearsed = runStates.filter((state) => !isOver({ state }));
const talked = ['planned', 'preparing', 'deciding'] as const satisfies readonly RunState[];

/** The states in their order; the last one is how it ended, or would. */
export function trackOf(run: RunView): TrackItem[] {
  const states: readonly RunState[] = run.level === 'tabletop' ? talked : rehearsed;
  const since = (state: RunState) => run.log.find((line) => line.state === state)?.at ?? null;
  const over = isOver(run);
  // Where it was when it ended is what it said last before.
  const last = Math.max(0, ...run.log.map((line) => states.indexOf(line.state)));
  const current = over ? last : states.indexOf(run.state);
  const whole = run.state === 'restored';
  const items = states.map((state, index): TrackItem => {
    const at =
      whole || index < current ? 'past' : index > current ? (over ? 'never' : 'ahead') : over ? 'fallen' : 'here';
    return { state, at, since: since(state) };
  });
  const end: RunState = over ? run.state : 'restored';
  return [...items, { state: end, at: over ? 'here' : 'ahead', since: over ? run.endedAt : null }];
}

/** "50 % of the candidate's requests answer 503 and take 200 ms longer" */
export function faultSays({ share, status, latencyMs, jitterMs }: NonNullable<Drill['fault']>): string {
  const late = `take ${latencyMs} ms${jitterMs > 0 ? ` (± ${jitterMs})` : ''} longer`;
  const harm = [status === null ? '' : `answer ${status}`, latencyMs > 0 ? late : ''].filter(Boolean);
  return `${share} % of the candidate's requests ${harm.join(' and ')}`;
}

type ClockReading = {
  text: string;
  tone: Tone;
  objective: string;
  /** how far along its bar it is, and where its objective lies there; shares */
  bar: { elapsed: number; objective: number | null } | null;
};

/** `now`: a clock that runs is measured against its objective while it runs. */
export function readClock(clock: Clock, now: number, over: boolean): ClockReading {
  const { state, ms, objectiveMs, met } = clock;
  const objective = objectiveMs === null ? 'no objective' : `objective ${formatDuration(objectiveMs)}`;
  const plain = { tone: 'plain', objective, bar: null } as const;
  if (state === 'not_applicable') return { ...plain, text: 'not applicable', objective: '' };
  if (state === 'invalid') return { ...plain, text: 'invalid: ends before it begins', tone: 'bad' };
  if (state === 'recorded' && ms !== null) {
    const tone = met === null ? 'plain' : met ? 'good' : 'bad';
    const said = met === null ? objective : `${objective} ${met ? 'met' : 'missed'}`;
    return { text: formatTook(ms), tone, objective: said, bar: barOf(ms, objectiveMs) };
  }
  if (over) return { ...plain, text: clock.from === null ? 'never came' : 'never ended' };
  if (clock.from === null) return { ...plain, text: 'not begun' };
  const elapsed = Math.max(0, now - Date.parse(clock.from));
  const late = objectiveMs !== null && elapsed > objectiveMs;
  const said = late ? `${objective} missed` : objective;
  return {
    text: formatDuration(elapsed),
    tone: late ? 'bad' : 'warn',
    objective: said,
    bar: barOf(elapsed, objectiveMs),
  };
}

/** The objective stays in sight however late it is; without one there is nothing to measure against. */
function barOf(elapsed: number, objective: number | null): ClockReading['bar'] {
  if (objective === null) return null;
  const whole = Math.max(objective * 1.2, elapsed * 1.05, 1);
  return { elapsed: elapsed / whole, objective: objective / whole };
}

/** From the fault until the criteria are back in range; null: it has not come to that. */
export function wholeOf(clocks: readonly Clock[]): string | null {
  const [from, to] = [clocks[0]?.from, clocks.at(-1)?.to];
  if (!from || !to || clocks.some((clock) => clock.state !== 'recorded')) return null;
  return formatTook(Math.max(0, Date.parse(to) - Date.parse(from)));
}
