/** What people who are not operators are told of a rollout or an incident. Safe in a browser. */
import { z } from 'zod';

/** `postmortem`: a rollback that has a report; `incident`: one that a person has marked; `drill`: a run that failed. */
export const statusSubjects = ['rollout', 'postmortem', 'incident', 'drill'] as const;
export type StatusSubject = (typeof statusSubjects)[number];

/** What an update is about. `written`: a person's own, such as a correction of one that was sent. */
export const moments = [
  'started',
  'widened',
  'held',
  'resumed',
  'rolled_back',
  'partly_rolled_back',
  'return_proven',
  'return_unconfirmed',
  'finished',
  'published',
  'marked',
  'goes_on',
  'ended',
  'drill_failed',
  'written',
] as const;
export type Moment = (typeof moments)[number];

/** How things stand once an update is sent: what the public page says in its one sentence. */
export const standings = [
  'in_progress',
  'paused',
  'trouble',
  'returning',
  'unsure',
  'returned',
  'over',
  'finished',
] as const;
export type Standing = (typeof standings)[number];

export type StandingTone = 'good' | 'bad' | 'warn' | 'plain';
/** `says` is what strangers read, so it names nothing. */
export const standingWords: Record<Standing, { label: string; says: string; tone: StandingTone }> = {
  in_progress: { label: 'Under way', says: 'A change is being introduced step by step', tone: 'plain' },
  paused: { label: 'Paused', says: 'The introduction of a change is paused', tone: 'warn' },
  trouble: { label: 'Trouble', says: 'There is a problem, and we are looking into it', tone: 'bad' },
  returning: { label: 'Going back', says: 'A change is being taken back', tone: 'bad' },
  unsure: { label: 'Not yet back', says: 'A change is being taken back; it is not complete yet', tone: 'bad' },
  returned: { label: 'Back to normal', says: 'Things are as they were before the change', tone: 'good' },
  over: { label: 'Over', says: 'The problem is over', tone: 'good' },
  finished: { label: 'Finished', says: 'The change is complete', tone: 'good' },
};

export const updateStates = ['draft', 'sent', 'dropped'] as const;
export type UpdateState = (typeof updateStates)[number];

const words = z.string().trim().max(4_000);
const said = words.min(1, 'say something');
const nextAt = z.iso
  .datetime()
  .refine((at) => !(Date.parse(at) > Date.UTC(2100, 0)), 'is too far away')
  .nullable();

const standing = z.enum(standings).meta({ description: 'how things stand once it is sent' });
const inside = said.meta({ description: 'for people of the organisation; goes out as a notice' });
const outside = words.meta({ description: 'what the public page shows; empty: nothing of it' });
const promised = nextAt.meta({ description: 'until when there will be news; null: not promised' });

export const updateInput = z
  .strictObject({ standing, text: inside, publicText: outside.default(''), nextAt: promised.default(null) })
  .meta({
    examples: [
      {
        standing: 'returned',
        text: 'Correction: orders of this morning were not lost, only shown late.',
        publicText: 'Correction: no order was lost; some were shown late.',
        nextAt: null,
      },
    ],
  });
/** What is left out stays. */
export const updateChange = z.strictObject({
  basedOn: z.number().int().min(0).meta({ description: 'the revision that was seen' }),
  standing: standing.optional(),
  text: inside.optional(),
  publicText: outside.optional(),
  nextAt: promised.optional(),
});
/** Approves exactly the words of that revision. */
export const sendInput = z.strictObject({
  basedOn: z.number().int().min(0).meta({ description: 'the revision that was read and is approved' }),
});
export const dropInput = z
  .strictObject({ reason: z.string().trim().min(1, 'say why').max(500) })
  .meta({ examples: [{ reason: 'told in the meeting already' }] });

export const pageInput = z
  .strictObject({ subject: z.enum(statusSubjects), id: z.string().trim().min(1).max(100) })
  .meta({ examples: [{ subject: 'rollout', id: 'rol_01kb5x6m2p8q4r7s9t0v1w2y3z' }] });
export const linkInput = z.strictObject({
  title: z
    .string()
    .trim()
    .min(1, 'say what the public page is headed with')
    .max(200)
    .meta({
      description: 'what strangers may read of it: a feature’s own key is often none of their business',
      examples: ['Checkout'],
    }),
});
export const closeInput = z
  .strictObject({ reason: z.string().trim().min(1, 'say why').max(500) })
  .meta({ examples: [{ reason: 'everybody knows, and the report is out' }] });

export type UpdateView = {
  id: string;
  pageId: string;
  moment: Moment;
  /** of a draft: what happened, in one sentence; of a person's own: empty */
  headline: string;
  standing: Standing;
  text: string;
  publicText: string;
  nextAt: string | null;
  state: UpdateState;
  revision: number;
  /** events of the history, by seq */
  draftedFrom: number[];
  /** something has happened since that a newer draft tells of */
  outdated: boolean;
  createdBy: string;
  createdAt: string;
  editedBy: string | null;
  endedBy: string | null;
  endedAt: string | null;
};

export type StatusLine = {
  id: string;
  subject: { kind: StatusSubject; id: string };
  feature: string;
  environment: string;
  title: string;
  /** null: nothing has happened that is told */
  now: { text: string; since: string; event: number } | null;
  /** how many drafts wait for a person */
  drafts: number;
  sentAt: string | null;
  public: boolean;
  closed: boolean;
  createdBy: string;
  createdAt: string;
};
export type StatusView = StatusLine & {
  publicTitle: string | null;
  link: { madeBy: string; madeAt: string } | null;
  /** newest first */
  updates: UpdateView[];
};
/** Shown once. `url`: where somebody has said how this console is reached, else null. */
export type LinkView = { path: string; url: string | null };

/** All that a stranger with the link is given. */
export type PublicPage = {
  title: string;
  standing: { text: string; tone: StandingTone; since: string } | null;
  closed: boolean;
  next: string | null;
  updates: Array<{ at: string; text: string }>;
  more: boolean;
};
