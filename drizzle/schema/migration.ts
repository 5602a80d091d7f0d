import { bigint, index, integer, json, jsonb, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { type Migration, migrationKinds, migrationStates } from '../../lib/migration/model';
import { instant } from './columns';
import { rollout } from './rollout';

/** PostgreSQL databases of the services whose data is migrated and checked. The address holds a password. */
export const databaseTarget = pgTable('database_target', {
  id: text('id').primaryKey(),
  name: text('name').notNull().unique(),
  url: text('url').notNull(),
  createdBy: text('created_by').notNull(),
  createdAt: instant('created_at').notNull(),
  updatedAt: instant('updated_at').notNull(),
});

/** The steps of every rollout, from its plan; while it is a draft they follow the plan. */
export const migrationStep = pgTable(
  'migration_step',
  {
    id: text('id').primaryKey(),
    rolloutId: text('rollout_id')
      .notNull()
      .references(() => rollout.id, { onDelete: 'cascade' }),
    name: text('name').notNull(),
    position: integer('position').notNull(),
    kind: text('kind', { enum: migrationKinds }).notNull(),
    owner: text('owner').notNull(),
    /** ids of other steps, resolved */
    dependsOn: jsonb('depends_on').$type<string[]>().notNull().default([]),
    spec: json('spec').$type<Migration>().notNull(),
    state: text('state', { enum: migrationStates }).notNull(),
    detail: text('detail').notNull().default(''),
    next: text('next').notNull().default(''),
    /** grows with each order to apply or revert; part of the idempotency key of its calls */
    generation: integer('generation').notNull().default(0),
    /** grows over all steps: reverting goes the other way */
    appliedSeq: bigint('applied_seq', { mode: 'number' }),
    /** who ordered what is under way; a rollback's id when it reverts */
    orderedBy: text('ordered_by'),
    leaseUntil: instant('lease_until'),
    dueAt: instant('due_at'),
    attempts: integer('attempts').notNull().default(0),
    startedAt: instant('started_at'),
    endedAt: instant('ended_at'),
  },
  (t) => [uniqueIndex('migration_step_name').on(t.rolloutId, t.name), index('migration_step_state').on(t.state)],
);
