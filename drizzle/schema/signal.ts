import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  uniqueIndex,
} from 'drizzle-orm/pg-core';
import { type Attributes, pointKinds, temporalities } from '../../lib/signal/model';
import { bytea, instant } from './columns';

/** Every stream ever seen; ids are dense and never reused. */
export const stream = pgTable('stream', {
  id: integer('id').primaryKey().generatedAlwaysAsIdentity(),
  /** first 16 bytes of SHA-256 over the canonical identity */
  hash: bytea('hash').notNull().unique(),
  environment: text('environment').notNull(),
  metric: text('metric').notNull(),
  kind: text('kind', { enum: pointKinds }).notNull(),
  unit: text('unit').notNull(),
  temporality: text('temporality', { enum: temporalities }).notNull(),
  monotonic: boolean('monotonic').notNull(),
  attributes: jsonb('attributes').$type<Attributes>().notNull(),
  resource: jsonb('resource').$type<Attributes>().notNull(),
  scope: jsonb('scope').$type<{ name: string; version: string; attributes: Attributes }>().notNull(),
  firstSeenAt: instant('first_seen_at').notNull().default(sql`now()`),
});

/** What arrived, as it arrived: one row a request, one column block (`lib/signal/ledger/block.ts`). Never updated. */
export const ledger = pgTable(
  'ledger',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    receivedAt: instant('received_at').notNull(),
    points: integer('points').notNull(),
    block: bytea('block').notNull(),
  },
  (t) => [index('ledger_received').using('brin', t.receivedAt)],
);

/** Inserted with its ledger row, deleted in the transaction that folds it: commit order cannot hide a row. */
export const ledgerPending = pgTable('ledger_pending', {
  ledgerId: bigint('ledger_id', { mode: 'number' }).primaryKey(),
});

/** Digest of environment and body: an identical retry, to whichever replica, counts once. */
export const receipt = pgTable(
  'receipt',
  {
    digest: bytea('digest').primaryKey(),
    receivedAt: instant('received_at').notNull(),
  },
  (t) => [index('receipt_received').using('brin', t.receivedAt)],
);

/** The order in which ledger rows were folded: what a replay after a crash reads. */
export const foldBatch = pgTable('fold_batch', {
  no: bigint('no', { mode: 'number' }).primaryKey(),
  ledgerIds: bigint('ledger_ids', { mode: 'number' }).array().notNull(),
  foldedAt: instant('folded_at').notNull(),
});

/** The fold's memory (last point of every stream) as of batch `no`. */
export const foldCheckpoint = pgTable(
  'fold_checkpoint',
  {
    no: bigint('no', { mode: 'number' }).notNull(),
    part: integer('part').notNull(),
    block: bytea('block').notNull(),
  },
  (t) => [primaryKey({ columns: [t.no, t.part] })],
);

/**
 * A series is what remains of streams after mapping: segment, metric and the attributes that criteria may
 * select on. Streams of many instances fall into one series.
 */
export const series = pgTable(
  'series',
  {
    id: integer('id').primaryKey().generatedAlwaysAsIdentity(),
    hash: bytea('hash').notNull().unique(),
    environment: text('environment').notNull(),
    feature: text('feature').notNull(),
    version: text('version').notNull(),
    cohort: text('cohort').notNull(),
    metric: text('metric').notNull(),
    kind: text('kind', { enum: pointKinds }).notNull(),
    unit: text('unit').notNull(),
    attributes: jsonb('attributes').$type<Attributes>().notNull(),
    firstSeenAt: instant('first_seen_at').notNull(),
  },
  (t) => [index('series_lookup').on(t.environment, t.feature, t.metric), uniqueIndex('series_id').on(t.id)],
);

/** Increases per series and 10 s bucket. Half-open: [at, at + 10 s). */
export const rollup = pgTable(
  'rollup',
  {
    seriesId: integer('series_id').notNull(),
    at: instant('at').notNull(),
    n: doublePrecision('n').notNull(),
    sum: doublePrecision('sum'),
    sum2: doublePrecision('sum2'),
    min: doublePrecision('min'),
    max: doublePrecision('max'),
    last: doublePrecision('last'),
    /** histogram buckets, `lib/signal/bin/buckets.ts`; null for numbers */
    buckets: bytea('buckets'),
  },
  (t) => [primaryKey({ columns: [t.seriesId, t.at] }), index('rollup_at').using('brin', t.at)],
);

/**
 * Coarser roll-ups, many bins to a row so that a week of many segments is few rows: 60 s bins by the hour,
 * 300 s bins by six hours, 3600 s bins by the day. Written from the 10 s bins, never from points.
 */
export const rollupChunk = pgTable(
  'rollup_chunk',
  {
    seriesId: integer('series_id').notNull(),
    resolution: smallint('resolution').notNull(),
    at: instant('at').notNull(),
    bins: bytea('bins').notNull(),
  },
  (t) => [primaryKey({ columns: [t.seriesId, t.resolution, t.at] }), index('rollup_chunk_at').on(t.at)],
);

/** Time of the newest point of each feature: the judge's question "is this still alive?" in one row. */
export const freshestPoint = pgTable(
  'freshest_point',
  {
    environment: text('environment').notNull(),
    feature: text('feature').notNull(),
    lastAt: instant('last_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.environment, t.feature] })],
);

/** What keeps outcomes from being green: overflow, unit conflicts, overlapping writers. */
export const finding = pgTable(
  'finding',
  {
    id: integer('id').primaryKey().generatedAlwaysAsIdentity(),
    kind: text('kind').notNull(),
    environment: text('environment').notNull(),
    feature: text('feature').notNull(),
    metric: text('metric').notNull(),
    detail: text('detail').notNull(),
    firstAt: instant('first_at').notNull(),
    lastAt: instant('last_at').notNull(),
    count: bigint('count', { mode: 'number' }).notNull(),
  },
  (t) => [uniqueIndex('finding_one').on(t.kind, t.environment, t.feature, t.metric)],
);

/** Points that were refused, with why, newest few kept: no silent drop. */
export const rejection = pgTable('rejection', {
  id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  at: instant('at').notNull(),
  environment: text('environment').notNull(),
  metric: text('metric').notNull(),
  message: text('message').notNull(),
  points: integer('points').notNull(),
});
