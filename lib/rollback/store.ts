/** SQL of rollbacks. The lease runs on the database's clock, which is one for all workers. */
import { and, asc, desc, eq, gt, inArray, isNull, lte, ne, notLike, type SQL, sql } from 'drizzle-orm';
import { rollback, rollbackCall, rollbackTick } from '@/drizzle/schema/rollback';
import { rollout } from '@/drizzle/schema/rollout';
import type { Db, Tx } from '@/lib/db';
import { drillPrefix } from '@/lib/drill/model';
import type { RollbackState, RollbackView, Tick } from './model';

export type RollbackRow = typeof rollback.$inferSelect;

export const leaseMs = 15_000;
const lease = sql`clock_timestamp() + ${leaseMs} * interval '1 millisecond'`;
const free = sql`(${rollback.leaseUntil} is null or ${rollback.leaseUntil} < clock_timestamp())`;
/** Verified, or a later change of the feature has taken its place. */
const open = and(ne(rollback.state, 'verified'), isNull(rollback.endedAt)) as SQL;

export async function findRollback(db: Db | Tx, id: string): Promise<RollbackRow | undefined> {
  const [row] = await db.select().from(rollback).where(eq(rollback.id, id));
  return row;
}

export type Filter = {
  rolloutId?: string;
  states?: RollbackState[];
  feature?: string;
  environment?: string;
  limit?: number;
};

/** Those of rehearsals are shown where their environment or rollout is asked for. */
const withoutDrills = ({ rolloutId }: Filter) =>
  rolloutId === undefined ? notLike(rollback.environment, `${drillPrefix}%`) : undefined;

/** Newest first. */
export async function selectRollbacks(db: Db | Tx, filter: Filter): Promise<RollbackRow[]> {
  return db
    .select()
    .from(rollback)
    .where(
      and(
        filter.rolloutId === undefined ? undefined : eq(rollback.rolloutId, filter.rolloutId),
        filter.states ? inArray(rollback.state, filter.states) : undefined,
        filter.feature === undefined ? undefined : eq(rollback.featureKey, filter.feature),
        filter.environment === undefined ? withoutDrills(filter) : eq(rollback.environment, filter.environment),
      ),
    )
    .orderBy(desc(rollback.decidedAt), desc(rollback.id))
    .limit(filter.limit ?? 200);
}

/** `attempts` is the fence: who holds an older number can write no more. */
export async function claim(db: Db, id: string): Promise<RollbackRow | undefined> {
  const [row] = await db
    .update(rollback)
    .set({ attempts: sql`${rollback.attempts} + 1`, leaseUntil: lease })
    .where(and(eq(rollback.id, id), open, free))
    .returning();
  return row;
}

/** false: somebody else has it, and nothing may be written any more. */
export async function renewLease(db: Db, held: Pick<RollbackRow, 'id' | 'attempts'>): Promise<boolean> {
  const rows = await db
    .update(rollback)
    .set({ leaseUntil: lease })
    .where(and(eq(rollback.id, held.id), eq(rollback.attempts, held.attempts)))
    .returning({ id: rollback.id });
  return rows.length > 0;
}

export async function updateRollback(
  db: Db | Tx,
  held: Pick<RollbackRow, 'id' | 'attempts'>,
  set: Partial<RollbackRow>,
): Promise<RollbackRow | undefined> {
  const [row] = await db
    .update(rollback)
    .set(set)
    .where(and(eq(rollback.id, held.id), eq(rollback.attempts, held.attempts)))
    .returning();
  return row;
}

/** Takes it away from whoever works at it: what that one still writes is refused. */
export async function takeAway(tx: Tx, id: string): Promise<RollbackRow | undefined> {
  const [row] = await tx
    .update(rollback)
    .set({ attempts: sql`${rollback.attempts} + 1`, leaseUntil: null })
    .where(eq(rollback.id, id))
    .returning();
  return row;
}

