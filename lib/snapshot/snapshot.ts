/** Snapshots: the recorded states that a feature can go back to. */
import { authorise } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import { badInput, notFound } from '@/lib/errors';
import { record } from '@/lib/event/event';
import { getFeature, lockFeature } from '@/lib/feature/feature';
import { baselineIn } from '@/lib/feature/model';
import { parseInput } from '@/lib/input';
import { compare, stateDigest } from './compare';
import { environmentsOf } from './environments';
import { type ComparisonView, type CriterionReading, type SnapshotView, snapshotInput } from './model';
import { presentState } from './present';
import { readCriteria } from './reading';
import { findSnapshot, livePlan, selectSnapshots, viewOf } from './store';
import { takeSnapshot } from './take';

/** Newest first. */
export async function listSnapshots(
  ctx: Context,
  feature: string,
  filter: { environment?: string; limit?: number } = {},
): Promise<SnapshotView[]> {
  authorise(ctx.actor, 'view', filter.environment);
  await getFeature(ctx, feature);
  const environment = filter.environment ?? ctx.actor.environment ?? undefined;
  const limit = Math.min(Math.max(filter.limit ?? 100, 1), 500);
  return (await selectSnapshots(ctx.db, { feature, limit, ...(environment ? { environment } : {}) })).map(viewOf);
}

/** Wherever the feature has a state of its own: a rollout, a configuration, an override, a baseline. */
export async function environmentsOfFeature(ctx: Context, feature: string): Promise<string[]> {
  authorise(ctx.actor, 'view');
  const own = ctx.actor.environment;
  return (await environmentsOf(ctx.db, feature)).filter((name) => own === null || name === own);
}

export async function getSnapshot(ctx: Context, id: string): Promise<SnapshotView> {
  authorise(ctx.actor, 'view');
  const row = await findSnapshot(ctx.db, id);
  if (!row) throw notFound('snapshot', id);
  authorise(ctx.actor, 'view', row.environment);
  return viewOf(row);
}

export async function takeSnapshotNow(ctx: Context, feature: string, input: unknown): Promise<SnapshotView> {
  authorise(ctx.actor, 'operate');
  const { environment, reason } = parseInput(snapshotInput, input);
  authorise(ctx.actor, 'operate', environment);
  const now = ctx.now();
  const criteria = await readingsNow(ctx, feature, environment);
  const id = await ctx.db.transaction(async (tx) => {
    if (!(await lockFeature(tx, feature))) throw notFound('feature', feature);
    const of = { feature, environment, rolloutId: null, cause: 'demand' as const, criteria };
    const taken = await takeSnapshot(tx, now, ctx.actor, of);
    await record(tx, now, ctx.actor, {
      kind: 'snapshot.taken',
      reason: reason || `A snapshot of ${feature} in ${environment} was taken`,
      feature,
      environment,
      data: { id: taken.id, digest: taken.digest },
    });
    return taken.id;
  });
  return getSnapshot(ctx, id);
}

/** Only a live rollout says what is measured of a feature. */
async function readingsNow(ctx: Context, feature: string, environment: string): Promise<CriterionReading[]> {
  const plan = await livePlan(ctx.db, { feature, environment });
  if (!plan) return [];
  const version = baselineIn(await getFeature(ctx, feature), environment);
  return readCriteria(ctx.db, ctx.now(), { feature, environment, plan, version });
}

/** `withId`: of another snapshot of the same feature and environment, or `now`. */
export async function compareSnapshots(ctx: Context, id: string, withId: string): Promise<ComparisonView> {
  authorise(ctx.actor, 'view');
  const from = await getSnapshot(ctx, id);
  const facts = ({ id, takenAt, digest }: SnapshotView) => ({ id, takenAt, digest });
  if (withId === 'now') {
    const body = await presentState(ctx.db, from.feature, from.environment);
    const differences = compare(from.body, body).filter(({ part }) => part !== 'criteria');
    const to = { id: null, takenAt: ctx.now().toISOString(), digest: stateDigest(body) };
    return { from: facts(from), to, same: to.digest === from.digest, differences };
  }
  const to = await getSnapshot(ctx, withId);
  if (to.feature !== from.feature || to.environment !== from.environment)
    throw badInput([{ field: 'with', message: `is of ${to.feature} in ${to.environment}` }]);
  const differences = compare(from.body, to.body);
  return { from: facts(from), to: facts(to), same: to.digest === from.digest, differences };
}
