/** Everything that an evaluation reads, as of one moment of the database. */
import { and, asc, eq, gte, inArray } from 'drizzle-orm';
import { cohort, feature, flagRevision, optOut, override } from '@/drizzle/schema/feature';
import { rollout } from '@/drizzle/schema/rollout';
import type { Db, Tx } from '@/lib/db';
import type { Plan } from '@/lib/rollout/model';
import { pairKey } from './evaluate';
import type { Exposure, FlagState, Override } from './model';

/** One repeatable-read snapshot: an evaluation never sees half a change. */
export function loadFlagState(db: Db): Promise<FlagState> {
  return db.transaction(readFlagState, { isolationLevel: 'repeatable read', accessMode: 'read only' });
}

async function readFlagState(tx: Tx): Promise<FlagState> {
  const revisions = await tx.select().from(flagRevision).where(eq(flagRevision.id, 1));
  const features = await tx.select().from(feature).orderBy(asc(feature.key));
  const cohorts = await tx.select().from(cohort);
  const overrides = await tx.select().from(override).orderBy(asc(override.createdAt), asc(override.id));
  const optOuts = await tx.select({ feature: optOut.featureKey, key: optOut.targetingKey }).from(optOut);
  const exposing = await tx
    .select({
      id: rollout.id,
      featureKey: rollout.featureKey,
      environment: rollout.environment,
      plan: rollout.plan,
      stage: rollout.stage,
      withdrawn: rollout.withdrawn,
    })
    .from(rollout)
    .where(and(inArray(rollout.state, ['running', 'held']), gte(rollout.stage, 0)));
  const state: FlagState = {
    revision: revisions[0]?.revision ?? 0,
    features: new Map(features.map(({ createdAt, updatedAt, ...f }) => [f.key, f])),
    cohorts: new Map(cohorts.map(({ createdAt, updatedAt, ...c }) => [c.key, c])),
    overrides: new Map(),
    optOuts: new Set(optOuts.map((o) => pairKey(o.feature, o.key))),
    exposures: new Map(),
  };
  for (const { createdBy, createdAt, ...o } of overrides) {
    const list: Override[] = state.overrides.get(o.featureKey) ?? [];
    list.push(o);
    state.overrides.set(o.featureKey, list);
  }
  for (const row of exposing) state.exposures.set(pairKey(row.featureKey, row.environment), exposureOf(row));
  return state;
}

function exposureOf(row: {
  id: string;
  featureKey: string;
  environment: string;
  plan: Plan;
  stage: number;
  withdrawn: string[];
}): Exposure {
  const { plan, withdrawn } = row;
  return {
    rolloutId: row.id,
    featureKey: row.featureKey,
    environment: row.environment,
    baseline: plan.baseline,
    candidate: plan.candidate,
    stages: plan.stages.slice(0, row.stage + 1).map((s) => s.exposure),
    cohortOrder: [...new Set(plan.stages.flatMap((s) => Object.keys(s.exposure)))],
    holdback: plan.holdback,
    withdrawn,
  };
}
