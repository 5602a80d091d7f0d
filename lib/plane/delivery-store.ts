/** SQL of what outside planes are to serve. The lease runs on the database's clock, which is one for all workers. */
import { and, asc, eq, lte, ne, sql } from 'drizzle-orm';
import { feature } from '@/drizzle/schema/feature';
import { planeDelivery } from '@/drizzle/schema/plane';
import type { Db, Tx } from '@/lib/db';
import { builtinId } from './model';

export type DeliveryRow = typeof planeDelivery.$inferSelect;
/** What of a feature in an environment. */
export type Pair = { feature: string; environment: string };

const pairIs = (of: Pair) =>
  and(eq(planeDelivery.featureKey, of.feature), eq(planeDelivery.environment, of.environment));
/** Of this very order, by the worker that holds it. */
const heldIs = (held: DeliveryRow) =>
  and(
    pairIs({ feature: held.featureKey, environment: held.environment }),
    eq(planeDelivery.fence, held.fence),
    eq(planeDelivery.key, held.key),
    eq(planeDelivery.attempts, held.attempts),
  );
const unleased = sql`(${planeDelivery.leaseUntil} is null or ${planeDelivery.leaseUntil} < clock_timestamp())`;

export async function findDelivery(db: Db | Tx, of: Pair): Promise<DeliveryRow | null> {
  const [row] = await db.select().from(planeDelivery).where(pairIs(of));
  return row ?? null;
}

/**
 * The id of the plane that holds the feature's state, and the feature itself until the transaction ends. What nobody
 * here can switch is ordered of nobody: then it is the built-in one.
 */
export async function lockPlaneOf(tx: Tx, featureKey: string): Promise<string | null> {
  const [row] = await tx
    .select({ plane: feature.plane, kind: feature.kind })
    .from(feature)
    .where(eq(feature.key, featureKey))
    .for('update');
  if (!row) return null;
  return row.kind === 'flag' ? row.plane : builtinId;
}

/** Under the lock of the feature fences commit in the order in which they were drawn. */
export async function nextFence(tx: Tx): Promise<number> {
  const [row] = await tx.execute<{ fence: string }>(sql`select nextval('plane_fence') as fence`);
  return Number(row?.fence);
}

/** The newest order takes the place of the one before it, and of the worker that is at that. */
export async function replaceDelivery(tx: Tx, row: typeof planeDelivery.$inferInsert): Promise<void> {
  const { featureKey, environment, ...set } = row;
  await tx
    .insert(planeDelivery)
    .values(row)
    .onConflictDoUpdate({ target: [planeDelivery.featureKey, planeDelivery.environment], set });
}

/** What was ordered of a plane that the feature has left. */
export async function dropDeliveries(tx: Tx, featureKey: string, keepPlane: string): Promise<void> {
  await tx
    .delete(planeDelivery)
    .where(and(eq(planeDelivery.featureKey, featureKey), ne(planeDelivery.planeId, keepPlane)));
}

/** `attempts` is the worker's fence: who holds an older number can write no more. */
export async function claimDelivery(db: Db, of: Pair, leaseMs: number): Promise<DeliveryRow | null> {
  const [row] = await db
    .update(planeDelivery)
    .set({
      attempts: sql`${planeDelivery.attempts} + 1`,
      leaseUntil: sql`clock_timestamp() + ${leaseMs} * interval '1 millisecond'`,
    })
    .where(and(pairIs(of), eq(planeDelivery.state, 'pending'), unleased))
    .returning();
  return row ?? null;
}

/** null: a newer order, or another worker, has taken its place; nothing was written */
export async function keepDelivery(
  tx: Tx,
  held: DeliveryRow,
  set: Partial<Pick<DeliveryRow, 'state' | 'detail' | 'dueAt' | 'confirmedAt'>>,
): Promise<DeliveryRow | null> {
  const [row] = await tx
    .update(planeDelivery)
    .set({ ...set, leaseUntil: null })
    .where(and(heldIs(held), eq(planeDelivery.state, 'pending')))
    .returning();
  return row ?? null;
}

export async function selectDueDeliveries(db: Db, now: Date, limit: number): Promise<Pair[]> {
  return db
    .select({ feature: planeDelivery.featureKey, environment: planeDelivery.environment })
    .from(planeDelivery)
    .where(and(eq(planeDelivery.state, 'pending'), lte(planeDelivery.dueAt, now), unleased))
    .orderBy(asc(planeDelivery.dueAt))
    .limit(limit);
}

/** Keys of features whose state the plane holds. */
export async function featuresOn(tx: Tx, planeId: string): Promise<string[]> {
  const rows = await tx
    .select({ key: feature.key })
    .from(feature)
    .where(eq(feature.plane, planeId))
    .orderBy(asc(feature.key));
  return rows.map((row) => row.key);
}

/** What was ordered of it for features that have left it. */
export async function forgetPlane(tx: Tx, planeId: string): Promise<void> {
  await tx.delete(planeDelivery).where(eq(planeDelivery.planeId, planeId));
}
