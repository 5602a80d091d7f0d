/**
 * A report as one JSON that can be checked without Belay. Pure.
 *
 * `evidence.hash` is the SHA-256 of the canonical JSON (RFC 8785) of `evidence.facts`; the hash of the newest version
 * that of `{document, evidenceHash, number, previousHash, state}`, its document as canonical JSON text.
 *
 * Its shapes stand here though REST has ones that look alike (`lib/http/views/postmortems.ts`): a file that was handed
 * out is read by its format for ever, so these change with `exportFormat` only, while REST changes with Belay; and what
 * is not named here is left out of a file, where REST answers as it is.
 */
import { z } from 'zod';
import { actionStates, actionTypes, priorities } from '../action-model';
import type { Facts } from '../facts';
import type { PostmortemView } from '../model';
import { figureUnits, milestoneNames, postmortemStates, reviewStates, sectionNames, subjectKinds } from '../model';
import { type Report, reportOf } from './report';

export const exportFormat = 'belay.postmortem/1';

const text = z.string();
const at = z.iso.datetime();
const source = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('event'), seq: z.int() }),
  z.object({ kind: z.enum(['figure', 'evidence']), id: text }),
]);
const sentence = z.object({ id: text, spans: z.array(z.object({ text, sources: z.array(source) })) });
const figure = z.object({
  id: text,
  label: text,
  state: z.enum(['known', 'unknown']),
  value: z.number().nullable(),
  unit: z.enum(figureUnits),
  low: z.number().nullable(),
  high: z.number().nullable(),
  level: z.number().nullable(),
  why: text,
  method: text,
  inputs: z.record(text, z.union([z.number(), text, z.null()])),
  sources: z.array(source),
});
const change = z.object({ kind: z.enum(['hide', 'show', 'correct', 'add']), by: text, madeAt: at, reason: text });
const entry = z.object({
  id: text,
  at,
  text,
  who: text,
  milestone: z.enum(milestoneNames).nullable(),
  sources: z.array(source),
  minor: z.boolean(),
  hidden: z.boolean(),
  added: z.boolean(),
  was: z.object({ at, text }).nullable(),
  trace: z.array(change),
});
const action = z.object({
  id: text,
  title: text,
  detail: text,
  type: z.enum(actionTypes),
  owner: text,
  dueOn: z.iso.date(),
  priority: z.enum(priorities),
  state: z.enum(actionStates),
  overdue: z.boolean(),
});

export const exportSchema = z.object({
  format: z.literal(exportFormat),
  id: text,
  title: text,
  state: z.enum(postmortemStates),
  subject: z.object({
    kind: z.enum(subjectKinds),
    id: text.nullable(),
    feature: text,
    environment: text,
    rolloutId: text.nullable(),
  }),
  from: at,
  to: at,
  baseline: text.nullable(),
  candidate: text.nullable(),
  revision: z.int(),
  createdAt: at,
  publishedAt: at.nullable(),
  /** drafted sentences that stand, those struck out, and what people wrote as Markdown */
  sections: z.array(
    z.object({
      name: z.enum(sectionNames),
      title: text,
      sentences: z.array(sentence),
      struck: z.array(sentence),
      text,
    }),
  ),
  figures: z.array(figure),
  milestones: z.array(
    z.object({ name: z.enum(milestoneNames), at: at.nullable(), why: text, sources: z.array(source) }),
  ),
  /** with what is hidden or of little weight, marked as such */
  timeline: z.array(entry),
  candidates: z.array(
    z.object({
      criterion: text,
      cohort: text.nullable(),
      key: text,
      value: text.nullable(),
      share: z.number().nullable(),
      traffic: z.number().nullable(),
      excess: z.number(),
      low: z.number(),
      high: z.number(),
      clear: z.boolean(),
      newHere: z.boolean(),
      symptom: z.boolean(),
      sources: z.array(source),
    }),
  ),
  changes: z.array(z.object({ at, kind: text, text, offsetMs: z.number(), sources: z.array(source) })),
  actions: z.array(action),
  reviews: z.array(z.object({ person: text, state: z.enum(reviewStates), note: text, at })),
  links: z.array(z.object({ id: text, title: text, url: text, by: text, at })),
  sources: z.array(z.object({ ref: text, source, title: text, at: at.nullable(), hash: text.nullable() })),
  versions: z.array(
    z.object({
      number: z.int(),
      state: z.enum(postmortemStates),
      hash: text,
      evidence: z.int(),
      by: text,
      at,
      note: text,
    }),
  ),
  seal: z.object({ state: z.enum(['intact', 'broken', 'unsealed']), detail: text, checkedAt: at }),
  /** as it was sealed: what the newest version's hash covers */
  document: z.unknown(),
  evidence: z.object({ number: z.int(), hash: text, facts: z.unknown() }),
});
export type PostmortemExport = z.output<typeof exportSchema>;

export function toExport(view: PostmortemView, facts: Facts | null): PostmortemExport {
  const report = reportOf(view, facts);
  // What the schema does not name is left out, so nothing gets out that nobody has thought of.
  return exportSchema.parse(JSON.parse(JSON.stringify(exported(view, report))));
}

const exported = (view: PostmortemView, report: Report) => ({
  ...report,
  ...report.head,
  format: exportFormat,
  timeline: [...report.timeline, ...report.untold].sort((a, b) => Date.parse(a.at) - Date.parse(b.at)),
  document: view.document,
  evidence: { ...view.document.draft.evidence, facts: report.facts },
});
