import { sql } from 'drizzle-orm';
import { index, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { instant } from './columns';
import { feature } from './feature';

/** That something is wrong with a feature for real, because a person says so. */
export const incident = pgTable(
  'incident',
  {
    id: text('id').primaryKey(),
    featureKey: text('feature_key')
      .notNull()
      .references(() => feature.key),
    environment: text('environment').notNull(),
    reason: text('reason').notNull(),
    markedBy: text('marked_by').notNull(),
    markedAt: instant('marked_at').notNull(),
    endedBy: text('ended_by'),
    endedReason: text('ended_reason'),
    endedAt: instant('ended_at'),
  },
  (t) => [
    uniqueIndex('incident_one_open').on(t.featureKey, t.environment).where(sql`${t.endedAt} is null`),
    index('incident_newest').on(t.markedAt),
  ],
);
