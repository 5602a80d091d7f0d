/**
 * The scheduler. What is due stands in our own table: whoever looks claims one drill (nobody waits for another), plans
 * its run or writes down why there is none, and moves it on to its next time, all in one transaction. So it may be
 * called by any number of workers, as often as they like; the queue only wakes them.
 */
import type { Actor } from '@/lib/access/model';
import type { Db, Tx } from '@/lib/db';
import { record } from '@/lib/event/event';
import { placeRun } from '../fault/place';
import type { SkipReason } from '../model';
import { line } from '../run/line';
import { claimDue, type DrillRow, insertSkips, moveNext, type SkipRow, selectScheduled, timesRun } from '../store';
import { dueOf, graceMs, nextRun } from './schedule';

const rule: Actor = { kind: 'rule', id: 'drill-schedule', name: 'schedule', environment: null };
const mostARound = 200;

/** `failed`: what kept single drills from being planned; they are tried again. */
export type PlanReport = { runs: string[]; skipped: number; failed: Array<{ drillId: string; error: unknown }> };

export async function planRuns(db: Db, now: Date): Promise<PlanReport> {
  const report: PlanReport = { runs: [], skipped: 0, failed: await mendNext(db, now) };
  const trouble = () => report.failed.map((f) => f.drillId);
  for (let n = 0; n < mostARound; n++) {
    const seen: { id?: string } = {};
    try {
      const done = await db.transaction(async (tx) => {
        const row = await claimDue(tx, now, trouble());
        seen.id = row?.id;
        return row ? planOne(tx, now, row) : null;
      });
      if (done === null) break;
      if (done.run !== null) report.runs.push(done.run);
      report.skipped += done.skipped;
    } catch (error) {
      // One that cannot be planned keeps none of the others from it; where nothing could be claimed, nothing can be.
      if (seen.id === undefined) throw error;
      report.failed.push({ drillId: seen.id, error });
    }
  }
  return report;
}

async function planOne(tx: Tx, now: Date, row: DrillRow): Promise<{ run: string | null; skipped: number }> {
  const { schedule } = row.spec;
  if (!schedule || schedule.paused || row.nextRunAt === null) {
    await moveNext(tx, row, null);
    return { run: null, skipped: 0 };
  }
  const due = dueOf(schedule, row.nextRunAt, now);
  const ran = await timesRun(tx, row.id, due.missed);
  const left: Array<{ at: Date; reason: SkipReason }> = due.missed
    .filter((at) => !ran.has(at.getTime()))
    .map((at) => ({ at, reason: 'missed' }));
  const placed = due.run && (await placeRun(tx, now, { drill: row, by: rule.name, scheduledFor: due.run }));
  if (due.run && placed?.run === null && placed.why !== 'planned') left.push({ at: due.run, reason: placed.why });
  await moveNext(tx, row, due.next);
  if (due.run && placed?.run) await line(tx, now, { id: placed.run, state: 'planned' }, begins(due.run, now));
  const skipped = await insertSkips(
    tx,
    left.map(({ at, reason }) => ({ drillId: row.id, scheduledFor: at, reason, at: now })),
  );
  if (skipped.length > 0) await tellSkipped(tx, now, row, skipped);
  return { run: placed?.run ?? null, skipped: skipped.length };
}

function begins(scheduledFor: Date, now: Date): string {
  const late = now.getTime() - scheduledFor.getTime() > graceMs ? ', late: nobody was there then' : '';
  return `Its schedule starts it, for ${scheduledFor.toISOString().slice(0, 16).replace('T', ' ')} UTC${late}`;
}

const words: Record<SkipReason, string> = {
  missed: 'nobody was there to begin',
  window: 'a window of its schedule is closed',
  blackout: 'its schedule keeps the day free',
  freeze: 'drills are frozen',
  incident: 'an incident is marked there',
  busy: 'a drill or a rollback of the feature is under way',
  limit: 'as many drills run as may',
  automation_stopped: 'automation is stopped',
  paused: 'it is paused',
};

/** As many as a reader can use. */
const mostTold = 20;

async function tellSkipped(tx: Tx, now: Date, row: DrillRow, skipped: SkipRow[]): Promise<void> {
  const ordered = skipped.toSorted((a, b) => a.scheduledFor.getTime() - b.scheduledFor.getTime());
  const [last] = ordered.slice(-1);
  if (!last) return;
  const also = ordered.length > 1 ? ` and ${ordered.length - 1} before it` : '';
  await record(tx, now, rule, {
    kind: 'drill.skipped',
    reason: `${row.spec.name} did not run at ${last.scheduledFor.toISOString()}${also}: ${words[last.reason]}`,
    environment: row.environment,
    feature: row.featureKey,
    data: {
      drillId: row.id,
      count: ordered.length,
      times: ordered.slice(-mostTold).map(({ scheduledFor, reason }) => ({ at: scheduledFor.toISOString(), reason })),
    },
  });
}

/**
 * The next time is always the first after what was dealt with last, or after the schedule was set. Where it is not (a
 * zone has new rules, somebody wrote into the table) it is put right; what is due is left to whoever plans it.
 */
async function mendNext(db: Db, now: Date): Promise<PlanReport['failed']> {
  const failed: PlanReport['failed'] = [];
  for (const row of await selectScheduled(db)) {
    const { schedule } = row.spec;
    if (!schedule || (row.nextRunAt !== null && row.nextRunAt <= now)) continue;
    try {
      const since = new Date(Math.max(row.updatedAt.getTime(), row.handledUntil?.getTime() ?? 0));
      const wanted = schedule.paused ? null : nextRun(schedule, since);
      if (wanted?.getTime() !== row.nextRunAt?.getTime()) await moveNext(db, row, wanted);
    } catch (error) {
      // A zone that this machine does not know, say: the others have theirs.
      failed.push({ drillId: row.id, error });
    }
  }
  return failed;
}
