/** The shapes that post-mortems and their action items answer with; tests hold real answers against them. */
import { z } from 'zod';
import {
  type ActionView,
  actionInput,
  actionStates,
  type DaysView,
  daysInput,
  trackerInput,
  trackingStates,
} from '@/lib/postmortem/action-model';
import type { VersionComparison } from '@/lib/postmortem/compare';
import { clockNames } from '@/lib/postmortem/learn/trend';
import type { TrendsView } from '@/lib/postmortem/learn/trends';
import {
  audienceRoles,
  type CommentView,
  type Curation,
  changeKinds,
  commentInput,
  type Document,
  figureUnits,
  milestoneNames,
  type PostmortemLine,
  type PostmortemView,
  postmortemStates,
  reviewStates,
  type Sentence,
  type Source,
  sectionNames,
  subjectKinds,
} from '@/lib/postmortem/model';
import type { EvidenceView, WholeVersion } from '@/lib/postmortem/postmortem';

const instant = z.iso.datetime();

const source = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('event'), seq: z.number().int() }),
  z.object({ kind: z.literal('figure'), id: z.string() }),
  z.object({ kind: z.literal('evidence'), id: z.string() }),
]) satisfies z.ZodType<Source>;
const sources = z.array(source);

const sentence = z.object({
  id: z.string(),
  spans: z.array(z.object({ text: z.string(), sources })),
}) satisfies z.ZodType<Sentence>;

const figure = z.object({
  id: z.string(),
  label: z.string(),
  state: z.enum(['known', 'unknown']),
  value: z.number().nullable(),
  unit: z.enum(figureUnits),
  low: z.number().nullable(),
  high: z.number().nullable(),
  level: z.number().nullable(),
  why: z.string().meta({ description: 'why it is not known, or what it rests on' }),
  method: z.string(),
  inputs: z.record(z.string(), z.union([z.number(), z.string(), z.null()])),
  sources,
});

const milestone = z.object({
  name: z.enum(milestoneNames),
  at: instant.nullable(),
  sources,
  why: z.string(),
});

const timelineEntry = z.object({
  id: z.string(),
  at: instant,
  text: z.string(),
  tone: z.enum(['good', 'bad', 'warn', 'plain']),
  who: z.string(),
  sources,
  milestone: z.enum(milestoneNames).nullable(),
  minor: z.boolean(),
});

const candidate = z.object({
  criterion: z.string(),
  cohort: z.string().nullable(),
  key: z.string(),
  value: z.string().nullable(),
  share: z.number().nullable(),
  traffic: z.number().nullable(),
  excess: z.number(),
  low: z.number(),
  high: z.number(),
  clear: z.boolean(),
  newHere: z.boolean(),
  symptom: z.boolean(),
  sources,
});

const nearChange = z.object({
  at: instant,
  kind: z.enum(changeKinds),
  text: z.string(),
  offsetMs: z.number(),
  sources,
});

const made = { id: z.string(), by: z.string(), madeAt: instant };
const curation = z.discriminatedUnion('kind', [
  z.object({ ...made, kind: z.literal('hide'), entry: z.string(), reason: z.string() }),
  z.object({ ...made, kind: z.literal('show'), entry: z.string(), reason: z.string() }),
  z.object({
    ...made,
    kind: z.literal('correct'),
    entry: z.string(),
    at: instant.optional(),
    text: z.string().optional(),
    reason: z.string(),
  }),
  z.object({ ...made, kind: z.literal('add'), at: instant, text: z.string(), reason: z.string() }),
]) satisfies z.ZodType<Curation>;

const link = z.object({ id: z.string(), title: z.string(), url: z.string(), by: z.string(), at: instant });
const sections = z.record(z.enum(sectionNames), z.object({ sentences: z.array(sentence) }));

const document = z.object({
  title: z.string(),
  draft: z.object({
    title: z.string(),
    sections,
    figures: z.array(figure),
    milestones: z.array(milestone),
    timeline: z.array(timelineEntry),
    candidates: z.array(candidate),
    changes: z.array(nearChange),
    evidence: z.object({ number: z.number().int(), hash: z.string() }),
  }),
  written: z.partialRecord(z.enum(sectionNames), z.object({ text: z.string(), struck: z.array(z.string()) })),
  curations: z.array(curation),
  links: z.array(link),
}) satisfies z.ZodType<Document>;

export const postmortemLine = z.object({
  id: z.string(),
  title: z.string(),
  subject: z.object({
    kind: z.enum(subjectKinds),
    id: z.string().nullable().meta({ description: 'of the rollback or the run; null: a stretch of time' }),
    feature: z.string(),
    environment: z.string(),
    rolloutId: z.string().nullable(),
  }),
  state: z.enum(postmortemStates),
  from: instant,
  to: instant,
  summary: z.string(),
  openActions: z.number().int(),
  overdueActions: z.number().int(),
  createdAt: instant,
  publishedAt: instant.nullable(),
  excerpt: z.string().nullable().optional().meta({ description: 'where q was found: the words around it' }),
}) satisfies z.ZodType<PostmortemLine>;

