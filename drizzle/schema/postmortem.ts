import { sql } from 'drizzle-orm';
import { bigint, date, index, integer, json, jsonb, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { actionStates, actionTypes, priorities, trackingStates } from '../../lib/postmortem/action-model';
import {
  audienceRoles,
  type Begun,
  type Document,
  postmortemStates,
  reviewStates,
  sectionNames,
  subjectKinds,
} from '../../lib/postmortem/model';
import type { CopyContent, Mailed } from '../../lib/postmortem/sending-model';
import { cursorTable, instant } from './columns';

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
    /** what related reports share: `cause:key=value`, `criterion:name` */
    traits: jsonb('traits').$type<string[]>().notNull().default([]),
    /** what a person gave it before anything was drafted */
    begun: json('begun').$type<Begun>(),
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
    index('postmortem_traits').using('gin', t.traits),
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
    /** what was looked at: an approval of an older version is none */
    version: integer('version').notNull(),
    at: instant('at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.postmortemId, t.person] })],
);

/** A version that a person sent to people: what their mails are made from, so that each of them is the same. */
export const postmortemCopy = pgTable(
  'postmortem_copy',
  {
    id: text('id').primaryKey(),
    postmortemId: text('postmortem_id')
      .notNull()
      .references(() => postmortem.id),
    version: integer('version').notNull(),
    by: text('by').notNull(),
    note: text('note').notNull(),
    people: jsonb('people').$type<Mailed[]>().notNull(),
    content: jsonb('content').$type<CopyContent>().notNull(),
    at: instant('at').notNull(),
  },
  (t) => [index('postmortem_copy_of').on(t.postmortemId, t.at)],
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
    /** grows with every change; a change names the one that it saw */
    revision: integer('revision').notNull().default(1),
    trackerUrl: text('tracker_url'),
    trackedAt: instant('tracked_at'),
    /** when its owner was last reminded */
    remindedAt: instant('reminded_at'),
    createdBy: text('created_by').notNull(),
    createdAt: instant('created_at').notNull(),
    closedAt: instant('closed_at'),
    closedBy: text('closed_by'),
  },
  (t) => [
    index('postmortem_action_due').on(t.state, t.dueOn),
    index('postmortem_action_of').on(t.postmortemId),
    index('postmortem_action_words').using('gin', sql`to_tsvector('simple', ${t.title} || ' ' || ${t.detail})`),
  ],
);

/** What an outside tracker is to be told of an action: its newest state, sent until it is taken. */
export const postmortemTracking = pgTable(
  'postmortem_tracking',
  {
    actionId: text('action_id')
      .primaryKey()
      .references(() => postmortemAction.id),
    /** of the action, as it is sent; with the action the key of the message */
    revision: integer('revision').notNull(),
    state: text('state', { enum: trackingStates }).notNull(),
    attempts: integer('attempts').notNull().default(0),
    /** of every attempt: who holds an older one writes nothing */
    fence: integer('fence').notNull().default(0),
    leaseUntil: instant('lease_until'),
    dueAt: instant('due_at').notNull(),
    orderedAt: instant('ordered_at').notNull(),
    lastError: text('last_error'),
  },
  (t) => [index('postmortem_tracking_due').on(t.state, t.dueAt)],
);

/** What of the history has been looked at for something to open a report on; one row. */
export const postmortemCursor = cursorTable('postmortem_cursor');
