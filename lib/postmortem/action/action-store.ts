/** SQL of action items and of what a tracker is told of them. Decides nothing. */
import { and, asc, desc, eq, inArray, isNull, lt, lte, or, type SQL, sql } from 'drizzle-orm';
import { postmortem, postmortemAction, postmortemTracking } from '@/drizzle/schema/postmortem';
import type { Db, Tx } from '@/lib/db';
import type { ActionView } from '../action-model';
import type { PostmortemRow } from '../store';
import { isOverdue } from './due';

export type ActionRow = typeof postmortemAction.$inferSelect;
export type TrackingRow = typeof postmortemTracking.$inferSelect;
type Report = Pick<PostmortemRow, 'id' | 'title' | 'feature' | 'environment' | 'audience' | 'rolloutId'>;
export type WithReport = { action: ActionRow; report: Report; tracking: TrackingRow | null };

export const openStates = ['open', 'in_progress'] as const;
const { id, title, feature, environment, audience, rolloutId } = postmortem;
const columns = {
  action: postmortemAction,
  report: { id, title, feature, environment, audience, rolloutId },
  tracking: postmortemTracking,
};

export async function findAction(db: Db | Tx, actionId: string): Promise<WithReport | null> {
  const [row] = await db
    .select(columns)
    .from(postmortemAction)
    .innerJoin(postmortem, eq(postmortem.id, postmortemAction.postmortemId))
    .leftJoin(postmortemTracking, eq(postmortemTracking.actionId, postmortemAction.id))
    .where(eq(postmortemAction.id, actionId));
  return row ?? null;
}

/** What is due first comes first; what is closed, newest first, comes last. */
export async function selectActions(db: Db | Tx, where: SQL | undefined, limit: number): Promise<WithReport[]> {
  return db
    .select(columns)
    .from(postmortemAction)
    .innerJoin(postmortem, eq(postmortem.id, postmortemAction.postmortemId))
    .leftJoin(postmortemTracking, eq(postmortemTracking.actionId, postmortemAction.id))
    .where(where)
    .orderBy(
      sql`${postmortemAction.closedAt} is not null`,
      sql`case when ${postmortemAction.closedAt} is null then ${postmortemAction.dueOn} end`,
      desc(postmortemAction.closedAt),
      asc(postmortemAction.id),
    )
    .limit(limit);
}

export async function actionsOf(db: Db | Tx, report: PostmortemRow, today: string): Promise<ActionView[]> {
  const rows = await selectActions(db, eq(postmortemAction.postmortemId, report.id), 500);
  return rows.map((row) => actionView(row, today));
}

export async function lockAction(tx: Tx, actionId: string): Promise<ActionRow | null> {
  const [row] = await tx.select().from(postmortemAction).where(eq(postmortemAction.id, actionId)).for('update');
  return row ?? null;
}

export async function insertAction(tx: Tx, row: typeof postmortemAction.$inferInsert): Promise<ActionRow> {
  const [made] = await tx.insert(postmortemAction).values(row).returning();
  if (!made) throw new Error('an insert answers its row');
  return made;
}

export async function updateAction(tx: Tx, actionId: string, set: Partial<ActionRow>): Promise<ActionRow> {
  const [row] = await tx.update(postmortemAction).set(set).where(eq(postmortemAction.id, actionId)).returning();
  if (!row) throw new Error(`the action ${actionId} was held and is gone`);
  return row;
}

export function actionView({ action, report, tracking }: WithReport, today: string): ActionView {
  return {
    id: action.id,
    postmortemId: action.postmortemId,
    postmortemTitle: report.title,
    feature: report.feature,
    title: action.title,
    detail: action.detail,
    type: action.type,
    owner: action.owner,
    dueOn: action.dueOn,
    priority: action.priority,
    state: action.state,
    revision: action.revision,
    overdue: isOverdue({ dueOn: action.dueOn, closed: action.closedAt !== null }, today),
    tracking: tracking && { state: tracking.state, attempts: tracking.attempts, lastError: tracking.lastError },
    tracker:
      action.trackerUrl === null || action.trackedAt === null
        ? null
        : { url: action.trackerUrl, at: action.trackedAt.toISOString() },
    createdBy: action.createdBy,
    createdAt: action.createdAt.toISOString(),
    closedAt: action.closedAt?.toISOString() ?? null,
    closedBy: action.closedBy,
  };
}

