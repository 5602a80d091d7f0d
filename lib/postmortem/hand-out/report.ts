/**
 * A report as it is shown and handed out: drafted sentences less those struck, people's words, the timeline with every
 * change of it on record, and a list of everything that it cites. Pure; page, Markdown, CSV and JSON all read this.
 */

import type { ActionView } from '../action-model';
import { adrift, type CuratedEntry, curatedTimeline } from '../curated';
import type { Facts } from '../facts';
import type {
  Candidate,
  Curation,
  Document,
  Figure,
  Milestone,
  NearChange,
  PostmortemView,
  SectionName,
  Sentence,
  Source,
} from '../model';
import { sectionNames } from '../model';
import { type CitedSource, refOf, sourcesOf } from './reference';

export const sectionTitles: Record<SectionName, string> = {
  summary: 'Summary',
  impact: 'Impact',
  timeline: 'Timeline',
  causes: 'Candidates for the cause',
  trigger: 'Trigger',
  resolution: 'Resolution',
  well: 'What went well',
  wrong: 'What went wrong',
  lucky: 'Where we were lucky',
  factors: 'Contributing factors',
  lessons: 'Lessons',
  evidence: 'Evidence',
};

export type ReadSection = {
  name: SectionName;
  title: string;
  sentences: Sentence[];
  /** drafted and struck out by a person: kept, not shown */
  struck: Sentence[];
  /** what a person wrote; Markdown that nobody has checked */
  text: string;
};

export type Report = {
  head: Pick<
    PostmortemView,
    'id' | 'title' | 'state' | 'subject' | 'from' | 'to' | 'createdAt' | 'publishedAt' | 'revision' | 'settling'
  > & { baseline: string | null; candidate: string | null };
  sections: ReadSection[];
  figures: Figure[];
  milestones: Milestone[];
  timeline: CuratedEntry[];
  /** left out by a person or of little weight */
  untold: CuratedEntry[];
  /** changes of entries that the newest draft no longer has */
  loose: Curation[];
  candidates: Candidate[];
  changes: NearChange[];
  actions: ActionView[];
  links: Document['links'];
  reviews: PostmortemView['reviews'];
  versions: PostmortemView['versions'];
  sources: CitedSource[];
  /** null: the evidence could not be read */
  facts: Facts | null;
  evidence: { number: number; hash: string; takenAt: string | null };
  seal: PostmortemView['seal'];
};

export function reportOf(view: PostmortemView, facts: Facts | null): Report {
  const { document } = view;
  const { draft } = document;
  const sections = sectionNames.map((name) => sectionOf(document, name));
  const entries = curatedTimeline(document);
  const told = ({ hidden, minor }: CuratedEntry) => !hidden && !minor;
  const { id, state, subject, from, to, createdAt, publishedAt, revision, settling } = view;
  const cited = [
    ...sections.flatMap((s) => s.sentences.flatMap(({ spans }) => spans.flatMap((span) => span.sources))),
    ...draft.figures.flatMap((figure): Source[] => [{ kind: 'figure', id: figure.id }, ...figure.sources]),
    ...draft.milestones.flatMap((milestone) => milestone.sources),
    ...entries.flatMap((entry) => entry.sources),
    ...draft.candidates.flatMap((candidate) => candidate.sources),
    ...draft.changes.flatMap((change) => change.sources),
  ];
  return {
    head: {
      ...{ id, state, subject, from, to, createdAt, publishedAt, revision, settling },
      title: document.title,
      baseline: facts?.baseline ?? null,
      candidate: facts?.candidate ?? null,
    },
    sections,
    figures: draft.figures,
    milestones: draft.milestones,
    timeline: entries.filter(told),
    untold: entries.filter((entry) => !told(entry)),
    loose: adrift(document),
    candidates: draft.candidates,
    changes: draft.changes,
    actions: view.actions,
    links: document.links,
    reviews: view.reviews,
    versions: view.versions,
    sources: sourcesOf(cited, draft.figures, facts),
    facts,
    evidence: { ...draft.evidence, takenAt: facts?.takenAt ?? null },
    seal: view.seal,
  };
}

function sectionOf({ draft, written }: Document, name: SectionName): ReadSection {
  const { text = '', struck = [] } = written[name] ?? {};
  const out = new Set(struck);
  const { sentences } = draft.sections[name];
  return {
    name,
    title: sectionTitles[name],
    sentences: sentences.filter(({ id }) => !out.has(id)),
    struck: sentences.filter(({ id }) => out.has(id)),
    text,
  };
}

/** Of everybody; those of cohorts stand under them. */
export const wholeFigures = ({ figures }: Pick<Report, 'figures'>): Figure[] =>
  figures.filter(({ inputs }) => inputs.cohort === null || inputs.cohort === undefined);
/** A figure's cohorts: same figure, one cohort each. */
export const cohortsOf = ({ figures }: Pick<Report, 'figures'>, whole: Figure): Figure[] =>
  figures.filter(({ id, inputs }) => id.startsWith(`${whole.id}/`) && typeof inputs.cohort === 'string');

/** `e123`, `f:impact/errors`, `x:rollback`: how a source is named wherever the report is read. */
export const refs = (sources: readonly Source[], { sources: cited }: Pick<Report, 'sources'>): string[] => [
  ...new Set(sources.map((source) => refOf(source, cited))),
];

/** `[e42] [x1]` */
export const marked = (report: Report, sources: readonly Source[]): string =>
  refs(sources, report)
    .map((ref) => `[${ref}]`)
    .join(' ');
