/**
 * The carrying out of a restore, step by step, from the row that was committed with the decision:
 *
 *   intent ──flags_switched──▶ called ──listeners_serving──▶ verifying ──exposure_gone──▶ verified
 *                                └─ not in time ─▶ unconfirmed ◀─ candidate still seen ─┘   (and on trying)
 *
 * The built-in flags are switched by the decision itself: a rollout that rolls back exposes nothing. What is left is
 * to read that back, to wait until every process that evaluates serves it, and to see it in the telemetry. Each step
 * reads the real state first, so any worker may run it again at any time; who lost the lease can write no more.
 */
import { eq, sql } from 'drizzle-orm';
import { feature, flagRevision } from '@/drizzle/schema/feature';
import { rollout } from '@/drizzle/schema/rollout';
import { authorise } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import { metricsOf } from '@/lib/criterion/model';
import type { Db } from '@/lib/db';
import { BelayError, notFound } from '@/lib/errors';
import { record } from '@/lib/event/event';
import { waitForListeners } from '@/lib/revision';
import { apply } from '@/lib/rollout/apply';
import { readBins } from '@/lib/signal/signal';
import type { RollbackStep, RollbackView } from './model';
import { binMs, exposureGone, type Proof } from './proof';
import { claim, findRollback, type RollbackRow, selectDue, selectRollbacks, updateRollback, viewOf } from './store';

/** Past this a person is told; trying goes on. */
const listenersWithinMs = 10_000;
const goneWithinMs = 120_000;
/** So long nothing at all may arrive before the flags' own read-back has to do. */
const silentForMs = 60_000;
const againMs = 2_000;

export async function getRollback(ctx: Context, id: string): Promise<RollbackView> {
  authorise(ctx.actor, 'view');
  const row = await findRollback(ctx.db, id);
  if (!row) throw notFound('rollback', id);
  authorise(ctx.actor, 'view', (await rolloutOf(ctx.db, row)).environment);
  return viewOf(row);
}

export async function rollbacksOf(ctx: Context, rolloutId: string): Promise<RollbackView[]> {
  authorise(ctx.actor, 'view');
  const [of] = await ctx.db.select({ environment: rollout.environment }).from(rollout).where(eq(rollout.id, rolloutId));
  if (!of) throw notFound('rollout', rolloutId);
  authorise(ctx.actor, 'view', of.environment);
  return (await selectRollbacks(ctx.db, rolloutId)).map(viewOf);
}

/** Ids of rollbacks that somebody should step now. */
export function dueRollbacks(db: Db, now: Date): Promise<string[]> {
  return selectDue(db, now);
}

/** Carries a rollback as far as it goes now. Null: there is nothing to do, or another worker is at it. */
export async function stepRollback(ctx: Context, id: string): Promise<RollbackView | null> {
  authorise(ctx.actor, 'operate');
  const held = await claim(ctx.db, id);
  if (!held) return null;
  let row: RollbackRow | undefined = held;
  try {
    for (const step of steps) {
      if (row?.steps.find((s) => s.name === step.name)?.state === 'done') continue;
      const result = await step.run(ctx, row ?? held);
      row = await keep(ctx, row ?? held, step.name, result);
      if (!row || result.state !== 'done') break;
    }
  } finally {
    const dueAt = new Date(ctx.now().getTime() + againMs);
    await updateRollback(ctx.db, held, { leaseUntil: null, dueAt });
  }
  await ctx.db.execute(sql`select pg_notify('belay_tick', ${JSON.stringify({ rollouts: [held.rolloutId] })})`);
  return row ? viewOf(row) : null;
}

type Result = {
  state: RollbackStep['state'];
  detail: string;
  /** of the rollback, when this step is done */
  next: RollbackRow['state'];
};
type Step = { name: RollbackStep['name']; run: (ctx: Context, row: RollbackRow) => Promise<Result> };

const steps: Step[] = [
  { name: 'flags_switched', run: readBack },
  { name: 'listeners_serving', run: listenersServe },
  { name: 'exposure_gone', run: telemetryShows },
];

async function keep(
  ctx: Context,
  row: RollbackRow,
  name: RollbackStep['name'],
  result: Result,
): Promise<RollbackRow | undefined> {
  const now = ctx.now();
  const state = result.state === 'done' ? result.next : result.state === 'failed' ? 'unconfirmed' : row.state;
  const changed = row.steps.map((s) =>
    s.name === name ? { name, state: result.state, detail: result.detail, at: now.toISOString() } : s,
  );
  const set = { state, steps: changed, endedAt: state === 'verified' ? now : null };
  if (state !== 'unconfirmed' || row.state === 'unconfirmed') return updateRollback(ctx.db, row, set);
  const of = await rolloutOf(ctx.db, row);
  return ctx.db.transaction(async (tx) => {
    const kept = await updateRollback(tx, row, set);
    if (kept)
      await record(tx, now, ctx.actor, {
        kind: 'rollout.rollback_unconfirmed',
        reason: result.detail,
        environment: of.environment,
        feature: of.featureKey,
        rolloutId: of.id,
        data: { rollbackId: row.id, step: name },
      });
    return kept;
  });
}

