/**
 * When the queue is to wake the scheduler for a drill: at every time of its cron. That is for its being in time, and
 * nothing else: whoever is woken looks into our table, which says what is due. A wake too many finds nothing there; one
 * that is lost is made good within seconds by whoever looks anyway.
 */
import type { Db } from '@/lib/db';
import { scheduleInput } from '../schedule-model';
import { selectScheduled } from '../store';
import { nextRun } from './schedule';

/** Keyed by the drill; a paused one has none. */
export async function drillWakes(
  db: Db,
): Promise<Array<{ key: string; job: 'drills'; cron: string; timeZone: string }>> {
  return (await selectScheduled(db)).flatMap(({ id, spec: { schedule } }) =>
    schedule && !schedule.paused
      ? [{ key: id, job: 'drills' as const, cron: schedule.cron, timeZone: schedule.timeZone }]
      : [],
  );
}

/** By the same reading as the schedule's own. A zone that this machine does not know wakes nobody. */
export function wakeAfter(cron: string, timeZone: string, after: Date): Date | null {
  try {
    return nextRun(scheduleInput.parse({ cron, timeZone }), after);
  } catch {
    return null;
  }
}
