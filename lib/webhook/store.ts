/** Rows of registered targets, secrets among them: they leave this folder only as `Secret`. Decides nothing. */
import { and, asc, eq, sql } from 'drizzle-orm';
import { setting } from '@/drizzle/schema/event';
import { noticeAddress } from '@/drizzle/schema/notice';
import { plane, webhookTarget } from '@/drizzle/schema/plane';
import type { Db, Tx } from '@/lib/db';
import type { WebhookView } from './model';

export type TargetRow = typeof webhookTarget.$inferSelect;

export async function findTarget(db: Db | Tx, id: string): Promise<TargetRow | null> {
  const [row] = await db.select().from(webhookTarget).where(eq(webhookTarget.id, id));
  return row ?? null;
}

/** Locked until the transaction ends. */
export async function lockTarget(tx: Tx, id: string): Promise<TargetRow | null> {
  const [row] = await tx.select().from(webhookTarget).where(eq(webhookTarget.id, id)).for('update');
  return row ?? null;
}

export function selectTargets(db: Db): Promise<TargetRow[]> {
  return db.select().from(webhookTarget).orderBy(asc(webhookTarget.name));
}

/** null: the name is taken */
export async function insertTarget(tx: Tx, row: TargetRow): Promise<TargetRow | null> {
  const [made] = await tx
    .insert(webhookTarget)
    .values(row)
    .onConflictDoNothing({ target: webhookTarget.name })
    .returning();
  return made ?? null;
}

export async function nameTaken(tx: Tx, name: string): Promise<boolean> {
  const rows = await tx.select({ id: webhookTarget.id }).from(webhookTarget).where(eq(webhookTarget.name, name));
  return rows.length > 0;
}

export async function updateTarget(tx: Tx, id: string, set: Partial<TargetRow>): Promise<TargetRow | null> {
  const [row] = await tx.update(webhookTarget).set(set).where(eq(webhookTarget.id, id)).returning();
  return row ?? null;
}

/** null: somebody has disabled it already */
export async function disableTarget(tx: Tx, id: string, set: { now: Date; why: string }): Promise<TargetRow | null> {
  const [row] = await tx
    .update(webhookTarget)
    .set({ state: 'disabled', disabledReason: set.why, updatedAt: set.now })
    .where(and(eq(webhookTarget.id, id), eq(webhookTarget.state, 'enabled')))
    .returning();
  return row ?? null;
}

export async function deleteTarget(tx: Tx, id: string): Promise<void> {
  await tx.delete(webhookTarget).where(eq(webhookTarget.id, id));
}

/** Names of the planes that are reached through a target. */
export async function planesOf(tx: Tx, id: string): Promise<string[]> {
  const rows = await tx.select({ name: plane.name }).from(plane).where(eq(plane.webhookTarget, id));
  return rows.map((row) => row.name);
}

/** Whether action items are told to it. */
export async function isTracker(tx: Tx, id: string): Promise<boolean> {
  const rows = await tx
    .select({ key: setting.key })
    .from(setting)
    .where(and(eq(setting.key, 'postmortem_tracker'), sql`${setting.value}->>'webhook' = ${id}`));
  return rows.length > 0;
}

export async function isToldNotices(tx: Tx, id: string): Promise<boolean> {
  const rows = await tx.select({ id: noticeAddress.id }).from(noticeAddress).where(eq(noticeAddress.webhookTarget, id));
  return rows.length > 0;
}

export function viewOf(row: TargetRow, now: Date): WebhookView {
  const overlaps = row.previousSecret !== null && row.previousUntil !== null && row.previousUntil > now;
  return {
    id: row.id,
    name: row.name,
    url: row.url,
    allowPrivate: row.allowPrivate,
    state: row.state,
    disabledReason: row.disabledReason,
    previousSecretUntil: overlaps ? (row.previousUntil?.toISOString() ?? null) : null,
    createdBy: row.createdBy,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}
