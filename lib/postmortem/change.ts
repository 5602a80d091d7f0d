/** A person's edit of a report: what it becomes, or what is wrong with the edit. Pure. */
import type { z } from 'zod';
import type { FieldError } from '@/lib/errors';
import { plain } from './draft/sentence';
import type { editInput } from './input-model';
import { linked, type Made, mostLinks } from './link';
import { type Curation, type Document, type SectionName, sectionNames, type Written } from './model';

type Edit = Pick<z.output<typeof editInput>, 'title' | 'sections' | 'curate' | 'links'>;
const mostCurations = 2_000;
/** Of all that people wrote in one report. */
const mostWritten = 400_000;

export type Changed = {
  document: Document;
  /** what was touched, as it is told: sections, `title`, `links` */
  touched: string[];
};

export function changed(before: Document, edit: Edit, made: Made): Changed | { faults: FieldError[] } {
  const faults = faultsOf(before, edit);
  if (faults.length > 0) return { faults };
  const document: Document = {
    ...before,
    title: edit.title === undefined ? before.title : plain(edit.title, 200),
    written: writtenOver(before.written, edit.sections),
    curations: [...before.curations, ...(edit.curate ?? []).map((of) => curation(of, made))],
    links: edit.links ? linked(before.links, edit.links, made) : before.links,
  };
  const long = Object.values(document.written).reduce((n, { text }) => n + text.length, 0);
  if (long > mostWritten)
    return { faults: [{ field: 'sections', message: `are longer than ${mostWritten} letters together` }] };
  if (document.links.length > mostLinks)
    return { faults: [{ field: 'links.add', message: `no more than ${mostLinks} links are kept` }] };
  return { document, touched: touchedBetween(before, document) };
}

const curation = (of: NonNullable<Edit['curate']>[number], { by, at, id }: Made): Curation =>
  ({
    ...of,
    ...('text' in of && of.text !== undefined ? { text: plain(of.text, 1000) } : {}),
    id: id('cur'),
    by,
    madeAt: at,
  }) as Curation;

function writtenOver(before: Document['written'], sections: Edit['sections'] = {}): Document['written'] {
  const after = { ...before };
  for (const name of sectionNames) {
    const edit = sections[name];
    if (!edit) continue;
    const old = before[name] ?? { text: '', struck: [] };
    const next: Written = { text: edit.text ?? old.text, struck: [...new Set(edit.struck ?? old.struck)] };
    if (next.text === '' && next.struck.length === 0) delete after[name];
    else after[name] = next;
  }
  return after;
}

/** What is named must be there: a sentence of the draft, an entry of the timeline, a link. */
function faultsOf({ draft, written, curations, links }: Document, edit: Edit): FieldError[] {
  const faults: FieldError[] = [];
  for (const [name, { struck = [] } = {}] of Object.entries(edit.sections ?? {}) as Array<
    [SectionName, Partial<Written>]
  >) {
    const known = new Set([...draft.sections[name].sentences.map(({ id }) => id), ...(written[name]?.struck ?? [])]);
    const lost = struck.findIndex((id) => !known.has(id));
    if (lost >= 0)
      faults.push({
        field: `sections.${name}.struck[${lost}]`,
        message: 'is no sentence of the draft of this section',
      });
  }
  const added = curations.flatMap((c) => (c.kind === 'add' ? [`added/${c.id}`] : []));
  const entries = new Set([...draft.timeline.map(({ id }) => id), ...added]);
  for (const [i, of] of (edit.curate ?? []).entries()) {
    if (of.kind !== 'add' && !entries.has(of.entry))
      faults.push({ field: `curate[${i}].entry`, message: 'is no entry of the timeline' });
    if (of.kind === 'correct' && of.at === undefined && of.text === undefined)
      faults.push({ field: `curate[${i}]`, message: 'corrects neither the time nor the text' });
  }
  if (curations.length + (edit.curate ?? []).length > mostCurations)
    faults.push({ field: 'curate', message: `no more than ${mostCurations} curations are kept` });
  for (const [i, id] of (edit.links?.remove ?? []).entries())
    if (!links.some((link) => link.id === id))
      faults.push({ field: `links.remove[${i}]`, message: 'is no link of it' });
  return faults;
}

function touchedBetween(before: Document, after: Document): string[] {
  const sections = sectionNames.filter(
    (name) => JSON.stringify(before.written[name]) !== JSON.stringify(after.written[name]),
  );
  return [
    ...(before.title === after.title ? [] : ['title']),
    ...sections,
    ...(before.curations.length === after.curations.length || sections.includes('timeline') ? [] : ['timeline']),
    ...(JSON.stringify(before.links) === JSON.stringify(after.links) ? [] : ['links']),
  ];
}
