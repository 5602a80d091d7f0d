/**
 * The carrying on of a run, from its row alone. A worker claims it (a lease on the database's clock, `attempts` as the
 * fence), then: what is seen (`evidence.ts`) → what is next (`machine.ts`) → do it and write it down (`tasks.ts`) → …
 * for some seconds, then lets go and has itself called again. Every write names the fence: who lost the lease writes
 * nothing. Whoever asks it to stop is heard before each task, and nothing but the undo is done then.
 */
import { and, eq, isNotNull, isNull, lt, ne, or, sql } from 'drizzle-orm';
import { drillRun } from '@/drizzle/schema/drill';
import { rollback } from '@/drizzle/schema/rollback';
import { type Db, isPassing } from '@/lib/db';
import { BelayError } from '@/lib/errors';
import { reach } from '@/lib/failpoint';
import { stepRollback } from '@/lib/rollback/rollback';
import { endRun } from './end';
import { evidenceOf, machineOf, noEvidence } from './evidence';
import { keep, LostRun } from './keep';
import { line } from './line';
import { type Evidence, isEnd, next } from './machine';
import { askCheck } from './proof';
import {
  claimRun,
  findRun,
  leaseMs,
  live,
  lockRun,
  type RunHome,
  type RunRow,
  renewRunLease,
  selectDueRuns,
  selectLines,
  updateRun,
} from './run-store';
import { doTask } from './tasks';
import { drillRule } from './undo';

/** So long one worker stays at it without letting others have a turn. */
const stayMs = 5_000;
/** After a task that could not be done. */
const againMs = 1_000;
const lookMs = 500;

export function dueRuns(db: Db, now: Date): Promise<string[]> {
  return selectDueRuns(db, now);
}

/** Null: there is nothing to do, or another worker is at it. */
export async function stepRun(home: RunHome, id: string, stay = stayMs): Promise<RunRow['state'] | null> {
  const held = await claimRun(home.db, id);
  if (!held) return null;
  const stopRenewing = keepLease(home.db, held);
  const leaveAt = home.now().getTime() + stay;
  let dueAt = home.now();
  try {
    for (let row: RunRow | undefined = held; row?.attempts === held.attempts && !isEnd(row.state); ) {
      const until = await oneStep(home, row);
      if (until !== null) {
        dueAt = until;
        if (until.getTime() > leaveAt || !(await pause(home, until))) break;
      } else if (home.now().getTime() > leaveAt) break;
      row = await findRun(home.db, id);
    }
  } catch (error) {
    if (!(error instanceof LostRun)) throw error;
  } finally {
    await stopRenewing();
    await updateRun(home.db, held, { leaseUntil: null, dueAt });
  }
  const after = await findRun(home.db, id);
  if (after && !isEnd(after.state)) await home.enqueue('drill', { runId: id });
  return after?.state ?? null;
}

/** false: by this clock nothing passes (a test's), so it is of no use to wait. */
async function pause(home: RunHome, until: Date): Promise<boolean> {
  const before = home.now().getTime();
  await new Promise((resolve) => setTimeout(resolve, Math.max(10, Math.min(1_000, until.getTime() - before))));
  return home.now().getTime() > before;
}

function keepLease(db: Db, held: RunRow): () => Promise<void> {
  let renewing: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    renewing = renewRunLease(db, held).then(
      (mine) => mine || clearInterval(timer),
      // The database is away: if it stays so the lease runs out, and that is what it is for.
      () => {},
    );
  }, leaseMs / 4);
  return async () => {
    clearInterval(timer);
    await renewing;
  };
}

/** When to look again; null: at once. */
async function oneStep(home: RunHome, row: RunRow): Promise<Date | null> {
  try {
    const evidence = await seen(home, row);
    const due = next(machineOf(row), evidence, home.now());
    if (due.kind === 'wait') return (await carryRollback(home, row)) ? null : due.until;
    if (due.kind === 'end') {
      reach('drill.end.before_write');
      await endRun(home, row, due, evidence);
      reach('drill.end.after_write');
    } else {
      const { kind } = due.task;
      const kept = await doTask(home, row, due.task, evidence);
      // Whatever was not ready is not asked again at once.
      if ((kind === 'send' || kind === 'prepare') && kept.sentUntil?.getTime() === row.sentUntil?.getTime())
        return new Date(home.now().getTime() + lookMs);
    }
    return null;
  } catch (error) {
    if (error instanceof LostRun) throw error;
    return trouble(home, row, error);
  }
}