async function readBack(ctx: Context, row: RollbackRow): Promise<Result> {
  const [of, [flags]] = await Promise.all([
    rolloutOf(ctx.db, row),
    ctx.db.select({ revision: flagRevision.revision }).from(flagRevision).where(eq(flagRevision.id, 1)),
  ]);
  const live = of.state === 'running' || of.state === 'held';
  const taken = row.cohorts.length > 0 && row.cohorts.every((cohort) => of.withdrawn.includes(cohort));
  const whom = live && taken ? ` to ${row.cohorts.join(', ')}` : '';
  return (taken || !live) && (flags?.revision ?? 0) >= row.revision
    ? {
        state: 'done',
        detail: `The flags serve ${of.plan.baseline}${whom} since revision ${row.revision}`,
        next: 'called',
      }
    : { state: 'failed', detail: `The rollout reads back as ${of.state}`, next: row.state };
}

/** Once everybody serves the switch the rollout is rolled back; what follows is the proof. */
async function listenersServe(ctx: Context, row: RollbackRow): Promise<Result> {
  const of = await rolloutOf(ctx.db, row);
  if (!of.switchable)
    return { state: 'done', detail: 'Belay cannot switch a deployment; it watches', next: 'verifying' };
  const serving = await waitForListeners(ctx.db, ctx.now(), row.revision);
  if (!serving) {
    const late = ctx.now().getTime() - row.decidedAt.getTime() > listenersWithinMs;
    return { state: late ? 'failed' : 'pending', detail: 'A process still serves older flags', next: row.state };
  }
  await confirm(ctx, of, row);
  const whom = row.cohorts.length > 0 ? ` to ${row.cohorts.join(', ')}` : '';
  return { state: 'done', detail: `Every process that evaluates serves the baseline${whom}`, next: 'verifying' };
}

async function confirm(ctx: Context, of: Of, row: RollbackRow): Promise<void> {
  if (of.state !== 'rolling_back' || of.epoch !== row.epoch) return;
  const rule = { kind: 'rule', id: 'rollback', name: 'rollback', environment: null } as const;
  try {
    await apply(
      { ...ctx, actor: rule },
      of,
      { kind: 'confirm_rolled_back' },
      { reason: `Everybody is served ${of.plan.baseline} again`, evidence: null },
    );
  } catch (error) {
    // Somebody else has confirmed it: the wanted state is there.
    if (!(error instanceof BelayError && error.code === 'conflict')) throw error;
  }
}

async function telemetryShows(ctx: Context, row: RollbackRow): Promise<Result> {
  const of = await rolloutOf(ctx.db, row);
  const now = ctx.now().getTime();
  const servedAt = Date.parse(row.steps.find((s) => s.name === 'listeners_serving')?.at ?? row.decidedAt.toISOString());
  const metrics = metricsOf(of.plan.criteria);
  const bins = await readBins(ctx.db, {
    environment: of.environment,
    feature: of.featureKey,
    metrics,
    from: new Date(Math.max(servedAt, now - 12 * binMs)),
    to: new Date(now),
    resolution: 10,
  });
  const concerned = row.cohorts.length > 0 ? bins.filter((b) => row.cohorts.includes(b.cohort)) : bins;
  const seen = concerned.map((b) => ({ at: b.at, version: b.version, n: b.aggregate.n }));
  const result = shown(exposureGone(seen, of.plan.candidate, servedAt, now), now - servedAt, of, row);
  // What Belay did not switch is rolled back when it is seen to be.
  if (result.state === 'done' && !of.switchable) await confirm(ctx, of, row);
  return result;
}

function shown(proof: Proof, sinceMs: number, of: Of, row: RollbackRow): Result {
  const candidate = `${of.plan.candidate}${row.cohorts.length > 0 ? ` in ${row.cohorts.join(', ')}` : ''}`;
  const late = sinceMs > goneWithinMs;
  switch (proof.kind) {
    case 'gone':
      return { state: 'done', detail: `Telemetry shows no ${candidate} any more`, next: 'verified' };
    case 'no_telemetry':
      if (!of.switchable)
        return {
          state: late ? 'failed' : 'pending',
          detail: `No telemetry shows that ${candidate} is gone`,
          next: row.state,
        };
      return sinceMs > silentForMs
        ? {
            state: 'done',
            detail: 'No telemetry arrived to see it by; the flags read back as switched',
            next: 'verified',
          }
        : { state: 'pending', detail: 'Waits for telemetry', next: row.state };
    case 'too_early':
      return { state: 'pending', detail: 'Waits for a whole bin after the switch', next: row.state };
    case 'still_seen':
      return {
        state: late ? 'failed' : 'pending',
        detail: `Telemetry still shows ${candidate}: ${proof.n} observations in 10 s`,
        next: row.state,
      };
  }
}

type Of = typeof rollout.$inferSelect & { switchable: boolean };

async function rolloutOf(db: Db, row: RollbackRow): Promise<Of> {
  const [of] = await db
    .select({ rollout, kind: feature.kind })
    .from(rollout)
    .innerJoin(feature, eq(feature.key, rollout.featureKey))
    .where(eq(rollout.id, row.rolloutId));
  if (!of) throw notFound('rollout', row.rolloutId);
  return { ...of.rollout, switchable: of.kind === 'flag' };
}
