/** Rows of drills, and of the times at which nothing was run. Decides nothing. */
import { and, asc, count, desc, eq, inArray, isNotNull, isNull, lte, notInArray, type SQL, sql } from 'drizzle-orm';
import { drill, drillRun, drillSkip } from '@/drizzle/schema/drill';
import { event } from '@/drizzle/schema/event';
import { rollout } from '@/drizzle/schema/rollout';
import { runbook } from '@/drizzle/schema/runbook';
import type { Db, Tx } from '@/lib/db';
import { provenRun } from './learn/proven';
import { type DrillView, endStates, type SkipReason } from './model';

export type DrillRow = typeof drill.$inferSelect;
export type SkipRow = typeof drillSkip.$inferSelect;
const live = notInArray(drillRun.state, [...endStates]) as SQL;

export type DrillFilter = { feature?: string; environment?: string; archived?: boolean; limit?: number };

/** Those that come next first, then those that do not. */
export function selectDrills(db: Db, filter: DrillFilter): Promise<DrillRow[]> {
  return db
    .select()
    .from(drill)
    .where(
      and(
        filter.archived ? isNotNull(drill.archivedAt) : isNull(drill.archivedAt),
        filter.feature === undefined ? undefined : eq(drill.featureKey, filter.feature),
        filter.environment === undefined ? undefined : eq(drill.environment, filter.environment),
      ),
    )
    .orderBy(sql`${drill.nextRunAt} asc nulls last`, asc(drill.name), asc(drill.id))
    .limit(filter.limit ?? 500);
}

export async function findDrill(db: Db | Tx, id: string): Promise<DrillRow | undefined> {
  const [row] = await db.select().from(drill).where(eq(drill.id, id));
  return row;
}

/** Locked until the transaction ends. */
export async function lockDrill(tx: Tx, id: string): Promise<DrillRow | undefined> {
  const [row] = await tx.select().from(drill).where(eq(drill.id, id)).for('update');
  return row;
}

export async function insertDrill(tx: Tx, row: DrillRow): Promise<void> {
  await tx.insert(drill).values(row);
}

/** Of a row that is locked: its epoch grows. */
export async function updateDrill(tx: Tx, row: DrillRow, set: Partial<DrillRow>): Promise<DrillRow> {
  const [after] = await tx
    .update(drill)
    .set({ ...set, epoch: row.epoch + 1 })
    .where(and(eq(drill.id, row.id), eq(drill.epoch, row.epoch)))
    .returning();
  if (!after) throw new Error(`the drill ${row.id} was not locked`);
  return after;
}

/** One whose time has come and that nobody else is at; locked until the transaction ends. */
export async function claimDue(tx: Tx, now: Date, except: string[]): Promise<DrillRow | undefined> {
  const [row] = await tx
    .select()
    .from(drill)
    .where(
      and(
        lte(drill.nextRunAt, now),
        isNull(drill.archivedAt),
        except.length === 0 ? undefined : notInArray(drill.id, except),
      ),
    )
    .orderBy(asc(drill.nextRunAt), asc(drill.id))
    .limit(1)
    .for('update', { skipLocked: true });
  return row;
}

/** By whoever saw this epoch and this time; false: it has moved on. */
export async function moveNext(db: Db | Tx, seen: DrillRow, nextRunAt: Date | null): Promise<boolean> {
  const rows = await db
    .update(drill)
    .set({ nextRunAt })
    .where(
      and(
        eq(drill.id, seen.id),
        eq(drill.epoch, seen.epoch),
        isNull(drill.archivedAt),
        seen.nextRunAt === null ? isNull(drill.nextRunAt) : eq(drill.nextRunAt, seen.nextRunAt),
      ),
    )
    .returning({ id: drill.id });
  return rows.length > 0;
}

/** With a schedule; `handledUntil`: its newest time that was run or left out. */
export async function selectScheduled(db: Db): Promise<Array<DrillRow & { handledUntil: Date | null }>> {
  const newest = (of: typeof drillRun | typeof drillSkip) =>
    sql`(select max(${of.scheduledFor}) from ${of} where ${of.drillId} = ${drill.id})`;
  const rows = await db
    .select({
      row: drill,
      handledUntil: sql<Date | null>`greatest(${newest(drillRun)}, ${newest(drillSkip)})`.mapWith(drill.nextRunAt),
    })
    .from(drill)
    .where(and(isNull(drill.archivedAt), sql`${drill.spec}->>'schedule' is not null`));
  return rows.map(({ row, handledUntil }) => ({ ...row, handledUntil }));
}

/** Those of the times for which there is a run. */
export async function timesRun(tx: Tx, drillId: string, times: Date[]): Promise<Set<number>> {
  if (times.length === 0) return new Set();
  const rows = await tx
    .select({ at: drillRun.scheduledFor })
    .from(drillRun)
    .where(and(eq(drillRun.drillId, drillId), inArray(drillRun.scheduledFor, times)));
  return new Set(rows.map((row) => row.at?.getTime() ?? 0));
}

