/**
 * Making the flags and the configuration of a feature what is desired. In the transaction of the caller, who holds
 * the feature's lock, has taken a live rollout back, bumps the flag revision and records what was changed.
 */
import type { Actor } from '@/lib/access/model';
import { restoreConfiguration } from '@/lib/configuration/current';
import type { Tx } from '@/lib/db';
import { notFound } from '@/lib/errors';
import { canonicalJson } from '@/lib/event/canonical';
import { liveExposures } from '@/lib/feature/state';
import { newId } from '@/lib/id';
import { compare } from './compare';
import type { Difference, RecordedOverride, SnapshotBody } from './model';
import { presentState } from './present';
import {
  deleteOverride,
  deletePin,
  featureRow,
  insertOverride,
  overrideById,
  putPin,
  setBaselines,
  setExcept,
} from './store';
import { rowChanges } from './target';

type Restore = {
  feature: string;
  environment: string;
  desired: SnapshotBody;
  snapshotId: string;
  reason: string;
};

export async function restoreState(
  tx: Tx,
  now: Date,
  actor: Pick<Actor, 'name'>,
  to: Restore,
): Promise<{ changed: Difference[] }> {
  const { feature, environment, desired } = to;
  const present = await presentState(tx, feature, environment);
  if (present.flags.baseline !== desired.flags.baseline) await setBaseline(tx, now, to);
  const { go, come } = rowChanges(present.flags.overrides, desired.flags.overrides);
  for (const row of go) await takeAway(tx, environment, row);
  for (const row of come) await bringBack(tx, now, to, row);
  await pin(tx, now, actor, to);
  await restoreConfiguration(tx, now, actor, { ...to, to: desired.configuration });
  return { changed: compare(present, desired).filter(({ part }) => part !== 'criteria') };
}

async function setBaseline(tx: Tx, now: Date, { feature, environment, desired }: Restore): Promise<void> {
  const row = await featureRow(tx, feature);
  if (!row) throw notFound('feature', feature);
  await setBaselines(tx, now, feature, { ...row.baselines, [environment]: desired.flags.baseline });
}

/** In this environment only: what was set for all of them goes on counting in the others. */
async function takeAway(tx: Tx, environment: string, { id, scope }: RecordedOverride): Promise<void> {
  const row = await overrideById(tx, id);
  if (!row) return;
  const here = scope === 'environment' || row.environment === environment;
  if (here) await deleteOverride(tx, id);
  else await setExcept(tx, id, [...row.exceptIn, environment].sort());
}

async function bringBack(tx: Tx, now: Date, to: Restore, row: RecordedOverride): Promise<void> {
  const { environment } = to;
  const there = await overrideById(tx, row.id);
  if (there?.exceptIn.includes(environment)) {
    const exceptIn = there.exceptIn.filter((other) => other !== environment);
    return setExcept(tx, row.id, exceptIn);
  }
  const everywhere = row.scope !== 'environment' && row.environment === null;
  await insertOverride(tx, {
    ...row,
    id: there ? newId('ovr', now) : row.id,
    featureKey: to.feature,
    environment: everywhere ? environment : row.environment,
    wide: everywhere,
    createdAt: new Date(row.createdAt),
  });
}

/** What a live rollout exposes already needs no pin. */
async function pin(tx: Tx, now: Date, actor: Pick<Actor, 'name'>, to: Restore): Promise<void> {
  const at = { feature: to.feature, environment: to.environment };
  const { exposure } = to.desired.flags;
  const [live] = await liveExposures(tx, at);
  if (live && canonicalJson(live) !== canonicalJson(exposure))
    throw new Error(`the rollout ${live.rolloutId} exposes otherwise; take it back first`);
  await deletePin(tx, at);
  if (exposure === null || live) return;
  await putPin(tx, {
    featureKey: to.feature,
    environment: to.environment,
    exposure,
    snapshotId: to.snapshotId,
    createdBy: actor.name,
    createdAt: now,
  });
}

/** For the rollout that starts or completes: from then on it says what is exposed. */
export async function clearPin(tx: Tx, at: { feature: string; environment: string }): Promise<void> {
  await deletePin(tx, at);
}
