/**
 * The one way in which a run comes to be: planned and nothing else, in the caller's transaction. The table keeps at
 * most one live run a feature and environment, and one run a time of the schedule; how many run at once is counted
 * under a lock that is held until the transaction ends.
 */
import { sql } from 'drizzle-orm';
import type { Db, Tx } from '@/lib/db';
import { getAutomation } from '@/lib/event/setting';
import { newId } from '@/lib/id';
import { openIncidents } from '@/lib/incident/open';
import type { SkipReason } from '../model';
import { plannedRun } from '../run/run-store';
import { isFrozen, readDrillLimit, readFreeze } from '../schedule/freeze';
import { type Standing, whyNot } from '../schedule/schedule';
import { type DrillRow, insertRun, type Place, selectLive, selectRollingBack, timesRun } from '../store';

/** Names the advisory lock of the limit. */
const limitLock = 0x42454c44;

/** Of any drill, as far as it depends on the world. */
export async function readStanding(db: Db | Tx, now: Date): Promise<(of: Place) => Standing> {
  const [automation, freeze, limit, live, rollingBack, incidents] = [
    await getAutomation(db),
    await readFreeze(db),
    await readDrillLimit(db),
    await selectLive(db),
    await selectRollingBack(db),
    await openIncidents(db),
  ];
  const key = (of: Place) => `${of.environment}\n${of.featureKey}`;
  const busy = new Set([...live, ...rollingBack].map(key));
  const marked = new Set(incidents.map(key));
  return (of) => ({
    automationStopped: automation.stopped,
    frozen: isFrozen(freeze, of.environment, now),
    incident: marked.has(key(of)),
    busy: busy.has(key(of)),
    full: live.length >= limit,
  });
}

export type Placed = { run: string } | { run: null; why: SkipReason | 'planned' };

/**
 * For a time of the schedule; or because a person says so, whom neither windows nor a stopped automation keep from it.
 * `planned`: there is a run for that time already.
 */
export async function placeRun(
  tx: Tx,
  now: Date,
  order: { drill: DrillRow; by: string; scheduledFor: Date | null },
): Promise<Placed> {
  const { drill, by, scheduledFor } = order;
  await tx.execute(sql`select pg_advisory_xact_lock(${limitLock})`);
  if (scheduledFor && (await timesRun(tx, drill.id, [scheduledFor])).size > 0) return { run: null, why: 'planned' };
  const standing = (await readStanding(tx, now))(drill);
  const why = scheduledFor
    ? whyNot(drill.spec.schedule, now, standing)
    : whyNot(null, now, { ...standing, automationStopped: false });
  if (why) return { run: null, why };
  const id = newId('run', now);
  const trigger = scheduledFor ? 'schedule' : 'person';
  const made = await insertRun(tx, plannedRun(drill, { id, now, trigger, by, scheduledFor }));
  return made ? { run: id } : { run: null, why: 'busy' };
}
