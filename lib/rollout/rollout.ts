/** Rollouts: every verb and read. Each verb loads, decides, writes conditionally, then wakes whoever goes on. */
import { and, eq } from 'drizzle-orm';
import { feature } from '@/drizzle/schema/feature';
import { rollout } from '@/drizzle/schema/rollout';
import { authorise } from '@/lib/access/authorise';
import { refuseDrillEnvironment } from '@/lib/access/reserved';
import type { Context } from '@/lib/context';
import { lastProven } from '@/lib/drill/learn/proven';
import { badInput, conflict, notFound } from '@/lib/errors';
import { record } from '@/lib/event/event';
import { cohortKeys } from '@/lib/feature/feature';
import { baselineIn } from '@/lib/feature/model';
import { newId } from '@/lib/id';
import { mayDelete, syncMigrations, unapplied } from '@/lib/migration/migration';
import { waitForListeners } from '@/lib/revision';
import { previewRollback } from '@/lib/rollback/restore';
import { apply } from './act/apply';
import { isApproved } from './act/approval';
import type { DecisionView, LookView, Preview, RolloutView, Verb, Verdict } from './model';
import { checkPlan } from './plan/check';
import { parsePlan } from './plan/plan';
import {
  type Filter,
  findRollout,
  findVerdict,
  type LookQuery,
  planHash,
  type Row,
  selectDecisions,
  selectLooks,
  selectRollouts,
  updateRollout,
  viewOf,
} from './store';
import { actionOf, needsApprover, previewOf, refusal, type Standing } from './verb';

export { decideApproval, listApprovals } from './act/approval';
export { retainLooks } from './store';

export async function createRollout(ctx: Context, input: unknown): Promise<RolloutView> {
  authorise(ctx.actor, 'operate');
  const plan = parsePlan(input);
  authorise(ctx.actor, 'operate', plan.environment);
  refuseDrillEnvironment(ctx.actor, plan.environment);
  await checkPlan(ctx.db, plan);
  const now = ctx.now();
  return ctx.db.transaction(async (tx) => {
    const [row] = await tx
      .insert(rollout)
      .values({
        id: newId('rol', now),
        featureKey: plan.feature,
        environment: plan.environment,
        owner: plan.owner,
        state: 'draft',
        mode: plan.mode,
        stage: -1,
        epoch: 0,
        plan,
        createdBy: ctx.actor.id,
        createdAt: now,
        updatedAt: now,
      })
      .returning();
    if (!row) throw new Error('the insert answered nothing');
    await syncMigrations(tx, row, now);
    await record(tx, now, ctx.actor, {
      kind: 'rollout.created',
      reason: `Plans to roll out ${plan.candidate} of ${plan.feature} in ${plan.environment}`,
      ...about(row),
      data: { planHash: planHash(plan), plan },
    });
    return viewOf(row, null);
  });
}

export async function editRollout(ctx: Context, id: string, input: unknown): Promise<RolloutView> {
  const seen = await load(ctx, id, 'operate');
  const plan = parsePlan(input);
  authorise(ctx.actor, 'operate', plan.environment);
  refuseDrillEnvironment(ctx.actor, plan.environment);
  if (seen.state !== 'draft') throw conflict('Only a draft can be edited: a running plan stays as it was decided on');
  await checkPlan(ctx.db, plan);
  const now = ctx.now();
  return ctx.db.transaction(async (tx) => {
    const row = await updateRollout(tx, seen, {
      plan,
      featureKey: plan.feature,
      environment: plan.environment,
      owner: plan.owner,
      mode: plan.mode,
      updatedAt: now,
    });
    if (!row) throw changed(id);
    await syncMigrations(tx, row, now);
    await record(tx, now, ctx.actor, {
      kind: 'rollout.edited',
      reason: 'Changes the plan',
      ...about(row),
      data: { before: planHash(seen.plan), planHash: planHash(plan), plan },
    });
    return viewOf(row, null);
  });
}

export async function deleteRollout(ctx: Context, id: string): Promise<void> {
  const seen = await load(ctx, id, 'operate');
  if (seen.state !== 'draft') throw conflict('Only a draft can be deleted: what ran stays in the history');
  await ctx.db.transaction(async (tx) => {
    await mayDelete(tx, id);
    const gone = await tx
      .delete(rollout)
      .where(and(eq(rollout.id, id), eq(rollout.epoch, seen.epoch), eq(rollout.state, 'draft')))
      .returning({ id: rollout.id });
    if (gone.length === 0) throw changed(id);
    await record(tx, ctx.now(), ctx.actor, { kind: 'rollout.deleted', reason: 'Deletes the draft', ...about(seen) });
  });
}

