import { bigint, boolean, index, integer, json, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { type CohortRule, type FlagValue, featureKinds, scopeKinds } from '../../lib/feature/model';
import { instant } from './columns';

export const feature = pgTable('feature', {
  key: text('key').primaryKey(),
  owner: text('owner').notNull(),
  description: text('description').notNull(),
  kind: text('kind', { enum: featureKinds }).notNull(),
  /** json, not jsonb: the owner's order of versions is kept */
  versions: json('versions').$type<Record<string, FlagValue>>().notNull(),
  baseline: text('baseline').notNull(),
  /** environment → its own baseline */
  baselines: jsonb('baselines').$type<Record<string, string>>().notNull().default({}),
  /** id of the control plane that holds its state */
  plane: text('plane').notNull().default('builtin'),
  createdAt: instant('created_at').notNull(),
  updatedAt: instant('updated_at').notNull(),
});

export const cohort = pgTable('cohort', {
  key: text('key').primaryKey(),
  description: text('description').notNull(),
  rules: jsonb('rules').$type<'*' | CohortRule[]>().notNull(),
  createdAt: instant('created_at').notNull(),
  updatedAt: instant('updated_at').notNull(),
});

export const override = pgTable(
  'override',
  {
    id: text('id').primaryKey(),
    featureKey: text('feature_key')
      .notNull()
      .references(() => feature.key),
    scope: text('scope', { enum: scopeKinds }).notNull(),
    value: text('value'),
    environment: text('environment'),
    effect: text('effect', { enum: ['kill', 'serve'] }).notNull(),
    version: text('version'),
    /** environments in which a restore took it away */
    exceptIn: jsonb('except_in').$type<string[]>().notNull().default([]),
    /** brought back by a restore, to its environment only; ranks as one for all environments */
    wide: boolean('wide').notNull().default(false),
    reason: text('reason').notNull(),
    createdBy: text('created_by').notNull(),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [index('override_feature').on(t.featureKey)],
);

export const optOut = pgTable(
  'opt_out',
  {
    featureKey: text('feature_key')
      .notNull()
      .references(() => feature.key),
    targetingKey: text('targeting_key').notNull(),
    createdBy: text('created_by').notNull(),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.featureKey, t.targetingKey] })],
);

/** One row (id 1). Grows in every transaction that changes what an evaluation could answer; then NOTIFY flags. */
export const flagRevision = pgTable('flag_revision', {
  id: integer('id').primaryKey(),
  revision: bigint('revision', { mode: 'number' }).notNull(),
});

/** Every process that answers evaluations, and the revision that it serves. */
export const listener = pgTable('listener', {
  id: text('id').primaryKey(),
  process: text('process').notNull(),
  revision: bigint('revision', { mode: 'number' }).notNull(),
  heartbeatAt: instant('heartbeat_at').notNull(),
});
