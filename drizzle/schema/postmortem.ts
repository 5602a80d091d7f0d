import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  date,
  index,
  integer,
  json,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
} from 'drizzle-orm/pg-core';
import {
  actionStates,
  actionTypes,
  audienceRoles,
  type Document,
  postmortemStates,
  priorities,
  reviewStates,
  sectionNames,
  subjectKinds,
} from '../../lib/postmortem/model';
import { instant } from './columns';

/** One report; its newest words. What was published stands in its versions, sealed. */
export const postmortem = pgTable(
  'postmortem',
  {
    id: text('id').primaryKey(),
    subjectKind: text('subject_kind', { enum: subjectKinds }).notNull(),
    subjectId: text('subject_id'),
    feature: text('feature').notNull(),
    environment: text('environment').notNull(),
    rolloutId: text('rollout_id'),
    state: text('state', { enum: postmortemStates }).notNull(),
    audience: text('audience', { enum: audienceRoles }).notNull().default('viewer'),
    title: text('title').notNull(),
    /** grows with every edit; an edit names the one that it saw */
    revision: integer('revision').notNull(),
    /** null: nothing is drafted yet */
    document: json('document').$type<Document>(),
    fromAt: instant('from_at').notNull(),
    toAt: instant('to_at').notNull(),
    /** when it is drafted next; null: everything is in */
    draftDueAt: instant('draft_due_at'),
    leaseUntil: instant('lease_until'),
    attempts: integer('attempts').notNull().default(0),
    lastError: text('last_error'),
    /** what search reads: words of the newest version, without markup */
    words: text('words').notNull().default(''),
    createdBy: text('created_by').notNull(),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
    publishedAt: instant('published_at'),
  },
  (t) => [
    uniqueIndex('postmortem_one_per_subject').on(t.subjectKind, t.subjectId).where(sql`${t.subjectId} is not null`),
    index('postmortem_feature').on(t.feature, t.createdAt),
    index('postmortem_draft_due').on(t.draftDueAt),
    index('postmortem_words').using('gin', sql`to_tsvector('simple', ${t.words})`),
  ],
);

/** Append-only (`drizzle/guards.sql`): the facts, as the text that was hashed. */
export const postmortemEvidence = pgTable(
  'postmortem_evidence',
  {
    postmortemId: text('postmortem_id')
      .notNull()
      .references(() => postmortem.id),
    number: integer('number').notNull(),
    /** canonical JSON of `Facts` */
    facts: text('facts').notNull(),
    hash: text('hash').notNull(),
    takenAt: instant('taken_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.postmortemId, t.number] })],
);

/** Append-only: every saved change, as the text that was hashed; each hash covers the one before and the evidence. */
export const postmortemVersion = pgTable(
  'postmortem_version',
  {
    postmortemId: text('postmortem_id')
      .notNull()
      .references(() => postmortem.id),
    number: integer('number').notNull(),
    state: text('state', { enum: postmortemStates }).notNull(),
    /** canonical JSON of `Document` */
    document: text('document').notNull(),
    evidence: integer('evidence').notNull(),
    hash: text('hash').notNull(),
    note: text('note').notNull(),
    madeBy: text('made_by').notNull(),
    madeAt: instant('made_at').notNull(),
    /** of the event of the history that repeats the hash, where it was published */
    eventSeq: bigint('event_seq', { mode: 'number' }),
  },
  (t) => [primaryKey({ columns: [t.postmortemId, t.number] })],
);

export const postmortemReview = pgTable(
  'postmortem_review',
  {
    postmortemId: text('postmortem_id')
      .notNull()
      .references(() => postmortem.id),
    person: text('person').notNull(),
    state: text('state', { enum: reviewStates }).notNull(),
    note: text('note').notNull().default(''),
    at: instant('at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.postmortemId, t.person] })],
);

export const postmortemComment = pgTable(
  'postmortem_comment',
  {
    id: text('id').primaryKey(),
    postmortemId: text('postmortem_id')
      .notNull()
      .references(() => postmortem.id),
    section: text('section', { enum: sectionNames }).notNull(),
    text: text('text').notNull(),
    by: text('by').notNull(),
    at: instant('at').notNull(),
    resolvedBy: text('resolved_by'),
    resolvedAt: instant('resolved_at'),
  },
  (t) => [index('postmortem_comment_of').on(t.postmortemId, t.at)],
);

export const postmortemAction = pgTable(
  'postmortem_action',
  {
    id: text('id').primaryKey(),
    postmortemId: text('postmortem_id')
      .notNull()
      .references(() => postmortem.id),
    title: text('title').notNull(),
    detail: text('detail').notNull(),
    type: text('type', { enum: actionTypes }).notNull(),
    owner: text('owner').notNull(),
    dueOn: date('due_on').notNull(),
    priority: text('priority', { enum: priorities }).notNull(),
    state: text('state', { enum: actionStates }).notNull(),
    trackerUrl: text('tracker_url'),
    trackedAt: instant('tracked_at'),
    /** when its owner was last reminded */
    remindedAt: instant('reminded_at'),
    createdBy: text('created_by').notNull(),
    createdAt: instant('created_at').notNull(),
    closedAt: instant('closed_at'),
    closedBy: text('closed_by'),
  },
  (t) => [index('postmortem_action_due').on(t.state, t.dueOn)],
);

/** What of the history has been looked at for something to open a report on; one row. */
export const postmortemCursor = pgTable('postmortem_cursor', {
  id: integer('id').primaryKey(),
  seq: bigint('seq', { mode: 'number' }).notNull(),
});

/** A page for those who are not operators: of a rollout, or of a report. */
export const statusPage = pgTable(
  'status_page',
  {
    id: text('id').primaryKey(),
    subjectKind: text('subject_kind', { enum: ['rollout', 'postmortem'] }).notNull(),
    subjectId: text('subject_id').notNull(),
    feature: text('feature').notNull(),
    environment: text('environment').notNull(),
    title: text('title').notNull(),
    /** SHA-256 of the secret of the public link, hex; null: internal */
    linkHash: text('link_hash').unique(),
    linkMadeAt: instant('link_made_at'),
    closed: boolean('closed').notNull().default(false),
    createdBy: text('created_by').notNull(),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [uniqueIndex('status_page_of').on(t.subjectKind, t.subjectId)],
);

/** One thing that people are told; sent once a person has approved it. */
export const statusUpdate = pgTable(
  'status_update',
  {
    id: text('id').primaryKey(),
    pageId: text('page_id')
      .notNull()
      .references(() => statusPage.id),
    moment: text('moment').notNull(),
    text: text('text').notNull(),
    state: text('state', { enum: ['draft', 'sent', 'dropped'] }).notNull(),
    draftedFrom: json('drafted_from').$type<number[]>().notNull(),
    createdBy: text('created_by').notNull(),
    createdAt: instant('created_at').notNull(),
    sentBy: text('sent_by'),
    sentAt: instant('sent_at'),
  },
  (t) => [index('status_update_of').on(t.pageId, t.createdAt)],
);
