/** What a change of a rollout means for flags, configuration and control plane, in the transaction that decides it. */
import type { Actor } from '@/lib/access/model';
import type { Tx } from '@/lib/db';
import { isDrillEnvironment } from '@/lib/drill/model';
import { notFound } from '@/lib/errors';
import type { Feature } from '@/lib/feature/model';
import { newId } from '@/lib/id';
import { revertsOf } from '@/lib/migration/migration';
import { followPlane } from '@/lib/plane/follow';
import { builtinId } from '@/lib/plane/model';
import type { Intent } from '@/lib/rollback/intent';
import { partsOf } from '@/lib/rollback/parts';
import { aimOf, restoreNow } from '@/lib/rollback/restoring';
import { runbookFor } from '@/lib/runbook/runbook';
import type { Taken } from '@/lib/snapshot/take';
import type { Action } from '../model';
import type { Row } from '../store';

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
  const { now, actor, action, options, row, before } = change;
  if (!change.feature || !before) throw notFound('feature', row.featureKey);
  const { environment, plan } = row;
  // Nobody outside is told of a rehearsal.
  const feature = isDrillEnvironment(environment) ? { ...change.feature, plane: builtinId } : change.feature;
  const id = newId('rb', now);
  const aim = action.kind === 'roll_back' ? await aimOf(tx, row, before.body, options.target) : null;
  const { desired, fence } = await restoreNow(tx, now, actor, {
    rollbackId: id,
    feature,
    environment,
    desired: aim?.desired ?? null,
    snapshotId: aim?.target?.id ?? before.id,
    reason: options.reason,
  });
  const reverts = action.kind === 'roll_back' ? await revertsOf(tx, row.id) : [];
  return {
    id,
    kind: options.target === undefined ? 'rollback' : 'restore',
    rollout: row,
    feature: row.featureKey,
    environment,
    cohorts: action.kind === 'withdraw' ? action.cohorts : [],
    target: aim?.target?.id ?? null,
    fence,
    desired,
    runbook: await runbookFor(tx, row.featureKey, environment),
    parts: partsOf({ feature, reverts, plan: action.kind === 'roll_back' ? plan : null }),
    reason: options.reason,
    by: actor.name,
  };
}

/** A control plane outside follows every change of what is served; its order is delivered after the commit. */
export async function follow(tx: Tx, { now, row, feature }: Changed): Promise<void> {
  if (feature?.kind === 'flag') await followPlane(tx, now, row.featureKey, row.environment);
}