export async function selectDue(db: Db, now: Date, limit = 50): Promise<string[]> {
  const rows = await db
    .select({ id: rollback.id })
    .from(rollback)
    .where(and(open, lte(rollback.dueAt, now), free))
    .orderBy(asc(rollback.dueAt))
    .limit(limit);
  return rows.map((r) => r.id);
}

/** What counts now instead, in words; null: nothing does. Of cohorts that were taken back only what ends their rollout. */
export async function laterChange(db: Db, row: RollbackRow): Promise<string | null> {
  const here = (of: typeof rollback | typeof rollout) =>
    and(eq(of.featureKey, row.featureKey), eq(of.environment, row.environment));
  const [later] = await db
    .select({ id: rollback.id })
    .from(rollback)
    .where(and(here(rollback), gt(rollback.fence, row.fence), sql`${rollback.cohorts} = '[]'::jsonb`))
    .limit(1);
  if (later) return `the rollback ${later.id} has taken its place`;
  const [started] = await db
    .select({ id: rollout.id })
    .from(rollout)
    .where(and(here(rollout), gt(rollout.startedAt, row.decidedAt)))
    .limit(1);
  return started ? `the rollout ${started.id} has started since` : null;
}

export async function insertCall(tx: Tx, call: typeof rollbackCall.$inferInsert): Promise<number> {
  const [row] = await tx.insert(rollbackCall).values(call).returning({ id: rollbackCall.id });
  if (!row) throw new Error('the insert answered nothing');
  return row.id;
}

export async function answerCall(
  tx: Tx,
  id: number,
  answer: Pick<typeof rollbackCall.$inferSelect, 'answeredAt' | 'outcome' | 'detail'>,
): Promise<void> {
  await tx.update(rollbackCall).set(answer).where(eq(rollbackCall.id, id));
}

export async function ticksOf(db: Db | Tx, ids: string[]): Promise<Map<string, Tick[]>> {
  const rows =
    ids.length === 0
      ? []
      : await db
          .select()
          .from(rollbackTick)
          .where(inArray(rollbackTick.rollbackId, ids))
          .orderBy(asc(rollbackTick.tickedAt));
  const ticks = new Map<string, Tick[]>();
  for (const { rollbackId, step, tickedBy, tickedAt, note } of rows)
    ticks.set(rollbackId, [...(ticks.get(rollbackId) ?? []), { step, by: tickedBy, at: tickedAt.toISOString(), note }]);
  return ticks;
}

/** false: it is ticked off already */
export async function insertTick(tx: Tx, row: typeof rollbackTick.$inferInsert): Promise<boolean> {
  const made = await tx.insert(rollbackTick).values(row).onConflictDoNothing().returning({ step: rollbackTick.step });
  return made.length > 0;
}

export function viewOf(row: RollbackRow, ticks: Tick[]): RollbackView {
  const { acknowledgedAt, acknowledgedBy, acknowledgedReason } = row;
  return {
    id: row.id,
    kind: row.kind,
    rolloutId: row.rolloutId,
    epoch: row.epoch,
    feature: row.featureKey,
    environment: row.environment,
    state: row.state,
    cohorts: row.cohorts,
    target: row.target,
    plane: row.plane,
    fence: row.fence,
    runbook: { id: row.runbookId, name: row.runbookName, version: row.runbookVersion },
    steps: row.steps,
    ticks,
    reason: row.reason,
    by: row.createdBy,
    decidedAt: row.decidedAt.toISOString(),
    deadlineAt: row.deadlineAt.toISOString(),
    escalatedAt: row.escalatedAt?.toISOString() ?? null,
    acknowledged: acknowledgedAt && {
      by: acknowledgedBy ?? '',
      at: acknowledgedAt.toISOString(),
      reason: acknowledgedReason ?? '',
    },
    fallback: row.fallback,
    endedAt: row.endedAt?.toISOString() ?? null,
    attempts: row.attempts,
  };
}
