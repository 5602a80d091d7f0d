/** The plan whose criteria tell whether a restore has worked. */
import { and, desc, eq } from 'drizzle-orm';
import type { rollback } from '@/drizzle/schema/rollback';
import { rollout } from '@/drizzle/schema/rollout';
import type { Db } from '@/lib/db';
import type { Plan } from '@/lib/rollout/model';

/** Of the rollout that is taken back; else of the newest one of the feature there. null: there was none. */
export async function planOf(db: Db, row: typeof rollback.$inferSelect): Promise<Plan | null> {
  const [of] = await db
    .select({ plan: rollout.plan })
    .from(rollout)
    .where(
      row.rolloutId === null
        ? and(eq(rollout.featureKey, row.featureKey), eq(rollout.environment, row.environment))
        : eq(rollout.id, row.rolloutId),
    )
    .orderBy(desc(rollout.createdAt))
    .limit(1);
  return of?.plan ?? null;
}
