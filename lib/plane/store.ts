/** Rows of control planes, and of what the built-in one was ordered to serve. Decides nothing. */
import { and, asc, desc, eq } from 'drizzle-orm';
import { feature } from '@/drizzle/schema/feature';
import { plane, planeOrder, webhookTarget } from '@/drizzle/schema/plane';
import type { Db, Tx } from '@/lib/db';
import type { Breaker, PlaneView } from './model';

export type PlaneRow = typeof plane.$inferSelect;
export type OrderRow = typeof planeOrder.$inferSelect;

export async function findPlane(db: Db | Tx, id: string): Promise<PlaneRow | null> {
  const [row] = await db.select().from(plane).where(eq(plane.id, id));
  return row ?? null;
}

/** Locked until the transaction ends. */
export async function lockPlane(tx: Tx, id: string): Promise<PlaneRow | null> {
  const [row] = await tx.select().from(plane).where(eq(plane.id, id)).for('update');
  return row ?? null;
}

export function selectPlanes(db: Db): Promise<PlaneRow[]> {
  return db.select().from(plane).orderBy(asc(plane.createdAt), asc(plane.id));
}

/** null: the name is taken */
export async function insertPlane(tx: Tx, row: typeof plane.$inferInsert): Promise<PlaneRow | null> {
  const [made] = await tx.insert(plane).values(row).onConflictDoNothing({ target: plane.name }).returning();
  return made ?? null;
}

export async function updatePlane(tx: Tx, id: string, set: Partial<PlaneRow>): Promise<PlaneRow | null> {
  const [row] = await tx.update(plane).set(set).where(eq(plane.id, id)).returning();
  return row ?? null;
}

export async function deletePlane(tx: Tx, id: string): Promise<void> {
  await tx.delete(plane).where(eq(plane.id, id));
}

export async function planeNamed(tx: Tx, name: string): Promise<PlaneRow | null> {
  const [row] = await tx.select().from(plane).where(eq(plane.name, name));
  return row ?? null;
}

/** Names of the planes that fall back to this one. */
export async function fallingBackTo(tx: Tx, id: string): Promise<string[]> {
  const rows = await tx.select({ name: plane.name }).from(plane).where(eq(plane.fallbackPlane, id));
  return rows.map((row) => row.name);
}

/** Whether it is registered; it stays so until the transaction ends. */
export async function holdTarget(tx: Tx, id: string): Promise<boolean> {
  const rows = await tx
    .select({ id: webhookTarget.id })
    .from(webhookTarget)
    .where(eq(webhookTarget.id, id))
    .for('key share');
  return rows.length > 0;
}

export async function setBreaker(tx: Tx, id: string, breaker: Breaker): Promise<void> {
  await tx.update(plane).set({ breaker }).where(eq(plane.id, id));
}

/** Whether Belay switches the feature, which stays so until the transaction ends; null: there is none. */
export async function lockKind(tx: Tx, key: string): Promise<'flag' | 'deployment' | null> {
  const [row] = await tx.select({ kind: feature.kind }).from(feature).where(eq(feature.key, key)).for('update');
  return row?.kind ?? null;
}

export async function findOrder(db: Db | Tx, key: string): Promise<OrderRow | null> {
  const [row] = await db.select().from(planeOrder).where(eq(planeOrder.key, key));
  return row ?? null;
}

/** The newest order, which has the highest fence: a lower one is never carried out after it. */
export async function lastOrder(
  db: Db | Tx,
  { feature, environment }: { feature: string; environment: string },
): Promise<OrderRow | null> {
  const [row] = await db
    .select()
    .from(planeOrder)
    .where(and(eq(planeOrder.featureKey, feature), eq(planeOrder.environment, environment)))
    .orderBy(desc(planeOrder.seq))
    .limit(1);
  return row ?? null;
}

export async function insertOrder(tx: Tx, row: Omit<OrderRow, 'seq'>): Promise<void> {
  await tx.insert(planeOrder).values(row);
}

export function viewOf(row: PlaneRow): PlaneView {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind,
    webhook: row.webhookTarget,
    regions: row.regions,
    deadlineMs: row.deadlineMs,
    fallbackPlane: row.fallbackPlane,
    fallbackVersion: row.fallbackVersion,
    breaker: row.breaker,
    createdBy: row.createdBy,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}
