/**
 * The level among real users of one cohort. Nothing of the real environment is changed for it: the evaluation there
 * reads one row (`drill_fault`), and that says only who is marked and, as long as the rollout in the drill's own
 * environment is not taken back, who gets its candidate. So the rollback that is rehearsed is what takes it from them.
 *
 * The row: marks only (what is known good is measured) → exposes → harms → marks only again, until it is proven. Each has
 * an end of its own, which evaluation and the middleware keep without anybody; the reaper only cleans up behind them.
 */
import { eq, inArray, isNotNull, lte, or } from 'drizzle-orm';
import { drillFault, drillRun } from '@/drizzle/schema/drill';
import type { rollout } from '@/drizzle/schema/rollout';
import { snapshot } from '@/drizzle/schema/snapshot';
import { metricsOf } from '@/lib/criterion/model';
import type { Db, Tx } from '@/lib/db';
import { BelayError, conflict } from '@/lib/errors';
import { record } from '@/lib/event/event';
import { reach } from '@/lib/failpoint';
import { bumpFlags } from '@/lib/revision';
import type { Plan } from '@/lib/rollout/model';
import { needsWindows } from '@/lib/rollout/watch/windows';
import type { BinRow } from '@/lib/signal/model';
import { readBins } from '@/lib/signal/signal';
import { matchesWhere } from '@/lib/signal/where';
import { stateDigest } from '@/lib/snapshot/compare';
import { presentState } from '@/lib/snapshot/present';
import { LostRun } from '../run/keep';
import { lockRun, type RunHome, type RunRow } from '../run/run-store';
import type { Level, Part, Prepared, Sent } from './level';
import { drillActor, layOut, release, shadowRollout } from './shadow';

/** Of what is known good: as much as simulated users send of it. */
const knownMs = 120_000;
/** Telemetry that is older is not of now. */
const freshMs = 30_000;
const healthyMs = 30_000;
const settledMs = 80_000;
/** So long a mark is kept without anybody; renewed when half of it is gone. */
const markMs = 60_000;

export const fault: Level = {
  prepare: prepareFault,
  send: followFault,
  arm: armFault,
  disarm: disarmFault,
  prove: (home, run) => proveFaultGone(home.db, home.now(), run),
};

type Row = typeof drillFault.$inferInsert;
type Shadow = typeof rollout.$inferSelect;

export async function prepareFault(home: RunHome, run: RunRow): Promise<Prepared> {
  const draft = await layOut(home, run);
  const sentUntil = home.now();
  const waits = (detail: string): Prepared => ({
    ready: false,
    rolloutId: draft.id,
    shadow: draft.environment,
    sentUntil,
    detail,
  });
  const seen = await heardOf(home, run, draft);
  if (draft.state === 'draft') {
    await markOnly(home, run, draft);
    const known = spanOf(seen, draft.plan.baseline);
    if (known.ms < knownMs || known.last < sentUntil.getTime() - freshMs)
      return waits('Callers of both cohorts are marked; waits until what is known good has been measured');
  }
  const row = await release(home, run, draft);
  if (row.state !== 'running') return waits(`The rehearsed rollout is ${row.state} before the fault`);
  await expose(home, run, row);
  const needed = needsWindows(row.plan) ? settledMs : healthyMs;
  const shown = spanOf(seen, row.plan.candidate);
  const since = sentUntil.getTime() - (row.startedAt ?? sentUntil).getTime();
  const ready = since >= needed && shown.last >= sentUntil.getTime() - freshMs;
  if (!ready) return waits(`${row.plan.candidate} is exposed; waits to see it healthy`);
  return { ...waits(`${row.plan.candidate} is exposed to ${run.spec.blast?.cohort} and healthy`), ready };
}

/** The harm itself: with its undo written down before, and an end that everybody knows. */
export async function armFault(tx: Tx, now: Date, run: RunRow): Promise<void> {
  await armExposed(tx, now, run, run.spec.fault);
}

