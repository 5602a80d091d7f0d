/** Revisions of configuration. Decides nothing. */
import { and, desc, eq } from 'drizzle-orm';
import { configurationRevision } from '@/drizzle/schema/configuration';
import type { Db, Tx } from '@/lib/db';

export type RevisionRow = typeof configurationRevision.$inferSelect;

/** Newest first. */
export function selectRevisions(
  db: Db | Tx,
  feature: string,
  environment: string,
  limit: number,
): Promise<RevisionRow[]> {
  return db
    .select()
    .from(configurationRevision)
    .where(and(eq(configurationRevision.featureKey, feature), eq(configurationRevision.environment, environment)))
    .orderBy(desc(configurationRevision.revision))
    .limit(limit);
}

export async function findRevision(
  db: Db | Tx,
  of: { feature: string; environment: string; revision: number },
): Promise<RevisionRow | null> {
  const [row] = await db
    .select()
    .from(configurationRevision)
    .where(
      and(
        eq(configurationRevision.featureKey, of.feature),
        eq(configurationRevision.environment, of.environment),
        eq(configurationRevision.revision, of.revision),
      ),
    );
  return row ?? null;
}

export async function insertRevision(tx: Tx, row: RevisionRow): Promise<void> {
  await tx.insert(configurationRevision).values(row);
}
