/**
 * Going back, in the transaction that decides it: flags, exposure and configuration of the snapshot as one change, and
 * the order to the control plane under a new fence. Whoever calls holds the feature's lock and has taken a live rollout
 * back already, bumps the flag revision afterwards, and writes the intent.
 */
import { and, desc, eq } from 'drizzle-orm';
import { snapshot } from '@/drizzle/schema/snapshot';
import type { Actor } from '@/lib/access/model';
import type { Db, Tx } from '@/lib/db';
import type { Feature } from '@/lib/feature/model';
import { claimOrder } from '@/lib/plane/builtin';
import { orderPlane } from '@/lib/plane/delivery';
import { nextFence } from '@/lib/plane/delivery-store';
import { builtinId, type PlaneState } from '@/lib/plane/model';
import type { Plan } from '@/lib/rollout/model';
import type { SnapshotBody } from '@/lib/snapshot/model';
import { presentState } from '@/lib/snapshot/present';
import { restoreState } from '@/lib/snapshot/restore';
import { planeStateOf } from '@/lib/snapshot/served';
import { type Restorable, restorable } from '@/lib/snapshot/target';

export type TargetRow = typeof snapshot.$inferSelect;
type Place = { id: string; plan: Pick<Plan, 'candidate'> };

export async function findTarget(db: Db | Tx, id: string): Promise<TargetRow | null> {
  const [row] = await db.select().from(snapshot).where(eq(snapshot.id, id));
  return row ?? null;
}

/** What there was before the rollout started; null: nobody has recorded it. */
async function startOf(db: Db | Tx, rolloutId: string): Promise<TargetRow | null> {
  const [row] = await db
    .select()
    .from(snapshot)
    .where(and(eq(snapshot.rolloutId, rolloutId), eq(snapshot.cause, 'start')))
    .orderBy(desc(snapshot.takenAt), desc(snapshot.id))
    .limit(1);
  return row ?? null;
}

/**
 * Where a rollback goes: to what there was before the start, without the candidate, so that nothing that is done by
 * itself exposes it again. A snapshot that a person names comes back as it was recorded. Where nothing was recorded the
 * exposure is taken away.
 */
export async function aimOf(
  tx: Db | Tx,
  { id, plan }: Place,
  present: SnapshotBody,
  named?: string,
): Promise<Restorable & { target: TargetRow | null }> {
  const target = named === undefined ? await startOf(tx, id) : await findTarget(tx, named);
  const bare = { ...present, flags: { ...present.flags, exposure: null } };
  const without = named === undefined ? plan.candidate : null;
  return { target, ...restorable(present, target?.body ?? bare, { without }) };
}

export type Restored = { desired: PlaneState; fence: number };

/** `desired: null`: the rows are as they should be already; what follows from them is ordered. */
export async function restoreNow(
  tx: Tx,
  now: Date,
  actor: Pick<Actor, 'name'>,
  to: {
    rollbackId: string;
    feature: Pick<Feature, 'key' | 'plane' | 'kind'>;
    environment: string;
    desired: SnapshotBody | null;
    snapshotId: string;
    reason: string;
  },
): Promise<Restored> {
  const { environment, snapshotId, reason } = to;
  const { key: feature, plane, kind } = to.feature;
  if (to.desired) await restoreState(tx, now, actor, { feature, environment, desired: to.desired, snapshotId, reason });
  const desired = planeStateOf(await presentState(tx, feature, environment));
  const key = `${to.rollbackId}/restore`;
  if (kind === 'flag' && plane !== builtinId) {
    const { fence } = await orderPlane(tx, now, { feature, environment, planeId: plane, desired, key });
    return { desired, fence };
  }
  const fence = await nextFence(tx);
  if (kind === 'flag') {
    const claim = await claimOrder(tx, now, { feature, environment, desired, fence, key });
    if (claim.kind !== 'claimed') throw new Error(`a new order was not taken: ${claim.kind}`);
  }
  return { desired, fence };
}
