/** Post-mortems: what is recorded, what is drafted from it, and how people finish it. Safe in a browser. */
import { z } from 'zod';
import type { roles } from '@/lib/access/model';
import type { ActionView } from './action-model';

/**
 * What a report is about. `rollback`: a rollout was rolled back, wholly or for some cohorts, proven or not.
 * `drill_run`: a rehearsal that failed. `stretch`: any time that a person names.
 */
export const subjectKinds = ['rollback', 'drill_run', 'stretch'] as const;
export type SubjectKind = (typeof subjectKinds)[number];
export type Subject = {
  kind: SubjectKind;
  /** of the rollback or the run; null: a stretch */
  id: string | null;
  feature: string;
  environment: string;
  rolloutId: string | null;
};

/** Where a sentence or a figure comes from: an event of the history, a figure, or a piece of the frozen evidence. */
export type Source = { kind: 'event'; seq: number } | { kind: 'figure'; id: string } | { kind: 'evidence'; id: string };

/** A run of words; with sources, a click shows them. */
export type Span = { text: string; sources: Source[] };
/** One plain sentence, of spans that read as one; at least one of them has a source. Text only, never markup. */
export type Sentence = { id: string; spans: Span[] };

export const figureUnits = ['count', 'requests', 'errors', 'conversions', 'users', 'share', 'ms', 'points'] as const;
/**
 * One number of the report. `unknown` says why and has no value; an interval has its level. `method` names the formula
 * and its source, `inputs` what went into it, so that a reader can compute it again.
 */
export type Figure = {
  /** `impact/errors`, `impact/errors/beta`, `clock/detect` */
  id: string;
  label: string;
  state: 'known' | 'unknown';
  value: number | null;
  unit: (typeof figureUnits)[number];
  low: number | null;
  high: number | null;
  level: number | null;
  why: string;
  method: string;
  inputs: Record<string, number | string | null>;
  sources: Source[];
};

export const milestoneNames = ['started', 'onset', 'detected', 'decided', 'acted', 'propagated', 'recovered'] as const;
export type MilestoneName = (typeof milestoneNames)[number];
export type Milestone = { name: MilestoneName; at: string | null; sources: Source[]; why: string };

/** `hidden` and `text` come from people's curations, each of which stays on record. */
export type TimelineEntry = {
  /** `event/123`, `detection/errors/beta`, `milestone/detected`, `added/cur_…` */
  id: string;
  at: string;
  text: string;
  tone: 'good' | 'bad' | 'warn' | 'plain';
  who: string;
  sources: Source[];
  milestone: MilestoneName | null;
  /** not shown unless asked for: of little weight by itself */
  minor: boolean;
};

export const changeKinds = [
  'stage',
  'configuration',
  'migration',
  'override',
  'feature',
  'deployment',
  'rollback',
  'other',
] as const;
/** Something that changed near the onset. Near is not the cause. */
export type NearChange = {
  at: string;
  kind: (typeof changeKinds)[number];
  text: string;
  /** before the onset is negative */
  offsetMs: number;
  sources: Source[];
};
/** One attribute value, version or cohort, by how much of the excess it carries. */
export type Candidate = {
  criterion: string;
  /** the cohort that was looked at; null: all of them */
  cohort: string | null;
  key: string;
  value: string | null;
  /** of the total; null where the total is not worse */
  share: number | null;
  /** its part of the candidate's traffic */
  traffic: number | null;
  excess: number;
  low: number;
  high: number;
  clear: boolean;
  newHere: boolean;
  symptom: boolean;
  sources: Source[];
};

/** In the order of the page. `impact`, `timeline`, `evidence` and `causes` show tables and charts too. */
export const sectionNames = [
  'summary',
  'impact',
  'timeline',
  'causes',
  'trigger',
  'resolution',
  'well',
  'wrong',
  'lucky',
  'factors',
  'lessons',
  'evidence',
] as const;
export type SectionName = (typeof sectionNames)[number];
/** What Belay drafted; a redraft replaces it, and nothing that a person wrote. */
export type DraftSection = { sentences: Sentence[] };
export type Draft = {
  title: string;
  sections: Record<SectionName, DraftSection>;
  figures: Figure[];
  milestones: Milestone[];
  timeline: TimelineEntry[];
  candidates: Candidate[];
  changes: NearChange[];
  /** the evidence that it was drafted from */
  evidence: { number: number; hash: string };
};