/** Those that were not there yet. */
export async function insertSkips(tx: Tx, rows: SkipRow[]): Promise<SkipRow[]> {
  if (rows.length === 0) return [];
  return tx.insert(drillSkip).values(rows).onConflictDoNothing().returning();
}

export function selectSkips(db: Db, drillId: string, limit: number): Promise<SkipRow[]> {
  return db
    .select()
    .from(drillSkip)
    .where(eq(drillSkip.drillId, drillId))
    .orderBy(desc(drillSkip.scheduledFor))
    .limit(limit);
}

/** false: there is a live one of the feature in the environment, or one for that time. */
export async function insertRun(tx: Tx, row: typeof drillRun.$inferInsert): Promise<boolean> {
  const made = await tx.insert(drillRun).values(row).onConflictDoNothing().returning({ id: drillRun.id });
  return made.length > 0;
}

const changing = ['drill.changed', 'drill.paused', 'drill.resumed', 'drill.archived'] as const;
export type ChangeRow = Pick<typeof event.$inferSelect, 'kind' | 'actorName' | 'data'>;

/** The newest of what made its versions, oldest first. */
export async function selectChanges(tx: Tx, { id, featureKey }: DrillRow, newest: number): Promise<ChangeRow[]> {
  const rows = await tx
    .select({ kind: event.kind, actorName: event.actorName, data: event.data })
    .from(event)
    .where(
      and(eq(event.feature, featureKey), inArray(event.kind, [...changing]), sql`${event.data}->>'drillId' = ${id}`),
    )
    .orderBy(desc(event.seq))
    .limit(newest);
  return rows.toReversed();
}

export type Place = { featureKey: string; environment: string };

export async function selectLive(db: Db | Tx): Promise<Place[]> {
  return db.select({ featureKey: drillRun.featureKey, environment: drillRun.environment }).from(drillRun).where(live);
}

/** Where a rollback is under way. */
export async function selectRollingBack(db: Db | Tx): Promise<Place[]> {
  return db
    .select({ featureKey: rollout.featureKey, environment: rollout.environment })
    .from(rollout)
    .where(eq(rollout.state, 'rolling_back'));
}

export async function lastRuns(
  db: Db | Tx,
  drillIds: string[],
): Promise<Map<string, NonNullable<DrillView['lastRun']>>> {
  if (drillIds.length === 0) return new Map();
  const rows = await db
    .selectDistinctOn([drillRun.drillId], {
      drillId: drillRun.drillId,
      id: drillRun.id,
      state: drillRun.state,
      endedAt: drillRun.endedAt,
    })
    .from(drillRun)
    .where(inArray(drillRun.drillId, drillIds))
    // Ids begin with the time at which they were made.
    .orderBy(asc(drillRun.drillId), desc(drillRun.id));
  return new Map(
    rows.map(({ drillId, id, state, endedAt }) => [
      drillId ?? '',
      { id, state, endedAt: endedAt?.toISOString() ?? null },
    ]),
  );
}

/** Those of the drills that were ever proven. */
export async function provenDrills(db: Db | Tx, drillIds: string[]): Promise<Set<string | null>> {
  if (drillIds.length === 0) return new Set();
  const rows = await db
    .selectDistinct({ drillId: drillRun.drillId })
    .from(drillRun)
    .where(and(inArray(drillRun.drillId, drillIds), provenRun));
  return new Set(rows.map((row) => row.drillId));
}

/** A new one has epoch 0. */
export const versionOf = ({ epoch }: Pick<DrillRow, 'epoch'>): number => epoch + 1;

export type Derived = Pick<DrillView, 'lastRun' | 'overdueSince' | 'unprovenSince'> & { blockedBy: SkipReason | null };

export function drillView(row: DrillRow, derived: Derived): DrillView {
  return {
    ...row.spec,
    id: row.id,
    version: versionOf(row),
    nextRunAt: row.nextRunAt?.toISOString() ?? null,
    ...derived,
    createdBy: row.createdBy,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    archivedAt: row.archivedAt?.toISOString() ?? null,
  };
}

export async function runbookFeature(tx: Tx, id: string): Promise<string | null> {
  const [row] = await tx.select({ featureKey: runbook.featureKey }).from(runbook).where(eq(runbook.id, id));
  return row?.featureKey ?? null;
}

export async function rolloutPlace(tx: Tx, id: string): Promise<Place | null> {
  const [row] = await tx
    .select({ featureKey: rollout.featureKey, environment: rollout.environment })
    .from(rollout)
    .where(eq(rollout.id, id));
  return row ?? null;
}

export async function countRollouts(tx: Tx, { featureKey, environment }: Place): Promise<number> {
  const [row] = await tx
    .select({ n: count() })
    .from(rollout)
    .where(and(eq(rollout.featureKey, featureKey), eq(rollout.environment, environment)));
  return row?.n ?? 0;
}
