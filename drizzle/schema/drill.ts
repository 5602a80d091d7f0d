import { sql } from 'drizzle-orm';
import { boolean, index, integer, json, jsonb, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core';
import {
  type Clock,
  type Drill,
  drillLevels,
  type RunLine,
  type RunView,
  runStates,
  skipReasons,
} from '../../lib/drill/model';
import { instant } from './columns';
import { feature } from './feature';

export const drill = pgTable(
  'drill',
  {
    id: text('id').primaryKey(),
    name: text('name').notNull(),
    featureKey: text('feature_key')
      .notNull()
      .references(() => feature.key),
    environment: text('environment').notNull(),
    owner: text('owner').notNull(),
    level: text('level', { enum: drillLevels }).notNull(),
    spec: json('spec').$type<Drill>().notNull(),
    /** grows with every change of it; who schedules names the one that it saw */
    epoch: integer('epoch').notNull().default(0),
    /** the next time that the schedule says; null: none, paused, or never again */
    nextRunAt: instant('next_run_at'),
    createdBy: text('created_by').notNull(),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
    archivedAt: instant('archived_at'),
  },
  (t) => [index('drill_feature').on(t.featureKey, t.environment), index('drill_next').on(t.nextRunAt)],
);

/** A run owns everything that it did, so that any worker can go on with it or end it. */
export const drillRun = pgTable(
  'drill_run',
  {
    id: text('id').primaryKey(),
    drillId: text('drill_id').references(() => drill.id),
    featureKey: text('feature_key')
      .notNull()
      .references(() => feature.key),
    environment: text('environment').notNull(),
    level: text('level', { enum: drillLevels }).notNull(),
    spec: json('spec').$type<Drill>().notNull(),
    trigger: text('trigger', { enum: ['schedule', 'person'] }).notNull(),
    createdBy: text('created_by').notNull(),
    state: text('state', { enum: runStates }).notNull(),
    /** since when it is in that state */
    stateSince: instant('state_since').notNull(),
    shadow: text('shadow'),
    rolloutId: text('rollout_id'),
    rollbackId: text('rollback_id'),
    knownGood: text('known_good'),
    /** committed before the fault; without it there is none */
    undo: jsonb('undo').$type<NonNullable<RunView['undo']>>(),
    faultAt: instant('fault_at'),
    faultUntil: instant('fault_until'),
    /** marked telemetry has been sent up to here */
    sentUntil: instant('sent_until'),
    /** marked requests that have failed so far, for the budget */
    errors: integer('errors').notNull().default(0),
    decision: jsonb('decision').$type<RunView['decision']>().notNull(),
    clocks: jsonb('clocks').$type<Clock[]>().notNull(),
    control: jsonb('control').$type<NonNullable<RunView['control']>>(),
    proof: jsonb('proof').$type<NonNullable<RunView['proof']>>(),
    why: text('why').notNull().default(''),
    scheduledFor: instant('scheduled_for'),
    startedAt: instant('started_at'),
    endedAt: instant('ended_at'),
    /** a person, a real regression or a condition has asked it to stop; the engine does it */
    stop: jsonb('stop').$type<NonNullable<RunView['stop']>>(),
    leaseUntil: instant('lease_until'),
    dueAt: instant('due_at').notNull(),
    attempts: integer('attempts').notNull().default(0),
  },
  (t) => [
    // At most one a feature and environment.
    uniqueIndex('drill_run_one_live')
      .on(t.featureKey, t.environment)
      .where(sql`${t.state} not in ('restored', 'failed', 'aborted', 'interrupted')`),
    uniqueIndex('drill_run_once').on(t.drillId, t.scheduledFor).where(sql`${t.scheduledFor} is not null`),
    index('drill_run_due').on(t.dueAt).where(sql`${t.state} not in ('restored', 'failed', 'aborted', 'interrupted')`),
    index('drill_run_of').on(t.drillId, t.startedAt),
  ],
);

/** What a run says of itself, line by line. */
export const drillLine = pgTable(
  'drill_line',
  {
    runId: text('run_id')
      .notNull()
      .references(() => drillRun.id, { onDelete: 'cascade' }),
    seq: integer('seq').notNull(),
    at: instant('at').notNull(),
    state: text('state', { enum: runStates }).notNull(),
    text: text('text').notNull(),
    data: jsonb('data').$type<RunLine['data']>().notNull().default({}),
  },
  (t) => [primaryKey({ columns: [t.runId, t.seq] })],
);

/** Times of the schedule at which nothing was run, and why. */
export const drillSkip = pgTable(
  'drill_skip',
  {
    drillId: text('drill_id')
      .notNull()
      .references(() => drill.id),
    scheduledFor: instant('scheduled_for').notNull(),
    reason: text('reason', { enum: skipReasons }).notNull(),
    at: instant('at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.drillId, t.scheduledFor] })],
);

/** Who took part, and in what: a person's own staleness is read from it. */
export const drillPart = pgTable(
  'drill_part',
  {
    runId: text('run_id')
      .notNull()
      .references(() => drillRun.id, { onDelete: 'cascade' }),
    person: text('person').notNull(),
    name: text('name').notNull(),
    role: text('role', { enum: ['decided', 'ticked', 'started', 'aborted', 'answered'] }).notNull(),
    at: instant('at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.runId, t.person, t.role] })],
);

/** A cohort that a run exposes, or a fault that it serves: both end by themselves, whoever is gone. */
export const drillFault = pgTable(
  'drill_fault',
  {
    runId: text('run_id')
      .primaryKey()
      .references(() => drillRun.id, { onDelete: 'cascade' }),
    featureKey: text('feature_key')
      .notNull()
      .references(() => feature.key),
    environment: text('environment').notNull(),
    version: text('version').notNull(),
    cohort: text('cohort').notNull(),
    share: integer('share').notNull(),
    fault: jsonb('fault').$type<Drill['fault']>().notNull(),
    exposes: boolean('exposes').notNull(),
    expiresAt: instant('expires_at').notNull(),
  },
  (t) => [index('drill_fault_of').on(t.featureKey, t.environment)],
);
