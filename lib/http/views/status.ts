/** The shapes that status pages answer with; tests hold real answers against them. */
import { z } from 'zod';
import {
  type LinkView,
  moments,
  type StatusLine,
  type StatusView,
  standings,
  statusSubjects,
  type UpdateView,
  updateStates,
} from '@/lib/status/model';

const instant = z.iso.datetime();

export const updateView = z.object({
  id: z.string(),
  pageId: z.string(),
  moment: z.enum(moments).meta({ description: 'written: a person’s own' }),
  headline: z.string().meta({ description: 'of a draft: what happened, in one sentence; of a person’s own: empty' }),
  standing: z.enum(standings).meta({ description: 'how things stand once it is sent' }),
  text: z.string(),
  publicText: z.string().meta({ description: 'empty: not for the public' }),
  nextAt: instant.nullable().meta({ description: 'until when there will be news; null: not promised' }),
  state: z.enum(updateStates).meta({ description: 'what was sent is never changed' }),
  revision: z.number().int(),
  draftedFrom: z.array(z.number().int()).meta({ description: 'events of the history, by seq' }),
  outdated: z.boolean().meta({ description: 'something has happened since that a newer draft tells of' }),
  createdBy: z.string(),
  createdAt: instant,
  editedBy: z.string().nullable(),
  endedBy: z.string().nullable().meta({ description: 'who sent or dropped it' }),
  endedAt: instant.nullable(),
}) satisfies z.ZodType<UpdateView>;

export const statusLineView = z.object({
  id: z.string(),
  subject: z.object({ kind: z.enum(statusSubjects), id: z.string() }),
  feature: z.string(),
  environment: z.string(),
  title: z.string(),
  now: z
    .object({ text: z.string(), since: instant, event: z.number().int() })
    .nullable()
    .meta({ description: 'what happened last, and the event that says so' }),
  drafts: z.number().int().meta({ description: 'how many wait for a person' }),
  sentAt: instant.nullable(),
  public: z.boolean(),
  closed: z.boolean(),
  createdBy: z.string(),
  createdAt: instant,
}) satisfies z.ZodType<StatusLine>;

export const statusPageView = statusLineView.extend({
  publicTitle: z.string().nullable(),
  link: z.object({ madeBy: z.string(), madeAt: instant }).nullable(),
  updates: z.array(updateView).meta({ description: 'newest first' }),
}) satisfies z.ZodType<StatusView>;

export const statusLinkView = z.object({
  path: z.string().meta({ description: 'holds the secret; shown this once' }),
  url: z.string().nullable().meta({ description: 'where somebody has said how this console is reached' }),
}) satisfies z.ZodType<LinkView>;
