/**
 * A feature whose state an outside plane holds: whatever changes what is to be served (a rollout's start, widening or
 * end, a kill, an override, the configuration) is ordered of the plane in the transaction of the change. The built-in
 * flags go on answering for it too.
 */
import { eq, sql } from 'drizzle-orm';
import { feature } from '@/drizzle/schema/feature';
import type { Tx } from '@/lib/db';
import { drillPrefix, isDrillEnvironment } from '@/lib/drill/model';
import { presentState } from '@/lib/snapshot/present';
import { planeStateOf } from '@/lib/snapshot/served';
import { stateDigest } from './compare';
import { orderPlane } from './delivery';
import { dropDeliveries, findDelivery, lockPlaneOf } from './delivery-store';
import { builtinId } from './model';

/**
 * Before the flag revision grows, for the lock on that is everybody's. `environment` null: wherever the feature is
 * known. What is ordered already is not ordered again (but for `again`), so a change of nothing that is served costs
 * nothing. Answers the fence of each order that it made.
 */
export async function followPlane(
  tx: Tx,
  now: Date,
  featureKey: string,
  environment: string | null,
  { again = false }: { again?: boolean } = {},
): Promise<Array<{ environment: string; fence: number }>> {
  // A rehearsal is between Belay and its own flags.
  if (environment !== null && isDrillEnvironment(environment)) return [];
  const planeId = await lockPlaneOf(tx, featureKey);
  if (planeId === null) return [];
  await dropDeliveries(tx, featureKey, planeId);
  if (planeId === builtinId) return [];
  const environments = environment === null ? await environmentsOf(tx, featureKey) : [environment];
  const made: Array<{ environment: string; fence: number }> = [];
  for (const where of environments) {
    const desired = planeStateOf(await presentState(tx, featureKey, where));
    const last = await findDelivery(tx, { feature: featureKey, environment: where });
    if (!again && last && stateDigest(last.desired) === stateDigest(desired)) continue;
    const { fence } = await orderPlane(tx, now, { feature: featureKey, environment: where, planeId, desired });
    made.push({ environment: where, fence });
  }
  return made;
}

/** Wherever a rollout, an override, a baseline, a configuration or an order of its own has named it. */
async function environmentsOf(tx: Tx, featureKey: string): Promise<string[]> {
  const rows = await tx.execute<{ environment: string }>(sql`
    select distinct environment from (
      select environment from rollout where feature_key = ${featureKey}
      union all select environment from configuration_revision where feature_key = ${featureKey}
      union all select environment from plane_delivery where feature_key = ${featureKey}
      union all select environment from snapshot where feature_key = ${featureKey}
      union all select case scope when 'environment' then value else environment end
        from override where feature_key = ${featureKey}
      union all select jsonb_object_keys(${feature.baselines}) from ${feature} where ${eq(feature.key, featureKey)}
    ) known where environment is not null and not starts_with(environment, ${drillPrefix}) order by environment`);
  return rows.map((row) => row.environment);
}
