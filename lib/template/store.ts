/** Rows of people's own templates. Decides nothing. */
import { and, asc, eq } from 'drizzle-orm';
import { template } from '@/drizzle/schema/runbook';
import type { Db, Tx } from '@/lib/db';
import type { TemplateKind, TemplateView } from './model';

export type TemplateRow = typeof template.$inferSelect;

export function selectTemplates(db: Db): Promise<TemplateRow[]> {
  return db.select().from(template).orderBy(asc(template.kind), asc(template.name));
}

export async function findTemplate(db: Db | Tx, id: string): Promise<TemplateRow | null> {
  const [row] = await db.select().from(template).where(eq(template.id, id));
  return row ?? null;
}

/** Locked until the transaction ends. */
export async function lockTemplate(tx: Tx, id: string): Promise<TemplateRow | null> {
  const [row] = await tx.select().from(template).where(eq(template.id, id)).for('update');
  return row ?? null;
}

export async function templateNamed(tx: Tx, kind: TemplateKind, name: string): Promise<TemplateRow | null> {
  const [row] = await tx
    .select()
    .from(template)
    .where(and(eq(template.kind, kind), eq(template.name, name)));
  return row ?? null;
}

/** null: the name is taken */
export async function insertTemplate(tx: Tx, row: TemplateRow): Promise<TemplateRow | null> {
  const [made] = await tx.insert(template).values(row).onConflictDoNothing().returning();
  return made ?? null;
}

export async function updateTemplate(tx: Tx, id: string, set: Partial<TemplateRow>): Promise<TemplateRow | null> {
  const [row] = await tx.update(template).set(set).where(eq(template.id, id)).returning();
  return row ?? null;
}

export async function deleteTemplate(tx: Tx, id: string): Promise<void> {
  await tx.delete(template).where(eq(template.id, id));
}

export const viewOf = ({ id, kind, name, description, body, createdBy, updatedAt }: TemplateRow): TemplateView => ({
  id,
  kind,
  name,
  description,
  body,
  builtin: false,
  by: createdBy,
  at: updatedAt.toISOString(),
});
