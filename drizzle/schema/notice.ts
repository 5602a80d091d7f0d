import { index, integer, jsonb, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { type Notice, type NoticeKind, noticeStates } from '../../lib/notice/model';
import { instant } from './columns';
import { webhookTarget } from './plane';

export const noticeAddress = pgTable(
  'notice_address',
  {
    id: text('id').primaryKey(),
    webhookTarget: text('webhook_target')
      .notNull()
      .references(() => webhookTarget.id),
    kinds: jsonb('kinds').$type<NoticeKind[]>().notNull(),
    environments: jsonb('environments').$type<string[]>().notNull(),
    createdBy: text('created_by').notNull(),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [uniqueIndex('notice_address_once').on(t.webhookTarget)],
);

/** Written in the transaction of what it tells of; delivered afterwards, at least once, under its own id. */
export const notice = pgTable(
  'notice',
  {
    id: text('id').primaryKey(),
    addressId: text('address_id')
      .notNull()
      .references(() => noticeAddress.id, { onDelete: 'cascade' }),
    body: jsonb('body').$type<Notice>().notNull(),
    state: text('state', { enum: noticeStates }).notNull(),
    attempts: integer('attempts').notNull().default(0),
    leaseUntil: instant('lease_until'),
    dueAt: instant('due_at').notNull(),
    lastError: text('last_error'),
    createdAt: instant('created_at').notNull(),
    deliveredAt: instant('delivered_at'),
  },
  (t) => [index('notice_due').on(t.state, t.dueAt)],
);
