/** Rows that a snapshot is made of and kept in. Decides nothing. */
import { and, asc, desc, eq, inArray, isNull, ne, notLike, or, sql } from 'drizzle-orm';
import { feature, override } from '@/drizzle/schema/feature';
import { migrationStep } from '@/drizzle/schema/migration';
import { rollout } from '@/drizzle/schema/rollout';
import { pinnedExposure, snapshot } from '@/drizzle/schema/snapshot';
import type { Db, Tx } from '@/lib/db';
import { drillPrefix } from '@/lib/drill/model';
import type { Plan } from '@/lib/rollout/model';
import type { SnapshotView } from './model';

type Place = { feature: string; environment: string };
export type FeatureRow = typeof feature.$inferSelect;
export type OverrideRow = typeof override.$inferSelect;
export type SnapshotRow = typeof snapshot.$inferSelect;

export async function featureRow(db: Db | Tx, key: string): Promise<FeatureRow | null> {
  const [row] = await db.select().from(feature).where(eq(feature.key, key));
  return row ?? null;
}

/** Whatever is set for more than one user and could count in the environment; oldest first, as it is evaluated. */
export function sharedOverrides(db: Db | Tx, at: Place): Promise<OverrideRow[]> {
  return db
    .select()
    .from(override)
    .where(
      and(
        eq(override.featureKey, at.feature),
        ne(override.scope, 'user'),
        or(isNull(override.environment), eq(override.environment, at.environment)),
        or(ne(override.scope, 'environment'), eq(override.value, at.environment)),
        sql`not ${override.exceptIn} @> ${JSON.stringify([at.environment])}::jsonb`,
      ),
    )
    .orderBy(asc(override.createdAt), asc(override.id));
}

export function migrationsAt(db: Db | Tx, at: Place) {
  return db
    .select({
      id: migrationStep.id,
      rolloutId: migrationStep.rolloutId,
      name: migrationStep.name,
      state: migrationStep.state,
    })
    .from(migrationStep)
    .innerJoin(rollout, eq(rollout.id, migrationStep.rolloutId))
    .where(and(eq(rollout.featureKey, at.feature), eq(rollout.environment, at.environment)))
    .orderBy(asc(rollout.createdAt), asc(rollout.id), asc(migrationStep.position));
}

export async function insertSnapshot(tx: Tx, row: typeof snapshot.$inferInsert): Promise<void> {
  await tx.insert(snapshot).values(row);
}

export async function findSnapshot(db: Db | Tx, id: string): Promise<SnapshotRow | null> {
  const [row] = await db.select().from(snapshot).where(eq(snapshot.id, id));
  return row ?? null;
}

export function selectSnapshots(db: Db | Tx, of: { feature: string; environment?: string; limit: number }) {
  return db
    .select()
    .from(snapshot)
    .where(
      and(
        eq(snapshot.featureKey, of.feature),
        of.environment === undefined
          ? notLike(snapshot.environment, `${drillPrefix}%`)
          : eq(snapshot.environment, of.environment),
      ),
    )
    .orderBy(desc(snapshot.takenAt), desc(snapshot.id))
    .limit(of.limit);
}

/** Of the rollout that is under way there; null: there is none. */
export async function livePlan(db: Db | Tx, at: Place): Promise<Plan | null> {
  const [row] = await db
    .select({ plan: rollout.plan })
    .from(rollout)
    .where(
      and(
        eq(rollout.featureKey, at.feature),
        eq(rollout.environment, at.environment),
        inArray(rollout.state, ['running', 'held']),
      ),
    );
  return row?.plan ?? null;
}

export async function setBaselines(tx: Tx, now: Date, key: string, baselines: Record<string, string>): Promise<void> {
  await tx.update(feature).set({ baselines, updatedAt: now }).where(eq(feature.key, key));
}

export async function deleteOverride(tx: Tx, id: string): Promise<void> {
  await tx.delete(override).where(eq(override.id, id));
}

export async function setExcept(tx: Tx, id: string, exceptIn: string[]): Promise<void> {
  await tx.update(override).set({ exceptIn }).where(eq(override.id, id));
}

export async function overrideById(tx: Tx, id: string): Promise<OverrideRow | null> {
  const [row] = await tx.select().from(override).where(eq(override.id, id));
  return row ?? null;
}

export async function insertOverride(tx: Tx, row: typeof override.$inferInsert): Promise<void> {
  await tx.insert(override).values(row);
}

export async function deletePin(tx: Tx, at: Place): Promise<boolean> {
  const gone = await tx
    .delete(pinnedExposure)
    .where(and(eq(pinnedExposure.featureKey, at.feature), eq(pinnedExposure.environment, at.environment)))
    .returning({ snapshotId: pinnedExposure.snapshotId });
  return gone.length > 0;
}

export async function putPin(tx: Tx, row: typeof pinnedExposure.$inferInsert): Promise<void> {
  const { featureKey, environment, ...set } = row;
  await tx
    .insert(pinnedExposure)
    .values(row)
    .onConflictDoUpdate({ target: [pinnedExposure.featureKey, pinnedExposure.environment], set });
}

export const viewOf = (row: SnapshotRow): SnapshotView => ({
  id: row.id,
  feature: row.featureKey,
  environment: row.environment,
  rolloutId: row.rolloutId,
  cause: row.cause,
  digest: row.digest,
  body: row.body,
  by: row.takenBy,
  takenAt: row.takenAt.toISOString(),
});
