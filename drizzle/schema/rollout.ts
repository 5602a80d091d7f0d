import { sql } from 'drizzle-orm';
import {
  boolean,
  doublePrecision,
  index,
  integer,
  json,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
} from 'drizzle-orm/pg-core';
import { outcomeReasons, outcomes } from '../../lib/criterion/model';
import { modes, type Plan, rolloutStates, type Verdict } from '../../lib/rollout/model';
import { instant } from './columns';
import { feature } from './feature';

export const rollout = pgTable(
  'rollout',
  {
    id: text('id').primaryKey(),
    featureKey: text('feature_key')
      .notNull()
      .references(() => feature.key),
    environment: text('environment').notNull(),
    owner: text('owner').notNull(),
    state: text('state', { enum: rolloutStates }).notNull(),
    mode: text('mode', { enum: modes }).notNull(),
    /** index into plan.stages; -1 before the start */
    stage: integer('stage').notNull(),
    /** grows with every change; every write names the epoch that it saw */
    epoch: integer('epoch').notNull(),
    /** json, not jsonb: the order in which a stage names its cohorts counts, and jsonb sorts keys */
    plan: json('plan').$type<Plan>().notNull(),
    heldReason: text('held_reason'),
    /** cohorts that were taken back while the rest goes on */
    withdrawn: jsonb('withdrawn').$type<string[]>().notNull().default([]),
    stageSince: instant('stage_since'),
    startedAt: instant('started_at'),
    endedAt: instant('ended_at'),
    createdBy: text('created_by').notNull(),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
  },
  (t) => [
    uniqueIndex('rollout_one_running')
      .on(t.featureKey, t.environment)
      .where(sql`${t.state} in ('running', 'held', 'rolling_back')`),
    index('rollout_state').on(t.state),
  ],
);

/** The newest verdict of a rollout; written only by the watch that leads. */
export const verdict = pgTable('verdict', {
  rolloutId: text('rollout_id')
    .primaryKey()
    .references(() => rollout.id, { onDelete: 'cascade' }),
  epoch: integer('epoch').notNull(),
  kind: text('kind').notNull(),
  reason: text('reason').notNull(),
  body: jsonb('body').$type<Verdict>().notNull(),
  since: instant('since').notNull(),
  at: instant('at').notNull(),
});

/** Looks over time, one row a criterion, cohort and bin: what the interval charts draw. */
export const look = pgTable(
  'look',
  {
    rolloutId: text('rollout_id')
      .notNull()
      .references(() => rollout.id, { onDelete: 'cascade' }),
    criterion: text('criterion').notNull(),
    /** '' is the overall look */
    cohort: text('cohort').notNull(),
    at: instant('at').notNull(),
    outcome: text('outcome', { enum: outcomes }).notNull(),
    reason: text('reason', { enum: outcomeReasons }).notNull(),
    estimate: doublePrecision('estimate'),
    low: doublePrecision('low'),
    high: doublePrecision('high'),
    limit: doublePrecision('limit'),
    baselineValue: doublePrecision('baseline_value'),
    candidateValue: doublePrecision('candidate_value'),
    baselineN: doublePrecision('baseline_n').notNull(),
    candidateN: doublePrecision('candidate_n').notNull(),
  },
  (t) => [primaryKey({ columns: [t.rolloutId, t.criterion, t.cohort, t.at] })],
);

/**
 * What judging a rollout remembers, as of the bin `until`; written by the watch that leads. Losing it costs reading
 * the roll-ups again from the start, and those are not kept for ever.
 */
export const judgement = pgTable('judgement', {
  rolloutId: text('rollout_id')
    .primaryKey()
    .references(() => rollout.id, { onDelete: 'cascade' }),
  /** of the code that wrote it: another format is not read */
  format: integer('format').notNull(),
  until: instant('until').notNull(),
  state: json('state').$type<unknown>().notNull(),
});

/** A verdict or a person's order that was acted on; recorded for good, one an epoch. */
export const decision = pgTable(
  'decision',
  {
    id: text('id').primaryKey(),
    rolloutId: text('rollout_id')
      .notNull()
      .references(() => rollout.id),
    /** the epoch that this decision made */
    epoch: integer('epoch').notNull(),
    action: text('action').notNull(),
    fromState: text('from_state', { enum: rolloutStates }).notNull(),
    toState: text('to_state', { enum: rolloutStates }).notNull(),
    fromStage: integer('from_stage').notNull(),
    toStage: integer('to_stage').notNull(),
    /** whom it takes back, where that is not everybody */
    cohorts: jsonb('cohorts').$type<string[]>().notNull().default([]),
    actorKind: text('actor_kind').notNull(),
    actorId: text('actor_id').notNull(),
    actorName: text('actor_name').notNull(),
    reason: text('reason').notNull(),
    /** the whole verdict that led here, or null for a person's order without one */
    evidence: jsonb('evidence').$type<Verdict>(),
    /** false in observe mode: what would have been done */
    acted: boolean('acted').notNull(),
    at: instant('at').notNull(),
  },
  (t) => [
    uniqueIndex('decision_one_per_epoch').on(t.rolloutId, t.epoch).where(sql`${t.acted}`),
    index('decision_rollout').on(t.rolloutId, t.at),
    /** what the cap on rollbacks by itself counts, at every look */
    index('decision_by_itself')
      .on(t.at)
      .where(sql`${t.acted} and ${t.actorKind} = 'rule' and ${t.action} in ('roll_back', 'withdraw')`),
  ],
);

export const approval = pgTable(
  'approval',
  {
    id: text('id').primaryKey(),
    rolloutId: text('rollout_id')
      .notNull()
      .references(() => rollout.id),
    /** the stage that may be left (widened from) once approved */
    stage: integer('stage').notNull(),
    /** SHA-256 of the plan that the request showed: an edit voids the approval */
    planHash: text('plan_hash').notNull(),
    state: text('state', { enum: ['pending', 'approved', 'refused', 'void'] }).notNull(),
    requestedBy: text('requested_by').notNull(),
    requestedAt: instant('requested_at').notNull(),
    decidedBy: text('decided_by'),
    decidedAt: instant('decided_at'),
    comment: text('comment').notNull(),
  },
  (t) => [
    index('approval_state').on(t.state),
    uniqueIndex('approval_one_pending').on(t.rolloutId, t.stage).where(sql`${t.state} = 'pending'`),
  ],
);
