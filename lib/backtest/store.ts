/** SQL of the backtest. Only reads. */
import { and, eq, gte, lt, sql } from 'drizzle-orm';
import { look } from '@/drizzle/schema/rollout';
import type { Db } from '@/lib/db';

export type First = { criterion: string; cohort: string | null; failAt: string | null; passAt: string | null };

/** By the looks that were stored at the time: the first bin in which each criterion and cohort failed, and passed. */
export async function selectFirstLooks(db: Db, rolloutId: string, range: { from: Date; to: Date }): Promise<First[]> {
  const first = (outcome: 'fail' | 'pass') =>
    sql<
      number | null
    >`(extract(epoch from min(${look.at}) filter (where ${look.outcome} = ${outcome})) * 1000)::float8`;
  const rows = await db
    .select({ criterion: look.criterion, cohort: look.cohort, failAt: first('fail'), passAt: first('pass') })
    .from(look)
    .where(and(eq(look.rolloutId, rolloutId), gte(look.at, range.from), lt(look.at, range.to)))
    .groupBy(look.criterion, look.cohort);
  const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
  return rows.map((r) => ({
    criterion: r.criterion,
    cohort: r.cohort === '' ? null : r.cohort,
    failAt: iso(r.failAt),
    passAt: iso(r.passAt),
  }));
}
