/** Drills in plain words. */

import type { Tone } from '@/app/ui/text/words';
import { formatDuration } from '@/lib/chart/format';
import type { Clock, DrillLevel, DrillView, SkipReason } from '@/lib/drill/model';
import { isOver } from './run/reading';

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
  incident: 'an incident is marked there',
  busy: 'something is under way there',
  limit: 'as many drills run as may',
  automation_stopped: 'everything automatic is stopped',
  paused: 'the schedule is paused',
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

export type Standing = 'waits' | 'running' | 'overdue' | 'blocked' | 'due' | 'manual' | 'paused';
export const standingWords: Record<Standing, { label: string; tone: Tone }> = {
  waits: { label: 'Waits for a person', tone: 'bad' },
  running: { label: 'Running', tone: 'warn' },
  overdue: { label: 'Overdue', tone: 'bad' },
  blocked: { label: 'Blocked', tone: 'warn' },
  due: { label: 'Scheduled', tone: 'good' },
  manual: { label: 'When started', tone: 'plain' },
  paused: { label: 'Paused', tone: 'plain' },
};

/** How it stands now; the order of `standingWords` is that in which drills need somebody. */
export function standingOf(
  drill: Pick<DrillView, 'lastRun' | 'decision' | 'overdueSince' | 'blockedBy' | 'schedule'>,
): Standing {
  const { lastRun, decision, overdueSince, blockedBy, schedule } = drill;
  if (lastRun && !isOver(lastRun))
    return lastRun.state === 'deciding' && decision.by === 'person' ? 'waits' : 'running';
  if (overdueSince) return 'overdue';
  if (schedule?.paused) return 'paused';
  // Outside its hours it is no more than between two runs.
  if (blockedBy && blockedBy !== 'window' && blockedBy !== 'blackout' && schedule) return 'blocked';
  return schedule ? 'due' : 'manual';
}
