import { sql } from 'drizzle-orm';
import { bigint, boolean, index, integer, json, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { moments, standings, statusSubjects, updateStates } from '../../lib/status/model';
import { cursorTable, instant } from './columns';

/** A page for those who are not operators: of a rollout, or of an incident that has a report. */
export const statusPage = pgTable(
  'status_page',
  {
    id: text('id').primaryKey(),
    subjectKind: text('subject_kind', { enum: statusSubjects }).notNull(),
    subjectId: text('subject_id').notNull(),
    feature: text('feature').notNull(),
    environment: text('environment').notNull(),
    title: text('title').notNull(),
    /** what the public page is headed with; null: nobody has named it, so there is no link */
    publicTitle: text('public_title'),
    /** SHA-256 of the secret of the public link, hex; null: internal */
    linkHash: text('link_hash').unique(),
    linkMadeAt: instant('link_made_at'),
    linkMadeBy: text('link_made_by'),
    closed: boolean('closed').notNull().default(false),
    createdBy: text('created_by').notNull(),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [uniqueIndex('status_page_of').on(t.subjectKind, t.subjectId), index('status_page_newest').on(t.createdAt)],
);

/** One thing that people are told; sent once a person has approved it, and never changed after (`drizzle/guards.sql`). */
export const statusUpdate = pgTable(
  'status_update',
  {
    id: text('id').primaryKey(),
    pageId: text('page_id')
      .notNull()
      .references(() => statusPage.id),
    moment: text('moment', { enum: moments }).notNull(),
    /** of a draft: what happened, in one sentence, and when */
    headline: text('headline').notNull().default(''),
    at: instant('at').notNull(),
    standing: text('standing', { enum: standings }).notNull(),
    text: text('text').notNull(),
    /** empty: not for the public */
    publicText: text('public_text').notNull(),
    nextAt: instant('next_at'),
    state: text('state', { enum: updateStates }).notNull(),
    /** grows with every edit; who sends names the one that they saw */
    revision: integer('revision').notNull().default(0),
    /** events that it was drafted from, by seq; a person's own has none */
    draftedFrom: json('drafted_from').$type<number[]>().notNull(),
    /** the event that called for it: each drafts one for a page, however often it is looked at */
    seq: bigint('seq', { mode: 'number' }),
    createdBy: text('created_by').notNull(),
    createdAt: instant('created_at').notNull(),
    editedBy: text('edited_by'),
    /** who sent or dropped it, and when */
    endedBy: text('ended_by'),
    endedAt: instant('ended_at'),
  },
  (t) => [
    index('status_update_of').on(t.pageId, t.createdAt),
    uniqueIndex('status_update_one_per_event').on(t.pageId, t.seq).where(sql`${t.seq} is not null`),
  ],
);

/** What of the history has been looked at for something to tell; one row. */
export const statusCursor = cursorTable('status_cursor');