/** Open ones that may be due for a word: due by `until`, and not reminded since `before`. */
export function selectToRemind(db: Db, of: { until: string; before: Date; limit: number }): Promise<WithReport[]> {
  return selectActions(
    db,
    and(
      inArray(postmortemAction.state, [...openStates]),
      lte(postmortemAction.dueOn, of.until),
      lt(sql`coalesce(${postmortemAction.remindedAt}, ${postmortemAction.createdAt})`, of.before.toISOString()),
    ),
    of.limit,
  );
}

/** false: somebody has changed it, or reminded of it, meanwhile */
export async function markReminded(tx: Tx, seen: ActionRow, now: Date): Promise<boolean> {
  const rows = await tx
    .update(postmortemAction)
    .set({ remindedAt: now })
    .where(
      and(
        eq(postmortemAction.id, seen.id),
        eq(postmortemAction.revision, seen.revision),
        seen.remindedAt === null
          ? isNull(postmortemAction.remindedAt)
          : eq(postmortemAction.remindedAt, seen.remindedAt),
      ),
    )
    .returning({ id: postmortemAction.id });
  return rows.length > 0;
}

/** The newest state takes the place of one that was not taken yet, and of the worker that is at that. */
export async function orderTracking(tx: Tx, of: { actionId: string; revision: number; now: Date }): Promise<void> {
  const set = {
    revision: of.revision,
    state: 'pending' as const,
    attempts: 0,
    leaseUntil: null,
    dueAt: of.now,
    orderedAt: of.now,
    lastError: null,
  };
  await tx
    .insert(postmortemTracking)
    .values({ actionId: of.actionId, ...set })
    .onConflictDoUpdate({ target: postmortemTracking.actionId, set });
}

/** No tracker is named any more. */
export async function dropTracking(tx: Tx, actionId: string): Promise<void> {
  await tx.delete(postmortemTracking).where(eq(postmortemTracking.actionId, actionId));
}

const leaseMs = 30_000;
const unleased = or(isNull(postmortemTracking.leaseUntil), sql`${postmortemTracking.leaseUntil} < clock_timestamp()`);
const dueBy = (now: Date) => and(eq(postmortemTracking.state, 'pending'), lte(postmortemTracking.dueAt, now), unleased);

export async function selectDueTracking(db: Db, now: Date, limit: number): Promise<string[]> {
  const rows = await db
    .select({ id: postmortemTracking.actionId })
    .from(postmortemTracking)
    .where(dueBy(now))
    .orderBy(asc(postmortemTracking.dueAt))
    .limit(limit);
  return rows.map((row) => row.id);
}

export async function claimTracking(db: Db, actionId: string, now: Date): Promise<TrackingRow | null> {
  const [row] = await db
    .update(postmortemTracking)
    .set({
      attempts: sql`${postmortemTracking.attempts} + 1`,
      fence: sql`${postmortemTracking.fence} + 1`,
      leaseUntil: sql`clock_timestamp() + ${leaseMs} * interval '1 millisecond'`,
    })
    .where(and(eq(postmortemTracking.actionId, actionId), dueBy(now)))
    .returning();
  return row ?? null;
}

export async function keepTracking(
  tx: Tx,
  held: TrackingRow,
  set: Partial<Pick<TrackingRow, 'state' | 'dueAt' | 'lastError'>>,
): Promise<boolean> {
  const { actionId, fence, revision } = postmortemTracking;
  const rows = await tx
    .update(postmortemTracking)
    .set({ ...set, leaseUntil: null })
    .where(and(eq(actionId, held.actionId), eq(fence, held.fence), eq(revision, held.revision)))
    .returning({ id: actionId });
  return rows.length > 0;
}
