import { sql } from 'drizzle-orm';
import {
  type AnyPgColumn,
  bigint,
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
} from 'drizzle-orm/pg-core';
import { type Breaker, deliveryStates, type PlaneState, planeKinds } from '../../lib/plane/model';
import { webhookStates } from '../../lib/webhook/model';
import { instant } from './columns';
import { feature } from './feature';

/** Addresses that Belay calls. The secret has to be kept as it is: every message is signed with it. */
export const webhookTarget = pgTable('webhook_target', {
  id: text('id').primaryKey(),
  name: text('name').notNull().unique(),
  url: text('url').notNull(),
  secret: text('secret').notNull(),
  /** signs beside the new one until then, so that a receiver may change over */
  previousSecret: text('previous_secret'),
  previousUntil: instant('previous_until'),
  allowPrivate: boolean('allow_private').notNull(),
  state: text('state', { enum: webhookStates }).notNull(),
  disabledReason: text('disabled_reason'),
  createdBy: text('created_by').notNull(),
  createdAt: instant('created_at').notNull(),
  updatedAt: instant('updated_at').notNull(),
});

/** Control planes; the row `builtin` is there from the start (`drizzle/guards.sql`). */
export const plane = pgTable('plane', {
  id: text('id').primaryKey(),
  name: text('name').notNull().unique(),
  kind: text('kind', { enum: planeKinds }).notNull(),
  webhookTarget: text('webhook_target').references(() => webhookTarget.id),
  regions: jsonb('regions').$type<string[]>().notNull().default([]),
  deadlineMs: integer('deadline_ms').notNull(),
  fallbackPlane: text('fallback_plane').references((): AnyPgColumn => plane.id),
  fallbackVersion: text('fallback_version'),
  /** one for all workers; a lost update costs a call too many, never a wrong state */
  breaker: jsonb('breaker').$type<Breaker>().notNull().default(sql`'{"state":"closed","failures":0}'`),
  createdBy: text('created_by').notNull(),
  createdAt: instant('created_at').notNull(),
  updatedAt: instant('updated_at').notNull(),
});

/** Every order that the built-in flags have carried out, written in the transaction that switches them. */
export const planeOrder = pgTable(
  'plane_order',
  {
    /** of one step of one rollback: it is carried out once */
    key: text('key').primaryKey(),
    seq: bigint('seq', { mode: 'number' }).notNull().generatedAlwaysAsIdentity(),
    featureKey: text('feature_key')
      .notNull()
      .references(() => feature.key),
    environment: text('environment').notNull(),
    fence: bigint('fence', { mode: 'number' }).notNull(),
    /** of the desired state: a key stands for one order */
    digest: text('digest').notNull(),
    at: instant('at').notNull(),
  },
  (t) => [index('plane_order_newest').on(t.featureKey, t.environment, t.seq)],
);

/** What an outside plane is to serve of a feature: the newest order, delivered until it reads back. */
export const planeDelivery = pgTable(
  'plane_delivery',
  {
    featureKey: text('feature_key')
      .notNull()
      .references(() => feature.key),
    environment: text('environment').notNull(),
    planeId: text('plane_id')
      .notNull()
      .references(() => plane.id),
    fence: bigint('fence', { mode: 'number' }).notNull(),
    key: text('key').notNull(),
    desired: jsonb('desired').$type<PlaneState>().notNull(),
    state: text('state', { enum: deliveryStates }).notNull(),
    detail: text('detail').notNull(),
    attempts: integer('attempts').notNull(),
    leaseUntil: instant('lease_until'),
    dueAt: instant('due_at').notNull(),
    orderedAt: instant('ordered_at').notNull(),
    confirmedAt: instant('confirmed_at'),
  },
  (t) => [primaryKey({ columns: [t.featureKey, t.environment] })],
);
