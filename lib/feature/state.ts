/** Everything that an evaluation reads, as of one moment of the database. */
import { and, asc, desc, eq, gte, inArray, isNull } from 'drizzle-orm';
import { configurationRevision } from '@/drizzle/schema/configuration';
import { drillFault, drillRun } from '@/drizzle/schema/drill';
import { cohort, feature, flagRevision, optOut, override } from '@/drizzle/schema/feature';
import { rollout } from '@/drizzle/schema/rollout';
import { pinnedExposure } from '@/drizzle/schema/snapshot';
import type { Db, Tx } from '@/lib/db';
import { drillPrefix } from '@/lib/drill/model';
import type { Plan } from '@/lib/rollout/model';
import { pairKey } from './evaluate';
import type { DrillFault, Exposure, FlagState, Override } from './model';

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
  const exposures = await exposuresNow(tx);
  const configurations = await configurationsNow(tx);
  const state: FlagState = {
    revision: revisions[0]?.revision ?? 0,
    features: new Map(features.map(({ createdAt, updatedAt, ...f }) => [f.key, f])),
    cohorts: new Map(cohorts.map(({ createdAt, updatedAt, ...c }) => [c.key, c])),
    overrides: new Map(),
    optOuts: new Set(optOuts.map((o) => pairKey(o.feature, o.key))),
    exposures: new Map(exposures.map((e) => [pairKey(e.featureKey, e.environment), e])),
    configurations,
    faults: await faultsNow(tx),
  };
  for (const { createdBy, createdAt, ...o } of overrides) {
    const list: Override[] = state.overrides.get(o.featureKey) ?? [];
    list.push(o);
    state.overrides.set(o.featureKey, list);
  }
  return state;
}

/**
 * Of runs that go on. One that was told to stop serves nothing any more, though nobody has come to undo it yet.
 */
async function faultsNow(tx: Tx): Promise<Map<string, DrillFault>> {
  const rows = await tx
    .select({ of: drillFault, spec: drillRun.spec, shadow: drillRun.shadow })
    .from(drillFault)
    .innerJoin(drillRun, eq(drillRun.id, drillFault.runId))
    .where(and(isNull(drillRun.endedAt), isNull(drillRun.stop)));
  return new Map(
    rows.map(({ of, spec, shadow }) => {
      const { featureKey, environment, runId, version, cohort, share, exposes, expiresAt } = of;
      const who = { version, cohort, control: spec.control, share, exposes };
      const fault = { runId, shadow: shadow ?? `${drillPrefix}${runId}`, ...who };
      return [pairKey(featureKey, environment), { ...fault, harm: harmOf(of.fault), expiresAt: expiresAt.getTime() }];
    }),
  );
}

function harmOf(fault: typeof drillFault.$inferSelect.fault): DrillFault['harm'] {
  if (!fault || fault.share <= 0) return null;
  const { share, status, latencyMs, jitterMs } = fault;
  return { share, status, latencyMs, jitterMs };
}

type Place = { feature: string; environment: string };

/** What is exposed, one for each feature and environment: by its live rollout, else as a restore has pinned it. */
export async function exposuresNow(tx: Db | Tx, at?: Place): Promise<Exposure[]> {
  const pins = await tx
    .select({ exposure: pinnedExposure.exposure })
    .from(pinnedExposure)
    .where(at && and(eq(pinnedExposure.featureKey, at.feature), eq(pinnedExposure.environment, at.environment)));
  const live = await liveExposures(tx, at);
  const taken = new Set(live.map((e) => pairKey(e.featureKey, e.environment)));
  const pinned = pins.map((pin) => pin.exposure).filter((e) => !taken.has(pairKey(e.featureKey, e.environment)));
  return [...pinned, ...live];
}

export async function liveExposures(tx: Db | Tx, at?: Place): Promise<Exposure[]> {
  const rows = await tx
    .select({
      id: rollout.id,
      featureKey: rollout.featureKey,
      environment: rollout.environment,
      plan: rollout.plan,
      stage: rollout.stage,
      withdrawn: rollout.withdrawn,
    })
    .from(rollout)
    .where(
      and(
        inArray(rollout.state, ['running', 'held']),
        gte(rollout.stage, 0),
        at && and(eq(rollout.featureKey, at.feature), eq(rollout.environment, at.environment)),
      ),
    );
  return rows.map(exposureOf);
}

/** The newest revision of each; one without values says that the configuration was taken away. */
async function configurationsNow(tx: Tx): Promise<FlagState['configurations']> {
  const { featureKey, environment, revision, values } = configurationRevision;
  const rows = await tx
    .selectDistinctOn([featureKey, environment], { featureKey, environment, revision, values })
    .from(configurationRevision)
    .orderBy(featureKey, environment, desc(revision));
  return new Map(
    rows
      .filter((row) => Object.keys(row.values).length > 0)
      .map((row) => [pairKey(row.featureKey, row.environment), { revision: row.revision, values: row.values }]),
  );
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