export async function getRollout(ctx: Context, id: string): Promise<RolloutView> {
  const row = await load(ctx, id, 'view');
  return viewOf(row, await findVerdict(ctx.db, id));
}

/** Newest change first. A key of one environment sees that one only. */
export async function listRollouts(ctx: Context, filter: Filter = {}): Promise<RolloutView[]> {
  authorise(ctx.actor, 'view', filter.environment);
  const environment = filter.environment ?? ctx.actor.environment ?? undefined;
  const rows = await selectRollouts(ctx.db, { ...filter, environment });
  return rows.map((r) => viewOf(r.row, r.verdict));
}

export async function getVerdict(ctx: Context, id: string): Promise<Verdict | null> {
  await load(ctx, id, 'view');
  return (await findVerdict(ctx.db, id))?.body ?? null;
}

export async function decisionsOf(ctx: Context, id: string): Promise<DecisionView[]> {
  await load(ctx, id, 'view');
  return selectDecisions(ctx.db, id);
}

export async function looksOf(ctx: Context, id: string, query: LookQuery = {}): Promise<LookView[]> {
  await load(ctx, id, 'view');
  return selectLooks(ctx.db, id, query);
}

/** Carries out a person's verb; answers once every live listener serves the change (or 2 s have passed). */
export async function perform(
  ctx: Context,
  id: string,
  verb: Verb,
  options: { reason: string; expectedEpoch?: number; cohorts?: string[] },
): Promise<RolloutView> {
  const seen = await load(ctx, id, 'operate');
  const reason = options.reason.trim();
  if (reason === '' || reason.length > 500)
    throw badInput([{ field: 'reason', message: 'say why, in 1 to 500 letters' }]);
  if (options.expectedEpoch !== undefined && options.expectedEpoch !== seen.epoch) throw changed(id);
  const standing = await standingOf(ctx, seen);
  const order = { verb, cohorts: options.cohorts ?? [] };
  const refused = refusal(standing, order);
  if (refused) throw refused;
  const action = actionOf(order, standing);
  if (needsApprover(standing, action)) authorise(ctx.actor, 'approve', seen.environment);
  const done = await apply(ctx, seen, action, { reason, evidence: standing.verdict });
  if (done.rollbackId) await ctx.enqueue('rollback', { rollbackId: done.rollbackId });
  if (done.revision !== null) await waitForListeners(ctx.db, ctx.now(), done.revision);
  return viewOf(done.row, await findVerdict(ctx.db, id));
}

/** What the verb would change now; the same code decides when it is performed. */
export async function preview(ctx: Context, id: string, verb: Verb, cohorts: string[] = []): Promise<Preview> {
  const row = await load(ctx, id, 'view');
  const seen = previewOf(await standingOf(ctx, row), { verb, cohorts });
  const all = verb === 'roll-back' && seen.possible && seen.cohorts.length === 0;
  return { ...seen, restore: all ? await previewRollback(ctx, row) : null };
}

async function load(ctx: Context, id: string, permission: 'view' | 'operate'): Promise<Row> {
  authorise(ctx.actor, permission);
  const row = await findRollout(ctx.db, id);
  if (!row) throw notFound('rollout', id);
  authorise(ctx.actor, permission, row.environment);
  return row;
}

async function standingOf(ctx: Context, row: Row): Promise<Standing> {
  const [verdict, approved, [found], known, missing, proven] = await Promise.all([
    findVerdict(ctx.db, row.id),
    isApproved(ctx.db, row),
    ctx.db
      .select({ kind: feature.kind, baseline: feature.baseline, baselines: feature.baselines })
      .from(feature)
      .where(eq(feature.key, row.featureKey)),
    cohortKeys(ctx.db),
    row.plan.migrations.length === 0 ? [] : unapplied(ctx.db, row),
    lastProven(ctx.db, row),
  ]);
  return {
    state: row.state,
    stage: row.stage,
    plan: row.plan,
    verdict: verdict?.body ?? null,
    approved,
    switchable: found?.kind === 'flag',
    withdrawn: row.withdrawn,
    known,
    unapplied: missing,
    drill: { lastProven: proven, now: ctx.now() },
    featureBaseline: found ? baselineIn(found, row.environment) : row.plan.baseline,
  };
}

const about = (row: Row) => ({ environment: row.environment, feature: row.featureKey, rolloutId: row.id });
const changed = (id: string) => conflict(`The rollout ${id} has changed meanwhile; look again`);
