/** Rows of runbooks and their versions. Decides nothing. */
import { and, asc, desc, eq, sql } from 'drizzle-orm';
import { drillRun } from '@/drizzle/schema/drill';
import { feature } from '@/drizzle/schema/feature';
import { runbook, runbookVersion } from '@/drizzle/schema/runbook';
import type { Db, Tx } from '@/lib/db';
import type { RunbookView } from './model';

type VersionRow = typeof runbookVersion.$inferSelect;
export type RunbookRow = typeof runbook.$inferSelect;

const whole = {
  id: runbook.id,
  name: runbook.name,
  feature: runbook.featureKey,
  version: runbookVersion.version,
  steps: runbookVersion.steps,
  reason: runbookVersion.reason,
  by: runbookVersion.createdBy,
  at: runbookVersion.createdAt,
};
const ofItself = eq(runbookVersion.runbookId, runbook.id);
const newest = and(ofItself, eq(runbookVersion.version, runbook.version));
const viewOf = (row: Omit<RunbookView, 'at'> & { at: Date }): RunbookView => ({ ...row, at: row.at.toISOString() });

export async function findRunbook(db: Db | Tx, by: { id: string } | { feature: string }): Promise<RunbookView | null> {
  const which = 'id' in by ? eq(runbook.id, by.id) : eq(runbook.featureKey, by.feature);
  const [row] = await db.select(whole).from(runbook).innerJoin(runbookVersion, newest).where(which);
  return row ? viewOf(row) : null;
}

/** Whether the run that the environment belongs to says so. */
export async function rehearsesRunbook(db: Db | Tx, environment: string): Promise<boolean> {
  const [row] = await db
    .select({ runbook: sql<string | null>`${drillRun.spec}->>'runbook'` })
    .from(drillRun)
    .where(eq(drillRun.shadow, environment));
  return row?.runbook != null;
}

/** Newest first. */
export async function selectVersions(db: Db | Tx, id: string): Promise<RunbookView[]> {
  const rows = await db
    .select(whole)
    .from(runbook)
    .innerJoin(runbookVersion, ofItself)
    .where(eq(runbook.id, id))
    .orderBy(desc(runbookVersion.version));
  return rows.map(viewOf);
}

/** Every feature, with its runbook where it has one. */
export async function selectFeatures(
  db: Db,
): Promise<Array<{ feature: string; owner: string; own: RunbookView | null }>> {
  const [features, runbooks] = await Promise.all([
    db.select({ feature: feature.key, owner: feature.owner }).from(feature).orderBy(asc(feature.key)),
    db.select(whole).from(runbook).innerJoin(runbookVersion, newest),
  ]);
  const owns = new Map(runbooks.map((row) => [row.feature, viewOf(row)]));
  return features.map((row) => ({ ...row, own: owns.get(row.feature) ?? null }));
}

/** false: the feature has one meanwhile */
export async function insertRunbook(tx: Tx, row: RunbookRow, first: VersionRow): Promise<boolean> {
  const made = await tx.insert(runbook).values(row).onConflictDoNothing().returning({ id: runbook.id });
  if (made.length > 0) await tx.insert(runbookVersion).values(first);
  return made.length > 0;
}

export async function addVersion(tx: Tx, name: string, row: VersionRow): Promise<void> {
  await tx.insert(runbookVersion).values(row);
  await tx
    .update(runbook)
    .set({ name, version: row.version, updatedAt: row.createdAt })
    .where(eq(runbook.id, row.runbookId));
}
