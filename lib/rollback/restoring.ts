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
import type { SnapshotBody } from '@/lib/snapshot/model';
import { presentState } from '@/lib/snapshot/present';
import { restoreState } from '@/lib/snapshot/restore';
import { planeStateOf } from '@/lib/snapshot/served';

export type Target = { id: string; body: SnapshotBody };
type TargetRow = typeof snapshot.$inferSelect;

/** What there was before the rollout started; null: nobody has recorded it. */
export async function targetOf(db: Db | Tx, rolloutId: string): Promise<TargetRow | null> {
  const [row] = await db
    .select()
    .from(snapshot)
    .where(and(eq(snapshot.rolloutId, rolloutId), eq(snapshot.cause, 'start')))
    .orderBy(desc(snapshot.takenAt), desc(snapshot.id))
    .limit(1);
  return row ?? null;
}

export async function findTarget(db: Db | Tx, id: string): Promise<TargetRow | null> {
  const [row] = await db.select().from(snapshot).where(eq(snapshot.id, id));
  return row ?? null;
}

/** Nothing but the exposure taken away: what is left to go back to where nothing was recorded. */
export const withoutExposure = (present: SnapshotBody): SnapshotBody => ({
  ...present,
  flags: { ...present.flags, exposure: null },
});

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
