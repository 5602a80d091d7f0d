/**
 * The revision of what every process serves: flags, and whose keys are good. Its one row grows in the transaction
 * of a change; each process that answers requests keeps a `listener` row with the revision that it has reached.
 */
import { sql } from 'drizzle-orm';
import { flagRevision, listener } from '@/drizzle/schema/feature';
import type { Db, Tx } from './db';

/** In the transaction of the change, before `record` (one order of locks): what was served may be different now. */
export async function bumpFlags(tx: Tx): Promise<number> {
  const [row] = await tx
    .insert(flagRevision)
    .values({ id: 1, revision: 1 })
    .onConflictDoUpdate({ target: flagRevision.id, set: { revision: sql`${flagRevision.revision} + 1` } })
    .returning();
  const revision = row?.revision ?? 1;
  await tx.execute(sql`select pg_notify('belay_flags', ${String(revision)})`);
  return revision;
}

/**
 * After the commit: true once every live listener serves `revision` or a later one. Whether one is alive
 * is told by the database's clock, which is the same for all; `now` is not needed for it.
 */
export async function waitForListeners(db: Db, _now: Date, revision: number, timeoutMs = 2_000): Promise<boolean> {
  const until = performance.now() + timeoutMs;
  for (let pauseMs = 4; ; pauseMs = Math.min(pauseMs * 1.5, 50)) {
    const [behind] = await db
      .select({ n: sql<number>`count(*)::int` })
      .from(listener)
      .where(
        sql`${listener.revision} < ${revision} and ${listener.heartbeatAt} > clock_timestamp() - interval '4 seconds'`,
      );
    if (behind?.n === 0) return true;
    if (performance.now() >= until) return false;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
