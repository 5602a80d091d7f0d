/** The timeline as people left it: what was drafted, with what was hidden, corrected and added, each with its trace. Pure. */
import type { Curation, Document, TimelineEntry } from './model';

export type CuratedEntry = TimelineEntry & {
  hidden: boolean;
  /** written by a person, not drafted */
  added: boolean;
  /** as it was drafted, where a person corrected it */
  was: { at: string; text: string } | null;
  /** who changed it and why, oldest first */
  trace: Curation[];
};

/** In the order of time; a curation of an entry that a redraft has not drafted again changes nothing, and stays on record. */
export function curatedTimeline({ draft, curations }: Pick<Document, 'draft' | 'curations'>): CuratedEntry[] {
  const drafted = draft.timeline.map(
    (entry): CuratedEntry => ({
      ...entry,
      hidden: false,
      added: false,
      was: null,
      trace: [],
    }),
  );
  const added = curations.flatMap((c): CuratedEntry[] => (c.kind === 'add' ? [addedEntry(c)] : []));
  const all = new Map([...drafted, ...added].map((entry) => [entry.id, entry]));
  for (const curation of curations) {
    if (curation.kind === 'add') continue;
    const entry = all.get(curation.entry);
    if (entry) all.set(entry.id, applied(entry, curation));
  }
  return [...all.values()].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

const addedId = (id: string): string => `added/${id}`;

function addedEntry(curation: Extract<Curation, { kind: 'add' }>): CuratedEntry {
  return {
    id: addedId(curation.id),
    at: curation.at,
    text: curation.text,
    tone: 'plain',
    who: curation.by,
    sources: [],
    milestone: null,
    minor: false,
    hidden: false,
    added: true,
    was: null,
    trace: [curation],
  };
}

function applied(entry: CuratedEntry, curation: Exclude<Curation, { kind: 'add' }>): CuratedEntry {
  const trace = [...entry.trace, curation];
  if (curation.kind === 'hide') return { ...entry, trace, hidden: true };
  if (curation.kind === 'show') return { ...entry, trace, hidden: false, minor: false };
  const { at = entry.at, text = entry.text } = curation;
  return { ...entry, trace, at, text, was: entry.was ?? { at: entry.at, text: entry.text } };
}

/** Curations of entries that are not drafted any more: what they were about is gone, what was said is not. */
export function adrift({ draft, curations }: Pick<Document, 'draft' | 'curations'>): Curation[] {
  const known = new Set([
    ...draft.timeline.map(({ id }) => id),
    ...curations.flatMap((c) => (c.kind === 'add' ? [addedId(c.id)] : [])),
  ]);
  return curations.filter((c) => c.kind !== 'add' && !known.has(c.entry));
}
