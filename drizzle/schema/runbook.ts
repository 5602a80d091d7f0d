import { integer, json, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core';
import type { RunbookStep } from '../../lib/runbook/model';
import { templateKinds } from '../../lib/template/model';
import { instant } from './columns';
import { feature } from './feature';

export const runbook = pgTable('runbook', {
  id: text('id').primaryKey(),
  featureKey: text('feature_key')
    .notNull()
    .unique()
    .references(() => feature.key),
  name: text('name').notNull(),
  /** the newest */
  version: integer('version').notNull(),
  createdAt: instant('created_at').notNull(),
  updatedAt: instant('updated_at').notNull(),
});

/** Append-only: a rollback names the version that it carries out. */
export const runbookVersion = pgTable(
  'runbook_version',
  {
    runbookId: text('runbook_id')
      .notNull()
      .references(() => runbook.id),
    version: integer('version').notNull(),
    steps: json('steps').$type<RunbookStep[]>().notNull(),
    reason: text('reason').notNull(),
    createdBy: text('created_by').notNull(),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.runbookId, t.version] })],
);

/** People's own templates; those that come with Belay stand in the code. */
export const template = pgTable(
  'template',
  {
    id: text('id').primaryKey(),
    kind: text('kind', { enum: templateKinds }).notNull(),
    name: text('name').notNull(),
    description: text('description').notNull(),
    body: json('body').$type<unknown>().notNull(),
    createdBy: text('created_by').notNull(),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
  },
  (t) => [uniqueIndex('template_name').on(t.kind, t.name)],
);
