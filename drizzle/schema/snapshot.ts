import { index, json, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import type { Exposure } from '../../lib/feature/model';
import { type SnapshotBody, snapshotCauses } from '../../lib/snapshot/model';
import { instant } from './columns';
import { feature } from './feature';

/** Recorded states; never changed. */
export const snapshot = pgTable(
  'snapshot',
  {
    id: text('id').primaryKey(),
    featureKey: text('feature_key')
      .notNull()
      .references(() => feature.key),
    environment: text('environment').notNull(),
    /** the rollout that was about to change it */
    rolloutId: text('rollout_id'),
    cause: text('cause', { enum: snapshotCauses }).notNull(),
    body: json('body').$type<SnapshotBody>().notNull(),
    digest: text('digest').notNull(),
    takenBy: text('taken_by').notNull(),
    takenAt: instant('taken_at').notNull(),
  },
  (t) => [
    index('snapshot_feature').on(t.featureKey, t.environment, t.takenAt),
    index('snapshot_rollout').on(t.rolloutId),
  ],
);

/** What a restore exposes where no rollout does; a rollout that starts takes its place. */
export const pinnedExposure = pgTable(
  'pinned_exposure',
  {
    featureKey: text('feature_key')
      .notNull()
      .references(() => feature.key),
    environment: text('environment').notNull(),
    exposure: json('exposure').$type<Exposure>().notNull(),
    snapshotId: text('snapshot_id')
      .notNull()
      .references(() => snapshot.id),
    createdBy: text('created_by').notNull(),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.featureKey, t.environment] })],
);
