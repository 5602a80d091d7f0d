/** Recording the state of a feature. In the transaction that is about to change it, so that it is what was served. */
import type { Actor } from '@/lib/access/model';
import type { Tx } from '@/lib/db';
import { newId } from '@/lib/id';
import { stateDigest } from './compare';
import { environmentsOf } from './environments';
import type { CriterionReading, SnapshotBody, SnapshotCause } from './model';
import { presentState } from './present';
import { insertSnapshot } from './store';

export type Taken = { id: string; body: SnapshotBody; digest: string };

/** The caller holds the feature's lock. */
export async function takeSnapshot(
  tx: Tx,
  now: Date,
  actor: Pick<Actor, 'name'>,
  of: {
    feature: string;
    environment: string;
    rolloutId: string | null;
    cause: SnapshotCause;
    criteria: CriterionReading[];
  },
): Promise<Taken> {
  const { feature: featureKey, environment, rolloutId, cause, criteria } = of;
  const body = { ...(await presentState(tx, featureKey, environment)), criteria };
  const id = newId('snp', now);
  const digest = stateDigest(body);
  await insertSnapshot(tx, {
    id,
    featureKey,
    environment,
    rolloutId,
    cause,
    body,
    digest,
    takenBy: actor.name,
    takenAt: now,
  });
  return { id, body, digest };
}

/** Where nothing names another environment. */
const usual = 'production';

/** Before a change of flags or configuration. `environment: null`: it reaches every environment that there is. */
export async function snapshotBefore(
  tx: Tx,
  now: Date,
  actor: Pick<Actor, 'name'>,
  at: { feature: string; environment: string | null },
): Promise<void> {
  const { feature } = at;
  const known = at.environment === null ? await environmentsOf(tx, feature) : [at.environment];
  const environments = known.length > 0 ? known : [usual];
  for (const environment of environments)
    await takeSnapshot(tx, now, actor, { feature, environment, rolloutId: null, cause: 'change', criteria: [] });
}
