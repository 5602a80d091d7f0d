import { integer, json, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import type { Values } from '../../lib/configuration/model';
import { instant } from './columns';
import { feature } from './feature';

/** Append-only; the highest revision is what is served. */
export const configurationRevision = pgTable(
  'configuration_revision',
  {
    featureKey: text('feature_key')
      .notNull()
      .references(() => feature.key),
    environment: text('environment').notNull(),
    revision: integer('revision').notNull(),
    /** json, not jsonb: served as it was written */
    values: json('values').$type<Record<string, Values>>().notNull(),
    restoredFrom: integer('restored_from'),
    reason: text('reason').notNull(),
    createdBy: text('created_by').notNull(),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.featureKey, t.environment, t.revision] })],
);