/** `harm`: what those who are exposed are to bring about themselves. */
export async function armExposed(tx: Tx, now: Date, run: RunRow, harm: RunRow['spec']['fault']): Promise<void> {
  if (run.undo?.state !== 'planned') throw conflict('No undo is written down, so there is no fault');
  if (!run.spec.fault || !run.faultUntil) throw conflict('A fault without an end is none');
  const row = await shadowRollout(tx, run.id);
  const end = row && blastEnd(run, row);
  if (!end || end <= now) throw conflict('Nobody is exposed any more');
  const expiresAt = new Date(Math.min(end.getTime(), run.faultUntil.getTime()));
  await put(tx, { ...rowOf(run, row.plan), fault: harm, exposes: true, expiresAt });
}

/** Once or ten times: afterwards there is nothing. */
export async function disarmFault(tx: Tx, _now: Date, runId: string): Promise<void> {
  const gone = await tx.delete(drillFault).where(eq(drillFault.runId, runId)).returning({ id: drillFault.runId });
  if (gone.length > 0) await bumpFlags(tx);
}

/**
 * Cleans up what has ended by itself, and what runs that ended left. Independent of whoever carries runs on. Answers
 * the runs; each is told of once, for only one of all who ask gets the row.
 */
export async function expireFaults(db: Db, now: Date): Promise<string[]> {
  return db.transaction(async (tx) => {
    const ended = tx.select({ id: drillRun.id }).from(drillRun).where(isNotNull(drillRun.endedAt));
    const gone = await tx
      .delete(drillFault)
      .where(or(lte(drillFault.expiresAt, now), inArray(drillFault.runId, ended)))
      .returning();
    if (gone.length > 0) await bumpFlags(tx);
    for (const { runId, featureKey, environment, exposes, expiresAt } of gone)
      await record(tx, now, drillActor, {
        kind: 'drill.expired',
        reason: exposes ? 'The fault of a drill ended by itself' : 'The marks of a drill ended by themselves',
        environment,
        feature: featureKey,
        data: { runId, expiresAt: expiresAt.toISOString() },
      });
    return gone.map(({ runId }) => runId);
  });
}

/** Nobody real is exposed, and the real environment is what was recorded before. */
export async function proveFaultGone(db: Db, now: Date, run: RunRow): Promise<Part> {
  const [left] = await db
    .select({ exposes: drillFault.exposes, expiresAt: drillFault.expiresAt })
    .from(drillFault)
    .where(eq(drillFault.runId, run.id));
  const row = await shadowRollout(db, run.id);
  const stands = row?.state === 'running' || row?.state === 'held';
  if (left?.exposes && left.expiresAt > now && stands)
    return { ok: false, detail: `Real users of ${run.environment} are still exposed` };
  const [known] = await db
    .select({ digest: snapshot.digest })
    .from(snapshot)
    .where(eq(snapshot.id, run.knownGood ?? ''));
  if (!known) return { ok: false, detail: `Nobody has recorded what there was in ${run.environment}` };
  const same = stateDigest(await presentState(db, run.featureKey, run.environment)) === known.digest;
  return same
    ? { ok: true, detail: `${run.environment} is what was recorded` }
    : { ok: false, detail: `${run.environment} is not what was recorded` };
}

/** Nothing is sent: the users do that. What failed of theirs is counted, and after the rollback only marks go on. */
export async function followFault(home: RunHome, run: RunRow, until: Date): Promise<Sent> {
  const row = await shadowRollout(home.db, run.id);
  if (!row) throw new Error(`the run ${run.id} has no shadow yet`);
  if (run.state !== 'detecting' && run.state !== 'deciding') await markOnly(home, run, row);
  const failed = failedOf(await heardOf(home, run, row), row.plan, run);
  return { sentUntil: until, errors: Math.max(0, failed - run.errors) };
}

