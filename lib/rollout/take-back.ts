/** What a change of a rollout means for flags, configuration and control plane, in the transaction that decides it. */
import type { Actor } from '@/lib/access/model';
import type { Tx } from '@/lib/db';
import { notFound } from '@/lib/errors';
import type { Feature } from '@/lib/feature/model';
import { newId } from '@/lib/id';
import { orderPlane } from '@/lib/plane/delivery';
import { builtinId } from '@/lib/plane/model';
import type { Intent } from '@/lib/rollback/intent';
import { partsOf, revertsFor } from '@/lib/rollback/parts';
import { findTarget, restoreNow, targetOf, withoutExposure } from '@/lib/rollback/restoring';
import { runbookFor } from '@/lib/runbook/runbook';
import type { SnapshotBody } from '@/lib/snapshot/model';
import { presentState } from '@/lib/snapshot/present';
import { planeStateOf } from '@/lib/snapshot/served';
import type { Taken } from '@/lib/snapshot/take';
import { restorable } from '@/lib/snapshot/target';
import type { Action } from './model';
import type { Row } from './store';

export type Changed = {
  now: Date;
  actor: Actor;
  action: Action;
  options: { reason: string; target?: string };
  /** as it is after the change */
  row: Row;
  feature: Feature | null;
  /** the state just before */
  before: Taken | null;
};

/** All of it goes back, or some cohorts do: the restore itself, and what is left to do and to prove. */
export async function takeBack(tx: Tx, change: Changed): Promise<Omit<Intent, 'revision'>> {
  const { now, actor, action, options, row, feature, before } = change;
  if (!feature || !before) throw notFound('feature', row.featureKey);
  const { environment, plan } = row;
  const id = newId('rb', now);
  const aim = action.kind === 'roll_back' ? await aimOf(tx, change, before.body) : null;
  const { desired, fence } = await restoreNow(tx, now, actor, {
    rollbackId: id,
    feature,
    environment,
    desired: aim?.desired ?? null,
    snapshotId: aim?.target ?? before.id,
    reason: options.reason,
  });
  const reverts = action.kind === 'roll_back' ? await revertsFor(tx, row.id) : [];
  return {
    id,
    kind: options.target === undefined ? 'rollback' : 'restore',
    rollout: row,
    feature: row.featureKey,
    environment,
    cohorts: action.kind === 'withdraw' ? action.cohorts : [],
    target: aim?.target ?? null,
    fence,
    desired,
    runbook: await runbookFor(tx, row.featureKey),
    parts: partsOf({ feature, reverts, plan: action.kind === 'roll_back' ? plan : null }),
    reason: options.reason,
    by: actor.name,
  };
}

/**
 * What there was before the start, without the candidate: nothing that a rollback does exposes it again. A snapshot
 * that a person names comes back as it was recorded.
 */
async function aimOf(
  tx: Tx,
  { options, row }: Changed,
  present: SnapshotBody,
): Promise<{ desired: SnapshotBody; target: string | null }> {
  const named = options.target === undefined ? null : await findTarget(tx, options.target);
  const target = named ?? (await targetOf(tx, row.id));
  const without = named ? null : row.plan.candidate;
  const { desired } = restorable(present, target?.body ?? withoutExposure(present), { without });
  return { desired, target: target?.id ?? null };
}

/** A control plane outside follows every change of what is served; its order is delivered after the commit. */
export async function follow(tx: Tx, { now, row, feature }: Changed): Promise<void> {
  if (feature?.kind !== 'flag' || feature.plane === builtinId) return;
  const { featureKey, environment } = row;
  const desired = planeStateOf(await presentState(tx, featureKey, environment));
  await orderPlane(tx, now, { feature: featureKey, environment, planeId: feature.plane, desired });
}
