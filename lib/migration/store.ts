/** Rows of migration steps and of registered databases. Decides nothing. Leases run on the database's clock. */
import { and, asc, eq, inArray, lte, or, sql } from 'drizzle-orm';
import { databaseTarget, migrationStep } from '@/drizzle/schema/migration';
import { webhookTarget } from '@/drizzle/schema/plane';
import { rollout } from '@/drizzle/schema/rollout';
import type { Db, Tx } from '@/lib/db';
import type { RolloutState } from '@/lib/rollout/model';
import type { DatabaseView } from './model';

export type StepRow = typeof migrationStep.$inferSelect;
export type DatabaseRow = typeof databaseTarget.$inferSelect;
/** Of the rollout that a step belongs to. */
export type Home = {
  state: RolloutState;
  stage: number;
  feature: string;
  environment: string;
  stages: string[];
};
export type Placed = { row: StepRow; home: Home };

/** Who declares, orders or takes back steps does so one after the other: what is checked then still holds at commit. */
export async function lockOrder(tx: Tx): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtext('belay_migration_order'))`);
}

const stageNames = sql<
  string[]
>`(select coalesce(json_agg(s->>'name'), '[]') from json_array_elements(${rollout.plan}->'stages') s)`;

/** Steps with what is to be known of their rollouts; of all of them, or of one. */
export async function selectPlaced(db: Db | Tx, rolloutId?: string): Promise<Placed[]> {
  return db
    .select({
      row: migrationStep,
      home: {
        state: rollout.state,
        stage: rollout.stage,
        feature: rollout.featureKey,
        environment: rollout.environment,
        stages: stageNames,
      },
    })
    .from(migrationStep)
    .innerJoin(rollout, eq(rollout.id, migrationStep.rolloutId))
    .where(rolloutId === undefined ? undefined : eq(migrationStep.rolloutId, rolloutId))
    .orderBy(asc(migrationStep.rolloutId), asc(migrationStep.position));
}

/** null: there is no such rollout */
export async function rolloutEnvironment(db: Db | Tx, id: string): Promise<string | null> {
  const [row] = await db.select({ environment: rollout.environment }).from(rollout).where(eq(rollout.id, id));
  return row?.environment ?? null;
}

export async function insertStep(tx: Tx, row: typeof migrationStep.$inferInsert): Promise<void> {
  await tx.insert(migrationStep).values(row);
}

export async function updateStep(tx: Db | Tx, id: string, set: Partial<StepRow>): Promise<StepRow | null> {
  const [row] = await tx.update(migrationStep).set(set).where(eq(migrationStep.id, id)).returning();
  return row ?? null;
}

export async function deleteSteps(tx: Tx, ids: string[]): Promise<void> {
  if (ids.length > 0) await tx.delete(migrationStep).where(inArray(migrationStep.id, ids));
}

/** The rollout stays in its state until the transaction ends. Before `lockOrder`, always: never the other way round. */
export async function holdRollout(tx: Tx, id: string, how: 'share' | 'update' = 'share'): Promise<void> {
  await tx.select({ id: rollout.id }).from(rollout).where(eq(rollout.id, id)).for(how);
}

/** Grows over all orders and everything that was applied; the fence of every call. */
export async function nextFence(tx: Db | Tx): Promise<number> {
  const [row] = await tx.execute<{ fence: string }>(sql`select nextval('plane_fence') as fence`);
  return Number(row?.fence);
}

const leaseMs = 30_000;
const leased = sql`clock_timestamp() + ${leaseMs} * interval '1 millisecond'`;
const free = sql`(${migrationStep.leaseUntil} is null or ${migrationStep.leaseUntil} < clock_timestamp())`;
const goesOn = or(eq(migrationStep.state, 'applying'), eq(migrationStep.state, 'reverting'));

/** `attempts` is the fence within an order: who holds an older number can write no more. */
export async function claimStep(db: Db, id: string, now: Date): Promise<StepRow | null> {
  const [row] = await db
    .update(migrationStep)
    .set({ attempts: sql`${migrationStep.attempts} + 1`, leaseUntil: leased })
    .where(and(eq(migrationStep.id, id), goesOn, lte(migrationStep.dueAt, now), free))
    .returning();
  return row ?? null;
}

const held = (row: StepRow) =>
  and(
    eq(migrationStep.id, row.id),
    eq(migrationStep.state, row.state),
    eq(migrationStep.generation, row.generation),
    eq(migrationStep.attempts, row.attempts),
  );

export async function renewLease(db: Db, row: StepRow): Promise<void> {
  await db.update(migrationStep).set({ leaseUntil: leased }).where(held(row));
}

/** null: the lease or the order was lost, and nothing was written */
export async function keepStep(db: Db | Tx, row: StepRow, set: Partial<StepRow>): Promise<StepRow | null> {
  const [kept] = await db.update(migrationStep).set(set).where(held(row)).returning();
  return kept ?? null;
}

/** null: since it was read, somebody else has written it */
export async function changeStep(tx: Tx, seen: StepRow, set: Partial<StepRow>): Promise<StepRow | null> {
  const [row] = await tx
    .update(migrationStep)
    .set(set)
    .where(
      and(
        eq(migrationStep.id, seen.id),
        eq(migrationStep.state, seen.state),
        eq(migrationStep.generation, seen.generation),
      ),
    )
    .returning();
  return row ?? null;
}

export async function selectDue(db: Db, now: Date, limit = 50): Promise<string[]> {
  const rows = await db
    .select({ id: migrationStep.id })
    .from(migrationStep)
    .where(and(goesOn, lte(migrationStep.dueAt, now), free))
    .orderBy(asc(migrationStep.dueAt))
    .limit(limit);
  return rows.map((r) => r.id);
}

/** By id or by name. */
export async function findDatabase(db: Db | Tx, named: string): Promise<DatabaseRow | null> {
  const [row] = await db
    .select()
    .from(databaseTarget)
    .where(or(eq(databaseTarget.id, named), eq(databaseTarget.name, named)))
    .orderBy(sql`${databaseTarget.id} = ${named} desc`)
    .limit(1);
  return row ?? null;
}

export async function lockDatabase(tx: Tx, id: string): Promise<DatabaseRow | null> {
  const [row] = await tx.select().from(databaseTarget).where(eq(databaseTarget.id, id)).for('update');
  return row ?? null;
}

export function selectDatabases(db: Db): Promise<DatabaseRow[]> {
  return db.select().from(databaseTarget).orderBy(asc(databaseTarget.name));
}

/** null: the name is taken */
export async function insertDatabase(tx: Tx, row: DatabaseRow): Promise<DatabaseRow | null> {
  const [made] = await tx
    .insert(databaseTarget)
    .values(row)
    .onConflictDoNothing({ target: databaseTarget.name })
    .returning();
  return made ?? null;
}

export async function updateDatabase(tx: Tx, id: string, set: Partial<DatabaseRow>): Promise<DatabaseRow | null> {
  const [row] = await tx.update(databaseTarget).set(set).where(eq(databaseTarget.id, id)).returning();
  return row ?? null;
}

export async function deleteDatabase(tx: Tx, id: string): Promise<void> {
  await tx.delete(databaseTarget).where(eq(databaseTarget.id, id));
}

/** Id of a registered webhook, by id or by name. */
export async function findWebhookId(db: Db | Tx, named: string): Promise<string | null> {
  const [row] = await db
    .select({ id: webhookTarget.id })
    .from(webhookTarget)
    .where(or(eq(webhookTarget.id, named), eq(webhookTarget.name, named)))
    .orderBy(sql`${webhookTarget.id} = ${named} desc`)
    .limit(1);
  return row?.id ?? null;
}

/** What plans may name: registered databases and webhooks, by id and by name. */
export async function registered(db: Db | Tx): Promise<{ databases: Set<string>; webhooks: Set<string> }> {
  const [databases, webhooks] = await Promise.all([
    db.select({ id: databaseTarget.id, name: databaseTarget.name }).from(databaseTarget),
    db.select({ id: webhookTarget.id, name: webhookTarget.name }).from(webhookTarget),
  ]);
  const named = (rows: Array<{ id: string; name: string }>) => new Set(rows.flatMap((r) => [r.id, r.name]));
  return { databases: named(databases), webhooks: named(webhooks) };
}

/** The address without what must not be seen. */
export function addressOf(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}

export function databaseViewOf(row: DatabaseRow): DatabaseView {
  return {
    id: row.id,
    name: row.name,
    address: addressOf(row.url),
    createdBy: row.createdBy,
    createdAt: row.createdAt.toISOString(),
  };
}
