/** Rows of registered targets, secrets among them: they leave this folder only as `Secret`. Decides nothing. */
import { and, asc, eq, inArray, or, sql } from 'drizzle-orm';
import { setting } from '@/drizzle/schema/event';
import { noticeAddress } from '@/drizzle/schema/notice';
import { plane, webhookTarget } from '@/drizzle/schema/plane';
import { runbook, runbookVersion } from '@/drizzle/schema/runbook';
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

/** Features whose runbook calls a target by one of these names. */
export async function runbooksNaming(tx: Tx, names: string[]): Promise<string[]> {
  const steps = tx
    .select({
      feature: runbook.featureKey,
      step: sql<unknown>`json_array_elements(${runbookVersion.steps})`.as('step'),
    })
    .from(runbook)
    .innerJoin(
      runbookVersion,
      and(eq(runbookVersion.runbookId, runbook.id), eq(runbookVersion.version, runbook.version)),
    )
    .as('steps');
  const rows = await tx
    .selectDistinct({ feature: steps.feature })
    .from(steps)
    .where(
      or(inArray(sql`${steps.step} ->> 'webhook'`, names), inArray(sql`${steps.step} -> 'check' ->> 'webhook'`, names)),
    )
    .orderBy(asc(steps.feature));
  return rows.map((row) => row.feature);
}

/** Drills that go on and have a check that asks a target by one of these names. */
export async function drillsNaming(tx: Tx, names: string[]): Promise<string[]> {
  const rows = await tx.execute<{ name: string }>(sql`
    select distinct d.name
    from drill d, lateral (
      select json_array_elements(d.spec->'knownGood'->'checks') as asked
      union all select json_array_elements(d.spec->'abort'->'checks')) c
    where d.archived_at is null and c.asked->>'webhook' = any(${sql.param(names)})
    order by d.name`);
  return [...rows].map((row) => row.name);
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

/** Steps and checks of rollouts that are not over and that name a target, as `feature/name`. */
export async function stepsNaming(tx: Tx, names: string[]): Promise<string[]> {
  const named = sql.param(names);
  const rows = await tx.execute<{ name: string }>(sql`
    select r.feature_key || '/' || s.name as name
    from migration_step s join rollout r on r.id = s.rollout_id
    where (r.state in ('draft', 'running', 'held', 'rolling_back')
        or (r.state = 'completed' and s.state <> 'applied')
        or (r.state = 'rolled_back' and s.applied_seq is not null))
      and (s.spec->'apply'->>'webhook' = any(${named})
        or s.spec->'revert'->>'webhook' = any(${named})
        or s.spec->'check'->>'webhook' = any(${named}))
    union
    select r.feature_key || '/' || (c->>'name')
    from rollout r, json_array_elements(r.plan->'checks') c
    where r.state in ('draft', 'running', 'held', 'rolling_back') and c->>'webhook' = any(${named})
    order by name`);
  return [...rows].map((row) => row.name);
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
