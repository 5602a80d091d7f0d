/**
 * A feature whose state an outside plane holds: whatever changes what is to be served (a rollout's start, widening or
 * end, a kill, an override, the configuration) is ordered of the plane in the transaction of the change. The built-in
 * flags go on answering for it too.
 */
import type { Tx } from '@/lib/db';
import { isDrillEnvironment } from '@/lib/drill/model';
import { environmentsOf } from '@/lib/snapshot/environments';
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
