import { sql } from 'drizzle-orm';
import { bigint, index, integer, jsonb, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core';
import type { PlaneState } from '../../lib/plane/model';
import { type RollbackStep, rollbackKinds, rollbackStates } from '../../lib/rollback/model';
import { instant } from './columns';
import { feature } from './feature';
import { rollout } from './rollout';
import { snapshot } from './snapshot';

/** The carrying out of a restore; committed with the decision, before any call. */
export const rollback = pgTable(
  'rollback',
  {
    id: text('id').primaryKey(),
    kind: text('kind', { enum: rollbackKinds }).notNull(),
    /** null: a restore that takes no rollout back */
    rolloutId: text('rollout_id').references(() => rollout.id),
    /** epoch of the rollout that decided it: one rollback an epoch */
    epoch: integer('epoch'),
    featureKey: text('feature_key')
      .notNull()
      .references(() => feature.key),
    environment: text('environment').notNull(),
    state: text('state', { enum: rollbackStates }).notNull(),
    /** whom it takes back; empty: everybody */
    cohorts: jsonb('cohorts').$type<string[]>().notNull().default([]),
    target: text('target').references(() => snapshot.id),
    plane: text('plane').notNull(),
    /** grows for each feature and environment: an older one is refused by whatever is called */
    fence: bigint('fence', { mode: 'number' }).notNull(),
    /** what the plane is to serve */
    desired: jsonb('desired').$type<PlaneState>().notNull(),
    /** flag revision that every listener must reach */
    revision: integer('revision').notNull(),
    runbookId: text('runbook_id'),
    runbookName: text('runbook_name').notNull(),
    runbookVersion: integer('runbook_version').notNull(),
    steps: jsonb('steps').$type<RollbackStep[]>().notNull(),
    reason: text('reason').notNull(),
    createdBy: text('created_by').notNull(),
    decidedAt: instant('decided_at').notNull(),
    deadlineAt: instant('deadline_at').notNull(),
    escalatedAt: instant('escalated_at'),
    acknowledgedAt: instant('acknowledged_at'),
    acknowledgedBy: text('acknowledged_by'),
    acknowledgedReason: text('acknowledged_reason'),
    fallback: jsonb('fallback').$type<{ what: string; detail: string; at: string }>(),
    /** fenced lease of the worker that carries it out */
    leaseUntil: instant('lease_until'),
    dueAt: instant('due_at').notNull(),
    /** the worker's fence: who holds an older number can write no more */
    attempts: integer('attempts').notNull(),
    endedAt: instant('ended_at'),
  },
  (t) => [
    uniqueIndex('rollback_one_per_epoch').on(t.rolloutId, t.epoch).where(sql`${t.rolloutId} is not null`),
    index('rollback_feature').on(t.featureKey, t.environment, t.decidedAt),
    index('rollback_due').on(t.dueAt).where(sql`${t.state} <> 'verified'`),
  ],
);

/** What was asked of the outside, written before the call and again after it. */
export const rollbackCall = pgTable(
  'rollback_call',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    rollbackId: text('rollback_id')
      .notNull()
      .references(() => rollback.id),
    step: text('step').notNull(),
    attempt: integer('attempt').notNull(),
    key: text('key').notNull(),
    fence: bigint('fence', { mode: 'number' }).notNull(),
    requestedAt: instant('requested_at').notNull(),
    answeredAt: instant('answered_at'),
    /** done, wait or failed; null: no answer was written down */
    outcome: text('outcome'),
    detail: text('detail').notNull().default(''),
  },
  (t) => [index('rollback_call_of').on(t.rollbackId, t.id)],
);

/** A person's tick on a step; the machine reads it as evidence. */
export const rollbackTick = pgTable(
  'rollback_tick',
  {
    rollbackId: text('rollback_id')
      .notNull()
      .references(() => rollback.id),
    step: text('step').notNull(),
    note: text('note').notNull(),
    tickedBy: text('ticked_by').notNull(),
    tickedAt: instant('ticked_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.rollbackId, t.step] })],
);
