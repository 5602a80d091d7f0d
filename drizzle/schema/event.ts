import { sql } from 'drizzle-orm';
import { bigint, index, integer, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { eventKinds } from '../../lib/event/model';
import { bytea, instant } from './columns';

/**
 * The history: append-only (`drizzle/guards.sql` refuses UPDATE, DELETE and TRUNCATE) and hash-chained.
 * `seq` has no gaps: it is taken under the chain's advisory lock, in the transaction of the change.
 */
export const event = pgTable(
  'event',
  {
    seq: bigint('seq', { mode: 'number' }).primaryKey(),
    at: instant('at').notNull(),
    kind: text('kind', { enum: eventKinds }).notNull(),
    actorKind: text('actor_kind').notNull(),
    actorId: text('actor_id').notNull(),
    actorName: text('actor_name').notNull(),
    reason: text('reason').notNull(),
    environment: text('environment'),
    feature: text('feature'),
    rolloutId: text('rollout_id'),
    data: jsonb('data').$type<Record<string, unknown>>().notNull(),
    previousHash: bytea('previous_hash').notNull(),
    hash: bytea('hash').notNull(),
  },
  (t) => [
    index('event_rollout').on(t.rolloutId, t.seq),
    index('event_feature').on(t.feature, t.seq),
    index('event_at').on(t.at),
    index('event_postmortem').on(sql`(${t.data}->>'postmortemId')`, t.seq).where(sql`${t.kind} like 'postmortem.%'`),
  ],
);

/** One row (id 1): the newest event, written with it. A history that ends before its head was cut short. */
export const eventHead = pgTable('event_head', {
  id: integer('id').primaryKey(),
  seq: bigint('seq', { mode: 'number' }).notNull(),
  hash: bytea('hash').notNull(),
});

/** Named settings: `mapping`, `automation` (the global stop), `retention`. */
export const setting = pgTable('setting', {
  key: text('key').primaryKey(),
  value: jsonb('value').notNull(),
  updatedAt: instant('updated_at').notNull(),
});
