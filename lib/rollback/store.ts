/** SQL of rollbacks. The lease runs on the database's clock, which is one for all workers. */
import { and, asc, desc, eq, lte, notInArray, sql } from 'drizzle-orm';
import { rollback } from '@/drizzle/schema/rollback';
import type { Db, Tx } from '@/lib/db';
import type { RollbackView } from './model';

export type RollbackRow = typeof rollback.$inferSelect;

const leaseMs = 15_000;

export async function findRollback(db: Db, id: string): Promise<RollbackRow | undefined> {
  const [row] = await db.select().from(rollback).where(eq(rollback.id, id));
  return row;
}

export async function selectRollbacks(db: Db, rolloutId: string): Promise<RollbackRow[]> {
  return db.select().from(rollback).where(eq(rollback.rolloutId, rolloutId)).orderBy(desc(rollback.epoch));
}

/** `attempts` is the fence: who holds an older number can write no more. */
export async function claim(db: Db, id: string): Promise<RollbackRow | undefined> {
  const [row] = await db
    .update(rollback)
    .set({
      attempts: sql`${rollback.attempts} + 1`,
      leaseUntil: sql`clock_timestamp() + ${leaseMs} * interval '1 millisecond'`,
    })
    .where(
      and(
        eq(rollback.id, id),
        notInArray(rollback.state, ['verified']),
        sql`(${rollback.leaseUntil} is null or ${rollback.leaseUntil} < clock_timestamp())`,
      ),
    )
    .returning();
  return row;
}

export async function updateRollback(
  db: Db | Tx,
  held: RollbackRow,
  set: Partial<Pick<RollbackRow, 'state' | 'steps' | 'dueAt' | 'endedAt' | 'leaseUntil'>>,
): Promise<RollbackRow | undefined> {
  const [row] = await db
    .update(rollback)
    .set(set)
    .where(and(eq(rollback.id, held.id), eq(rollback.attempts, held.attempts)))
    .returning();
  return row;
}

export async function selectDue(db: Db, now: Date, limit = 50): Promise<string[]> {
  const rows = await db
    .select({ id: rollback.id })
    .from(rollback)
    .where(
      and(
        notInArray(rollback.state, ['verified']),
        lte(rollback.dueAt, now),
        sql`(${rollback.leaseUntil} is null or ${rollback.leaseUntil} < clock_timestamp())`,
      ),
    )
    .orderBy(asc(rollback.dueAt))
    .limit(limit);
  return rows.map((r) => r.id);
}

export function viewOf(row: RollbackRow): RollbackView {
  return {
    id: row.id,
    rolloutId: row.rolloutId,
    epoch: row.epoch,
    state: row.state,
    cohorts: row.cohorts,
    steps: row.steps,
    reason: row.reason,
    decidedAt: row.decidedAt.toISOString(),
    endedAt: row.endedAt?.toISOString() ?? null,
    attempts: row.attempts,
  };
}