/** To end early nothing needs to be known but that it shall. */
async function seen(home: RunHome, row: RunRow): Promise<Evidence> {
  if (row.stop) return noEvidence;
  const evidence = await evidenceOf(home.db, row);
  return { ...evidence, abort: evidence.abort ?? (await failedCheck(home, row)) };
}

/** Where nobody else does: what is rehearsed should not wait for a queue. false: there was nothing to do now. */
async function carryRollback(home: RunHome, row: RunRow): Promise<boolean> {
  if (row.rollbackId === null) return false;
  const [of] = await home.db.select({ dueAt: rollback.dueAt }).from(rollback).where(eq(rollback.id, row.rollbackId));
  if (!of || of.dueAt > home.now()) return false;
  return (await stepRollback({ ...home, actor: drillRule }, row.rollbackId)) !== null;
}

const checkEveryMs = 10_000;
/** When this process last asked them; another one that takes over asks at once. */
const checkedAt = new Map<string, number>();

async function failedCheck(home: RunHome, row: RunRow): Promise<string | null> {
  const { checks } = row.spec.abort;
  const now = home.now().getTime();
  if (checks.length === 0 || row.faultAt === null || now - (checkedAt.get(row.id) ?? 0) < checkEveryMs) return null;
  checkedAt.set(row.id, now);
  for (const check of checks) {
    const { ok, detail } = await askCheck(home, row, check, `abort/${now}`);
    if (!ok) return detail;
  }
  return null;
}

/** What can never be done ends the run, through its undo; the rest is tried again, as long as it may take. */
async function trouble(home: RunHome, row: RunRow, error: unknown): Promise<Date> {
  const now = home.now();
  const again = new Date(now.getTime() + againMs);
  if (isPassing(error)) return again;
  const why = `It could not be done: ${error instanceof Error ? error.message : String(error)}`;
  const last = (await selectLines(home.db, row.id)).at(-1)?.text;
  const late = row.startedAt !== null && now.getTime() - row.startedAt.getTime() >= machineOf(row).abortAfterMs;
  const hopeless = error instanceof BelayError && error.code !== 'unavailable' && row.faultAt === null;
  if (row.stop === null && (late || hopeless)) {
    const task = { kind: 'stop' as const, stop: { kind: 'aborted' as const, by: 'belay', why } };
    await keep(home, row, { task, evidence: noEvidence }, { say: why });
    return now;
  }
  if (last !== why)
    await home.db.transaction(async (tx) => {
      if (await lockRun(tx, row)) await line(tx, now, row, why);
    });
  return again;
}

/** Nobody carries it on: past its fault and long without a worker. */
const abandonedMs = 60_000;

/** Ends what nobody ends, and what ended runs left under way. Independent of whoever carries runs on. */
export async function reapRuns(home: RunHome, now: Date): Promise<string[]> {
  const since = new Date(now.getTime() - abandonedMs);
  const stop = {
    kind: 'aborted' as const,
    by: 'belay',
    why: 'Nobody carried the drill on any more',
    at: now.toISOString(),
  };
  const abandoned = await home.db
    .update(drillRun)
    .set({ stop: sql`coalesce(${drillRun.stop}, ${JSON.stringify(stop)}::jsonb)`, dueAt: now })
    .where(
      and(
        live,
        lt(drillRun.dueAt, since),
        or(isNull(drillRun.faultUntil), lt(drillRun.faultUntil, since)),
        isNotNull(drillRun.startedAt),
        or(isNull(drillRun.leaseUntil), lt(drillRun.leaseUntil, sql`clock_timestamp() - interval '30 seconds'`)),
      ),
    )
    .returning({ id: drillRun.id });
  for (const { id } of abandoned) await stepRun(home, id);
  await closeRollbacks(home.db, now, since);
  return abandoned.map(({ id }) => id);
}

/** After the end of a run nobody sends what would prove its rollback: it is let be, and called nothing that it is not. */
async function closeRollbacks(db: Db, now: Date, since: Date): Promise<void> {
  const ended = db
    .select({ id: drillRun.rollbackId })
    .from(drillRun)
    .where(and(isNotNull(drillRun.rollbackId), lt(drillRun.endedAt, since)));
  await db
    .update(rollback)
    .set({ endedAt: now })
    .where(and(sql`${rollback.id} in ${ended}`, isNull(rollback.endedAt), ne(rollback.state, 'verified')));
}
