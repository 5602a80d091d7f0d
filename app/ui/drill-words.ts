/** Drills in plain words. */
import { formatDuration } from '@/lib/chart/format';
import {
  type Clock,
  type ClockName,
  type DrillLevel,
  type DrillView,
  endStates,
  type RunState,
  type SkipReason,
} from '@/lib/drill/model';
import type { Tone } from './words';

export const runStateWords: Record<RunState, { label: string; tone: Tone }> = {
  planned: { label: 'Planned', tone: 'plain' },
  preparing: { label: 'Preparing', tone: 'warn' },
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

export const levelWords: Record<DrillLevel, { label: string; says: string }> = {
  tabletop: { label: 'Tabletop', says: 'people only; nothing is injected' },
  synthetic: { label: 'Synthetic', says: 'simulated users in an environment of their own; nobody is touched' },
  fault: { label: 'Fault', says: 'the flags serve a fault to one cohort, and end it by themselves' },
  proxy: { label: 'Proxy', says: 'HAProxy fails requests by a header' },
};

export const skipWords: Record<SkipReason, string> = {
  missed: 'missed while nothing ran',
  window: 'outside the windows',
  blackout: 'a blackout day',
  freeze: 'drills are frozen',
  busy: 'something is under way there',
  limit: 'as many drills run as may',
  automation_stopped: 'everything automatic is stopped',
  paused: 'the schedule is paused',
};

export const clockWords: Record<ClockName, { label: string; says: string }> = {
  detect: { label: 'Detect', says: 'from the fault to the first failing verdict' },
  decide: { label: 'Decide', says: 'from there to the order to roll back' },
  actuate: { label: 'Actuate', says: 'from the order until the flags are switched' },
  propagate: { label: 'Propagate', says: 'from there until nobody is served the candidate any more' },
  recover: { label: 'Recover', says: 'from there until the criteria are back where they were' },
};

const clockStateWords: Record<Clock['state'], string> = {
  recorded: 'recorded',
  pending: 'not yet',
  not_applicable: 'does not apply',
  invalid: 'invalid: it ends before it starts',
};

export function clockSays({ state, ms }: Pick<Clock, 'state' | 'ms'>): string {
  return state === 'recorded' && ms !== null ? formatDuration(ms) : clockStateWords[state];
}

export const isOver = (state: RunState): boolean => (endStates as readonly string[]).includes(state);

export type Standing = 'waits' | 'running' | 'overdue' | 'blocked' | 'due' | 'manual';
export const standingWords: Record<Standing, { label: string; tone: Tone }> = {
  waits: { label: 'Waits for a person', tone: 'bad' },
  running: { label: 'Running', tone: 'warn' },
  overdue: { label: 'Overdue', tone: 'bad' },
  blocked: { label: 'Blocked', tone: 'warn' },
  due: { label: 'Scheduled', tone: 'good' },
  manual: { label: 'When started', tone: 'plain' },
};

/** How it stands now; the order of `standingWords` is that in which they need somebody. */
export function standingOf(
  drill: Pick<DrillView, 'lastRun' | 'decision' | 'overdueSince' | 'blockedBy' | 'schedule'>,
): Standing {
  const { lastRun, decision, overdueSince, blockedBy, schedule } = drill;
  if (lastRun && !isOver(lastRun.state))
    return lastRun.state === 'deciding' && decision.by === 'person' ? 'waits' : 'running';
  if (overdueSince) return 'overdue';
  if (blockedBy && schedule) return 'blocked';
  return schedule ? 'due' : 'manual';
}
