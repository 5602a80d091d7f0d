import { index, pgTable, text } from 'drizzle-orm/pg-core';
import { roles } from '../../lib/access/model';
import { bytea, instant } from './columns';

export const person = pgTable('person', {
  id: text('id').primaryKey(),
  name: text('name').notNull().unique(),
  role: text('role', { enum: roles }).notNull(),
  createdAt: instant('created_at').notNull(),
  disabledAt: instant('disabled_at'),
});

/** One-time links; only the SHA-256 of the secret is kept. */
export const signInLink = pgTable('sign_in_link', {
  hash: bytea('hash').primaryKey(),
  personId: text('person_id')
    .notNull()
    .references(() => person.id),
  createdAt: instant('created_at').notNull(),
  expiresAt: instant('expires_at').notNull(),
  usedAt: instant('used_at'),
});

export const session = pgTable('session', {
  hash: bytea('hash').primaryKey(),
  personId: text('person_id')
    .notNull()
    .references(() => person.id),
  createdAt: instant('created_at').notNull(),
  expiresAt: instant('expires_at').notNull(),
});

/** `prefix_id_secret`; looked up by id, compared by SHA-256 of the secret, shown once. */
export const apiKey = pgTable('api_key', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  role: text('role', { enum: roles }).notNull(),
  /** null: every environment */
  environment: text('environment'),
  hash: bytea('hash').notNull(),
  createdBy: text('created_by').notNull(),
  createdAt: instant('created_at').notNull(),
  expiresAt: instant('expires_at'),
  revokedAt: instant('revoked_at'),
});

/** The first answer to an `Idempotency-Key`, replayed to a retry of the same request. */
export const idempotentAnswer = pgTable(
  'idempotent_answer',
  {
    /** actor id, a NUL-free separator and the key */
    key: text('key').primaryKey(),
    requestHash: bytea('request_hash').notNull(),
    status: text('status').notNull(),
    body: text('body').notNull(),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [index('idempotent_answer_created').on(t.createdAt)],
);
