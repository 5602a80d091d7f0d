/**
 * When the rollback of a feature was last shown to work. Imports nothing but rows, for rollouts ask it. A tabletop
 * proves nothing, nor does a run that says of itself that it is restored and has no proof.
 */
import { and, desc, eq, isNotNull, ne, type SQL, sql } from 'drizzle-orm';
import { drillRun } from '@/drizzle/schema/drill';
import type { Db, Tx } from '@/lib/db';

export const provenRun = and(
  eq(drillRun.state, 'restored'),
  ne(drillRun.level, 'tabletop'),
  sql`${drillRun.proof} ->> 'restored' = 'true'`,
  isNotNull(drillRun.endedAt),
) as SQL;

/** null: never */
export async function lastProven(db: Db | Tx, of: { featureKey: string; environment: string }): Promise<Date | null> {
  const [row] = await db
    .select({ at: drillRun.endedAt })
    .from(drillRun)
    .where(and(eq(drillRun.featureKey, of.featureKey), eq(drillRun.environment, of.environment), provenRun))
    .orderBy(desc(drillRun.endedAt))
    .limit(1);
  return row?.at ?? null;
}
