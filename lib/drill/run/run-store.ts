/** SQL of runs of drills. The lease runs on the database's clock, which is one for all workers. */
import { and, asc, desc, eq, isNull, lte, notInArray, type SQL, sql } from 'drizzle-orm';
import { drillLine, drillRun } from '@/drizzle/schema/drill';
import type { Context } from '@/lib/context';
import type { Db, Tx } from '@/lib/db';
import type { Resolve } from '@/lib/webhook/send';
import { clocksOf, noInstants } from '../learn/clocks';
import { endStates, type RunLine, type RunView } from '../model';

export type RunRow = typeof drillRun.$inferSelect;
/** What carries a run on. */
export type RunHome = Pick<Context, 'db' | 'now' | 'enqueue'> & { resolve?: Resolve };

export const leaseMs = 10_000;
const lease = sql`clock_timestamp() + ${leaseMs} * interval '1 millisecond'`;
const free = sql`(${drillRun.leaseUntil} is null or ${drillRun.leaseUntil} < clock_timestamp())`;
export const live = notInArray(drillRun.state, [...endStates]) as SQL;

/** `locked`: until the transaction ends. */
export async function findRun(db: Db | Tx, id: string, locked = false): Promise<RunRow | undefined> {
  const query = db.select().from(drillRun).where(eq(drillRun.id, id));
  const [row] = await (locked ? query.for('update') : query);
  return row;
}

/** Newest first. */
export function selectRuns(db: Db | Tx, drillId: string, limit: number): Promise<RunRow[]> {
  return db
    .select()
    .from(drillRun)
    .where(eq(drillRun.drillId, drillId))
    .orderBy(desc(drillRun.dueAt), desc(drillRun.id))
    .limit(limit);
}

/** `attempts` is the fence: who holds an older number can write no more. */
export async function claimRun(db: Db, id: string): Promise<RunRow | undefined> {
  const [row] = await db
    .update(drillRun)
    .set({ attempts: sql`${drillRun.attempts} + 1`, leaseUntil: lease })
    .where(and(eq(drillRun.id, id), live, free))
    .returning();
  return row;
}

/** false: somebody else has it, and nothing may be written any more. */
export async function renewRunLease(db: Db, held: Pick<RunRow, 'id' | 'attempts'>): Promise<boolean> {
  const rows = await db
    .update(drillRun)
    .set({ leaseUntil: lease })
    .where(and(eq(drillRun.id, held.id), eq(drillRun.attempts, held.attempts)))
    .returning({ id: drillRun.id });
  return rows.length > 0;
}

export async function updateRun(
  tx: Db | Tx,
  held: Pick<RunRow, 'id' | 'attempts'>,
  set: Partial<RunRow>,
): Promise<RunRow | undefined> {
  const [row] = await tx
    .update(drillRun)
    .set(set)
    .where(and(eq(drillRun.id, held.id), eq(drillRun.attempts, held.attempts)))
    .returning();
  return row;
}

/** Until the transaction ends; nothing where another worker has it. */
export async function lockRun(tx: Tx, held: Pick<RunRow, 'id' | 'attempts'>): Promise<RunRow | undefined> {
  const [row] = await tx
    .select()
    .from(drillRun)
    .where(and(eq(drillRun.id, held.id), eq(drillRun.attempts, held.attempts), live))
    .for('update');
  return row;
}

export async function selectDueRuns(db: Db, now: Date, limit = 50): Promise<string[]> {
  const rows = await db
    .select({ id: drillRun.id })
    .from(drillRun)
    .where(and(live, lte(drillRun.dueAt, now), free))
    .orderBy(asc(drillRun.dueAt))
    .limit(limit);
  return rows.map((row) => row.id);
}

export async function selectLines(db: Db | Tx, runId: string, after = -1): Promise<Array<RunLine & { seq: number }>> {
  const rows = await db
    .select()
    .from(drillLine)
    .where(and(eq(drillLine.runId, runId), sql`${drillLine.seq} > ${after}`))
    .orderBy(asc(drillLine.seq));
  return rows.map(({ seq, at, state, text, data }) => ({ seq, at: at.toISOString(), state, text, data }));
}

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;

export function runView(row: RunRow, log: RunLine[]): RunView {
  return {
    id: row.id,
    drillId: row.drillId,
    name: row.spec.name,
    feature: row.featureKey,
    environment: row.environment,
    level: row.level,
    drill: row.spec,
    state: row.state,
    trigger: row.trigger,
    by: row.createdBy,
    shadow: row.shadow,
    rolloutId: row.rolloutId,
    rollbackId: row.rollbackId,
    knownGood: row.knownGood,
    undo: row.undo,
    faultUntil: iso(row.faultUntil),
    decision: row.decision,
    clocks: row.clocks,
    control: row.control,
    proof: row.proof,
    log: log.map(({ at, state, text, data }) => ({ at, state, text, data })),
    why: row.why,
    stop: row.stop,
    scheduledFor: iso(row.scheduledFor),
    startedAt: iso(row.startedAt),
    endedAt: iso(row.endedAt),
  };
}

type Begun = { id: string; now: Date; trigger: RunRow['trigger']; by: string; scheduledFor: Date | null };

/** A run of a drill as it is now; what is changed of the drill later does not change it. */
export function plannedRun(
  of: { id: string; featureKey: string; environment: string; level: RunRow['level']; spec: RunRow['spec'] },
  { id, now, trigger, by, scheduledFor }: Begun,
): typeof drillRun.$inferInsert {
  return {
    id,
    drillId: of.id,
    featureKey: of.featureKey,
    environment: of.environment,
    level: of.level,
    spec: of.spec,
    trigger,
    createdBy: by,
    state: 'planned',
    stateSince: now,
    decision: { askedAt: null, deadlineAt: null, answer: null, by: null, at: null, saw: null, note: '' },
    clocks: clocksOf({ level: of.level, objectives: of.spec.objectives }, noInstants),
    scheduledFor,
    dueAt: now,
  };
}

/** Nothing where somebody was faster or it has ended. */
export async function answerRun(tx: Tx, seen: RunRow, set: Partial<RunRow>): Promise<RunRow | undefined> {
  const unanswered = sql`${drillRun.decision} ->> 'answer' is null`;
  const [row] = await tx
    .update(drillRun)
    .set(set)
    .where(and(eq(drillRun.id, seen.id), live, unanswered, isNull(drillRun.stop)))
    .returning();
  return row;
}

/** Nothing where it has ended, or somebody has stopped it already. */
export async function stopRun(tx: Tx, id: string, stop: NonNullable<RunRow['stop']>, now: Date) {
  const [row] = await tx
    .update(drillRun)
    .set({ stop, dueAt: now })
    .where(and(eq(drillRun.id, id), live, isNull(drillRun.stop)))
    .returning();
  return row;
}

export async function setClocks(tx: Tx, id: string, clocks: RunRow['clocks']): Promise<void> {
  await tx.update(drillRun).set({ clocks }).where(eq(drillRun.id, id));
}
