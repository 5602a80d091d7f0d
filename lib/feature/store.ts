/** Rows of features, cohorts and what depends on them. Decides nothing. */
import { and, asc, eq, inArray } from 'drizzle-orm';
import { cohort, feature, override } from '@/drizzle/schema/feature';
import { plane } from '@/drizzle/schema/plane';
import { rollout } from '@/drizzle/schema/rollout';
import type { Db, Tx } from '@/lib/db';
import type { RolloutState } from '@/lib/rollout/model';

export type FeatureRow = typeof feature.$inferSelect;
export type CohortRow = typeof cohort.$inferSelect;
export type OverrideRow = typeof override.$inferSelect;

export async function findFeature(db: Db | Tx, key: string): Promise<FeatureRow | null> {
  const [row] = await db.select().from(feature).where(eq(feature.key, key));
  return row ?? null;
}

/** Locked until the transaction ends: changes of one feature come one after the other. */
export async function lockFeatureRow(tx: Tx, key: string): Promise<FeatureRow | null> {
  const [row] = await tx.select().from(feature).where(eq(feature.key, key)).for('update');
  return row ?? null;
}

export async function findCohort(db: Db | Tx, key: string): Promise<CohortRow | null> {
  const [row] = await db.select().from(cohort).where(eq(cohort.key, key));
  return row ?? null;
}

export function overridesOfFeature(db: Db | Tx, featureKey: string): Promise<OverrideRow[]> {
  return db
    .select()
    .from(override)
    .where(eq(override.featureKey, featureKey))
    .orderBy(asc(override.createdAt), asc(override.id));
}

/** Whether it is registered; it stays so until the transaction ends. */
export async function holdPlane(tx: Tx, id: string): Promise<boolean> {
  const rows = await tx.select({ id: plane.id }).from(plane).where(eq(plane.id, id)).for('key share');
  return rows.length > 0;
}

const active: RolloutState[] = ['running', 'held', 'rolling_back'];

/** Rollouts that are under way, of one feature or of all. */
export function activeRollouts(db: Db | Tx, featureKey?: string) {
  return db
    .select({ id: rollout.id, environment: rollout.environment, plan: rollout.plan, withdrawn: rollout.withdrawn })
    .from(rollout)
    .where(
      and(inArray(rollout.state, active), featureKey === undefined ? undefined : eq(rollout.featureKey, featureKey)),
    );
}