/** Of one section: what a person wrote (Markdown; empty: nothing) and which drafted sentences are struck out. */
export type Written = { text: string; struck: string[] };
export const curationInput = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('hide'),
    entry: z.string().min(1).max(200),
    reason: z.string().trim().min(1).max(500),
  }),
  z.strictObject({
    kind: z.literal('show'),
    entry: z.string().min(1).max(200),
    reason: z.string().trim().min(1).max(500),
  }),
  z.strictObject({
    kind: z.literal('correct'),
    entry: z.string().min(1).max(200),
    at: z.iso.datetime().optional(),
    text: z.string().trim().min(1).max(1000).optional(),
    reason: z.string().trim().min(1).max(500),
  }),
  z.strictObject({
    kind: z.literal('add'),
    at: z.iso.datetime(),
    text: z.string().trim().min(1).max(1000),
    reason: z.string().trim().max(500).default(''),
  }),
]);
export type Curation = z.output<typeof curationInput> & { id: string; by: string; madeAt: string };

/** Everything that a version holds, and a seal covers. */
export type Document = {
  title: string;
  draft: Draft;
  written: Partial<Record<SectionName, Written>>;
  curations: Curation[];
  links: Array<{ id: string; title: string; url: string; by: string; at: string }>;
};

/** What a person gave a report before anything was drafted. */
export type Begun = { title: string | null; written: Document['written'] };

export const postmortemStates = ['draft', 'in_review', 'published', 'amended'] as const;
export type PostmortemState = (typeof postmortemStates)[number];
/** Whoever has less than this role does not see it. */
export const audienceRoles = [
  'viewer',
  'operator',
  'approver',
  'admin',
] as const satisfies readonly (typeof roles)[number][];

export const commentInput = z.strictObject({
  section: z.enum(sectionNames),
  text: z.string().trim().min(1).max(10_000),
});
export type CommentView = z.output<typeof commentInput> & {
  id: string;
  by: string;
  at: string;
  resolved: { by: string; at: string } | null;
};
export const reviewStates = ['asked', 'approved', 'changes'] as const;
export type ReviewView = {
  person: string;
  state: (typeof reviewStates)[number];
  note: string;
  at: string;
  version: number;
  /** what a reader sees that differs from the version that was looked at, in words */
  changed: string[];
  /** an approval of what has changed since counts no more; one that a reader sees no change of does */
  stale: boolean;
};

export type VersionView = {
  number: number;
  state: PostmortemState;
  hash: string;
  evidence: number;
  by: string;
  at: string;
  note: string;
};
/** What no version covers and lists and rights read; each sealing event repeats it. */
export type Register = {
  audience: (typeof audienceRoles)[number];
  from: string;
  to: string;
  publishedAt: string | null;
};
/** What checking the seals found. `broken` names the first thing that is not as it was sealed. */
export type SealView = { state: 'intact' | 'broken' | 'unsealed'; detail: string; checkedAt: string };

export type PostmortemLine = {
  id: string;
  title: string;
  subject: Subject;
  state: PostmortemState;
  from: string;
  to: string;
  summary: string;
  openActions: number;
  overdueActions: number;
  createdAt: string;
  publishedAt: string | null;
  /** where something was searched for: the words around it */
  excerpt?: string | null;
};
export type PostmortemView = PostmortemLine & {
  revision: number;
  audience: (typeof audienceRoles)[number];
  document: Document;
  /** drafting again is due: facts are still coming in */
  settling: boolean;
  seal: SealView;
  reviews: ReviewView[];
  comments: CommentView[];
  actions: ActionView[];
  versions: VersionView[];
  related: RelatedView[];
};
export type RelatedView = { id: string; title: string; why: string; at: string };
