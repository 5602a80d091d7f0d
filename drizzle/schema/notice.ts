import { sql } from 'drizzle-orm';
import { bigint, boolean, check, index, integer, jsonb, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { addressKinds, type Notice, type NoticeKind, noticeStates, type Wishes } from '../../lib/notice/model';
import { person } from './access';
import { instant } from './columns';
import { webhookTarget } from './plane';
import { postmortemCopy } from './postmortem';

/** Shared ones, that say which kinds and environments; and one for each person who wants mail, with their wishes. */
export const noticeAddress = pgTable(
  'notice_address',
  {
    id: text('id').primaryKey(),
    kind: text('kind', { enum: addressKinds }).notNull().default('webhook'),
    webhookTarget: text('webhook_target').references(() => webhookTarget.id),
    /** confirmed by whoever reads there; null: nothing goes there yet */
    email: text('email'),
    /** that was named, and nobody has confirmed yet; only a code goes there */
    newEmail: text('new_email'),
    /** SHA-256 of the address's id and the code, hex */
    codeHash: text('code_hash'),
    codeUntil: instant('code_until'),
    codeSentAt: instant('code_sent_at'),
    codeError: text('code_error'),
    /** wrong ones */
    codeTries: integer('code_tries').notNull().default(0),
    /** when codes were mailed for this one within the last day */
    codeSends: jsonb('code_sends').$type<string[]>().notNull().default([]),
    /** of a shared mailbox: who gave the code back; null beside an `email`: it was told before codes were asked for */
    confirmedBy: text('confirmed_by'),
    confirmedAt: instant('confirmed_at'),
    personId: text('person_id').references(() => person.id),
    kinds: jsonb('kinds').$type<NoticeKind[]>().notNull(),
    environments: jsonb('environments').$type<string[]>().notNull(),
    /** of a person; null: as the administrators have set it for all */
    wishes: jsonb('wishes').$type<Wishes>(),
    createdBy: text('created_by').notNull(),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [
    uniqueIndex('notice_address_once').on(t.webhookTarget),
    uniqueIndex('notice_address_person').on(t.personId),
    uniqueIndex('notice_address_email').on(sql`lower(${t.email})`).where(sql`${t.personId} is null`),
    uniqueIndex('notice_address_new_email').on(sql`lower(${t.newEmail})`).where(sql`${t.personId} is null`),
    check(
      'notice_address_target',
      sql`(${t.kind} = 'email') = (${t.webhookTarget} is null) and (${t.email} is null or ${t.kind} = 'email')`,
    ),
  ],
);

/** Written in the transaction of what it tells of; delivered afterwards, at least once, under its own id. */
export const notice = pgTable(
  'notice',
  {
    id: text('id').primaryKey(),
    /** mail of one address goes out in this order */
    seq: bigint('seq', { mode: 'number' }).notNull().generatedAlwaysAsIdentity(),
    addressId: text('address_id')
      .notNull()
      .references(() => noticeAddress.id, { onDelete: 'cascade' }),
    body: jsonb('body').$type<Notice>().notNull(),
    state: text('state', { enum: noticeStates }).notNull(),
    attempts: integer('attempts').notNull().default(0),
    leaseUntil: instant('lease_until'),
    dueAt: instant('due_at').notNull(),
    /** Message-ID of the mail that it went into, from before the first byte left; several share that of a digest */
    handedOverAs: text('handed_over_as'),
    /** how often, since a server last said that it does not take it */
    handovers: integer('handovers').notNull().default(0),
    /** what the mail of it takes along; of people's own mailboxes only */
    copyId: text('copy_id').references(() => postmortemCopy.id),
    /** it goes by itself: it takes something along, or a digest that it was in was refused for good */
    alone: boolean('alone').notNull().default(false),
    /** why the mail takes nothing along though `copyId` is there, as it was too large; null: it takes it along */
    leftOut: text('left_out'),
    lastError: text('last_error'),
    createdAt: instant('created_at').notNull(),
    deliveredAt: instant('delivered_at'),
  },
  (t) => [
    index('notice_due').on(t.state, t.dueAt),
    index('notice_of_address').on(t.addressId, t.seq),
    index('notice_of_copy').on(t.copyId),
  ],
);
