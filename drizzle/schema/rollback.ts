import { integer, jsonb, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { type RollbackStep, rollbackStates } from '../../lib/rollback/model';
import { instant } from './columns';
import { rollout } from './rollout';

/** The carrying out of a restore; committed with the decision, before any call. */
export const rollback = pgTable(
  'rollback',
  {
    id: text('id').primaryKey(),
    rolloutId: text('rollout_id')
      .notNull()
      .references(() => rollout.id),
    /** epoch of the rollout that decided it: one rollback an epoch */
    epoch: integer('epoch').notNull(),
    state: text('state', { enum: rollbackStates }).notNull(),
    /** whom it takes back; empty: everybody */
    cohorts: jsonb('cohorts').$type<string[]>().notNull().default([]),
    /** flag revision that every listener must reach */
    revision: integer('revision').notNull(),
    steps: jsonb('steps').$type<RollbackStep[]>().notNull(),
    reason: text('reason').notNull(),
    decidedAt: instant('decided_at').notNull(),
    /** fenced lease of the worker that carries it out */
    leaseUntil: instant('lease_until'),
    dueAt: instant('due_at').notNull(),
    attempts: integer('attempts').notNull(),
    endedAt: instant('ended_at'),
  },
  (t) => [uniqueIndex('rollback_one_per_epoch').on(t.rolloutId, t.epoch)],
);