export const actionView = actionInput.extend({
  detail: z.string(),
  type: actionInput.shape.type.unwrap(),
  priority: actionInput.shape.priority.unwrap(),
  id: z.string(),
  postmortemId: z.string(),
  postmortemTitle: z.string(),
  feature: z.string(),
  state: z.enum(actionStates),
  revision: z.number().int(),
  overdue: z.boolean().meta({ description: 'open, and its day is over (UTC)' }),
  tracking: z
    .object({ state: z.enum(trackingStates), attempts: z.number().int(), lastError: z.string().nullable() })
    .nullable()
    .meta({ description: 'of its newest state to the tracker; null: none is told' }),
  tracker: z.object({ url: z.string(), at: instant }).nullable(),
  createdBy: z.string(),
  createdAt: instant,
  closedAt: instant.nullable(),
  closedBy: z.string().nullable(),
}) satisfies z.ZodType<ActionView>;

export const commentView = commentInput.extend({
  id: z.string(),
  by: z.string(),
  at: instant,
  resolved: z.object({ by: z.string(), at: instant }).nullable(),
}) satisfies z.ZodType<CommentView>;

const version = z.object({
  number: z.number().int(),
  state: z.enum(postmortemStates),
  hash: z.string(),
  evidence: z.number().int(),
  by: z.string(),
  at: instant,
  note: z.string(),
});
export const wholeVersionView = version.extend({ document }) satisfies z.ZodType<WholeVersion>;

export const evidenceView = z.object({
  number: z.number().int(),
  hash: z.string().meta({ description: 'SHA-256 of facts, hex' }),
  takenAt: instant,
  facts: z.string().meta({ description: 'canonical JSON, as the text that was hashed' }),
}) satisfies z.ZodType<EvidenceView>;

export const postmortemView = postmortemLine.extend({
  revision: z.number().int(),
  audience: z.enum(audienceRoles),
  document,
  settling: z.boolean().meta({ description: 'facts are still coming in: it is drafted again' }),
  seal: z.object({
    state: z.enum(['intact', 'broken', 'unsealed']),
    detail: z.string().meta({ description: 'broken: the first thing that is not as it was sealed' }),
    checkedAt: instant,
  }),
  reviews: z.array(
    z.object({
      person: z.string(),
      state: z.enum(reviewStates),
      note: z.string(),
      at: instant,
      version: z.number().int(),
      changed: z
        .array(z.string())
        .meta({ description: 'what a reader sees that has changed since that version, in words' }),
      stale: z.boolean().meta({ description: 'what a reader sees has changed since: the answer counts no more' }),
    }),
  ),
  comments: z.array(commentView),
  actions: z.array(actionView),
  versions: z.array(version),
  related: z.array(z.object({ id: z.string(), title: z.string(), why: z.string(), at: instant })),
}) satisfies z.ZodType<PostmortemView>;

export const versionComparisonView = z.object({
  from: version,
  to: version,
  title: z.object({ from: z.string(), to: z.string() }).nullable(),
  sections: z.array(
    z.object({
      name: z.enum(sectionNames),
      lines: z.array(z.object({ kind: z.enum(['same', 'added', 'removed']), text: z.string() })),
    }),
  ),
  curations: z.array(curation),
  links: z.object({ added: z.array(link), removed: z.array(link) }),
  figures: z.array(
    z.object({ id: z.string(), label: z.string(), from: z.number().nullable(), to: z.number().nullable() }),
  ),
  actions: z.array(z.object({ seq: z.number().int(), at: instant, by: z.string(), what: z.string() })),
}) satisfies z.ZodType<VersionComparison>;

const rate = z.object({
  n: z.number().int(),
  of: z.number().int(),
  share: z.number().nullable().meta({ description: 'null: there were none to count' }),
  low: z.number().nullable(),
  high: z.number().nullable(),
});
const median = z.object({ n: z.number().int(), unknown: z.number().int(), medianMs: z.number().nullable() });
const trend = {
  changeFailure: rate.meta({ description: 'rolled back of all rollouts that ended, with a 95 % interval (Wilson)' }),
  partly: z.number().int(),
  reports: z.number().int(),
  clocks: z.record(z.enum(clockNames), median),
  inTime: rate.meta({ description: 'done by their day, of all action items that were due and not dropped' }),
};
export const trendsView = z.object({
  from: instant,
  to: instant,
  all: z.object(trend),
  months: z.array(z.object({ month: z.string(), ...trend })),
  features: z.array(z.object({ feature: z.string(), ...trend })),
  repeats: z.array(
    z.object({
      cause: z.string(),
      features: z.array(z.string()),
      count: z.number().int().meta({ description: 'how many reports have it' }),
      reports: z
        .array(z.object({ id: z.string(), title: z.string(), at: instant }))
        .meta({ description: 'the newest 20 of them' }),
    }),
  ),
  moreRepeats: z.number().int().meta({ description: 'further causes that came again, which are not listed' }),
}) satisfies z.ZodType<TrendsView>;

export const daysView = daysInput.extend({ today: z.iso.date() }) satisfies z.ZodType<DaysView>;
export const trackerView = trackerInput;