async function markOnly(home: RunHome, run: RunRow, row: Shadow): Promise<void> {
  const now = home.now();
  await fenced(home, run, async (tx) => {
    const [there] = await tx.select().from(drillFault).where(eq(drillFault.runId, run.id));
    if (there && !there.exposes && there.expiresAt.getTime() > now.getTime() + markMs / 2) return;
    await put(tx, { ...rowOf(run, row.plan), exposes: false, expiresAt: new Date(now.getTime() + markMs) });
  });
}

/** Once, from the start of the rollout on: a crash does not make it longer. */
async function expose(home: RunHome, run: RunRow, row: Shadow): Promise<void> {
  if (run.undo?.state !== 'planned') throw conflict('No undo is written down, so nobody is exposed');
  const expiresAt = blastEnd(run, row);
  if (!expiresAt || expiresAt <= home.now())
    throw conflict(`It was not healthy within the ${run.spec.blast?.minutes} minutes that users may be exposed`);
  reach('drill.expose.before_write');
  await fenced(home, run, async (tx) => {
    const [there] = await tx.select().from(drillFault).where(eq(drillFault.runId, run.id));
    if (!there?.exposes) await put(tx, { ...rowOf(run, row.plan), exposes: true, expiresAt });
  });
  reach('drill.expose.after_write');
}

function blastEnd(run: RunRow, row: Shadow): Date | null {
  if (!run.spec.blast || !row.startedAt) return null;
  return new Date(row.startedAt.getTime() + run.spec.blast.minutes * 60_000);
}

async function fenced(home: RunHome, run: RunRow, work: (tx: Tx) => Promise<void>): Promise<void> {
  await home.db.transaction(async (tx) => {
    const held = await lockRun(tx, run);
    if (!held) throw new LostRun(`another worker has the run ${run.id}`);
    if (held.stop === null) await work(tx);
  });
}

/** Harms nobody. */
function rowOf(run: RunRow, plan: Plan): Omit<Row, 'exposes' | 'expiresAt'> {
  const { fault: harm, blast } = run.spec;
  if (!harm || !blast) throw new BelayError('conflict', 'It does not say what fails, and for whom');
  return {
    runId: run.id,
    featureKey: run.featureKey,
    environment: run.environment,
    version: plan.candidate,
    cohort: blast.cohort,
    share: Math.ceil(blast.share),
    fault: { ...harm, share: 0 },
  };
}

async function put(tx: Tx, row: Row): Promise<void> {
  const { runId, ...set } = row;
  await tx.insert(drillFault).values(row).onConflictDoUpdate({ target: drillFault.runId, set });
  await bumpFlags(tx);
}

function heardOf(home: RunHome, run: RunRow, { environment, plan }: Shadow): Promise<BinRow[]> {
  return readBins(home.db, {
    environment,
    feature: run.featureKey,
    metrics: metricsOf(plan.criteria),
    from: run.startedAt ?? home.now(),
    to: home.now(),
    resolution: 10,
  });
}

function spanOf(bins: BinRow[], version: string): { ms: number; last: number } {
  const at = bins.filter((b) => b.version === version && b.aggregate.n > 0).map((b) => b.at);
  const last = Math.max(...at);
  return at.length === 0 ? { ms: 0, last: 0 } : { ms: last + 10_000 - Math.min(...at), last };
}

/** Of the candidate since the fault, by the criterion that counts most of them as bad. */
function failedOf(bins: BinRow[], plan: Plan, { faultAt }: RunRow): number {
  if (faultAt === null) return 0;
  const during = bins.filter((b) => b.version === plan.candidate && b.at + 10_000 > faultAt.getTime());
  const counts = plan.criteria.map((criterion) => {
    const { metric, where, of, better } = criterion;
    if (!of) return 0;
    const asked = during.filter((b) => b.metric === metric && matchesWhere(b.attributes, where ?? {}));
    const bad = asked.filter((b) => matchesWhere(b.attributes, of) === (better === 'lower'));
    return bad.reduce((n, b) => n + Math.max(b.aggregate.n, 0), 0);
  });
  return Math.max(0, ...counts);
}
