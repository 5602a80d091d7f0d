/** What changed between two versions of a report, section by section. */
import { and, asc, gt, inArray, lte } from 'drizzle-orm';
import { event } from '@/drizzle/schema/event';
import { authorise } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import { notFound } from '@/lib/errors';
import { textOf } from './draft/sentence';
import { type Curation, type Document, type SectionName, sectionNames, type VersionView } from './model';
import { getVersion } from './postmortem';
import { eventsOfReport } from './store';

export type Line = { kind: 'same' | 'added' | 'removed'; text: string };
export type FigureChange = { id: string; label: string; from: number | null; to: number | null };
export type ActionChange = { seq: number; at: string; by: string; what: string };
export type VersionComparison = {
  from: VersionView;
  to: VersionView;
  title: { from: string; to: string } | null;
  /** those that changed; what is the same is left out but for the lines around a change */
  sections: Array<{ name: SectionName; lines: Line[] }>;
  curations: Curation[];
  links: { added: Document['links']; removed: Document['links'] };
  figures: FigureChange[];
  /** what was done to action items meanwhile, as the history tells */
  actions: ActionChange[];
};

export async function compareVersions(
  ctx: Context,
  id: string,
  { from, to }: { from: number; to: number },
): Promise<VersionComparison> {
  authorise(ctx.actor, 'view');
  const [a, b] = [await getVersion(ctx, id, from), await getVersion(ctx, id, to)];
  if (a.number > b.number) throw notFound('comparison', `of version ${from} with an older one`);
  const rows = await ctx.db
    .select()
    .from(event)
    .where(
      and(
        eventsOfReport(id),
        inArray(event.kind, ['postmortem.action_added', 'postmortem.action_changed']),
        gt(event.at, new Date(a.at)),
        lte(event.at, new Date(b.at)),
      ),
    )
    .orderBy(asc(event.seq))
    .limit(500);
  const { document: _a, ...fromView } = a;
  const { document: _b, ...toView } = b;
  return {
    from: fromView,
    to: toView,
    ...compareDocuments(a.document, b.document),
    actions: rows.map((e) => ({ seq: e.seq, at: e.at.toISOString(), by: e.actorName, what: e.reason })),
  };
}

/** Pure. */
export function compareDocuments(a: Document, b: Document): Omit<VersionComparison, 'from' | 'to' | 'actions'> {
  const sections = sectionNames.flatMap((name) => {
    const lines = compareLines(linesOf(a, name), linesOf(b, name));
    return lines.some(({ kind }) => kind !== 'same') ? [{ name, lines: around(lines) }] : [];
  });
  const old = new Set(a.curations.map(({ id }) => id));
  const without = (of: Document['links'], other: Document['links']) =>
    of.filter(({ id }) => !other.some((link) => link.id === id));
  return {
    title: a.title === b.title ? null : { from: a.title, to: b.title },
    sections,
    curations: b.curations.filter(({ id }) => !old.has(id)),
    links: { added: without(b.links, a.links), removed: without(a.links, b.links) },
    figures: figuresBetween(a, b),
  };
}

/** As a reader sees it: what was drafted and not struck out, then what people wrote. */
function linesOf({ draft, written }: Document, name: SectionName): string[] {
  const { text = '', struck = [] } = written[name] ?? {};
  const drafted = draft.sections[name].sentences.filter(({ id }) => !struck.includes(id)).map(textOf);
  return [...drafted, ...(text === '' ? [] : text.split(/\r?\n/))];
}

function figuresBetween(a: Document, b: Document): FigureChange[] {
  const before = new Map(a.draft.figures.map((figure) => [figure.id, figure]));
  const after = new Map(b.draft.figures.map((figure) => [figure.id, figure]));
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((id) => {
    const [from, to] = [before.get(id), after.get(id)];
    const same = from?.value === to?.value && from?.low === to?.low && from?.high === to?.high;
    return same ? [] : [{ id, label: (to ?? from)?.label ?? id, from: from?.value ?? null, to: to?.value ?? null }];
  });
}

/** Beyond it the middle is told as all removed and all added: it must not take long, whatever somebody writes. */
const mostCells = 1_000_000;

/** The longest common subsequence (Wagner & Fischer 1974), after what begins and ends alike. */
export function compareLines(a: readonly string[], b: readonly string[]): Line[] {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const same = (lines: readonly string[]) => lines.map((text): Line => ({ kind: 'same', text }));
  const [left, right] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  return [...same(a.slice(0, start)), ...middle(left, right), ...same(a.slice(a.length - end))];
}

function middle(a: readonly string[], b: readonly string[]): Line[] {
  const removed = (text: string): Line => ({ kind: 'removed', text });
  const added = (text: string): Line => ({ kind: 'added', text });
  if (a.length * b.length > mostCells) return [...a.map(removed), ...b.map(added)];
  const width = b.length + 1;
  const longest = new Uint32Array((a.length + 1) * width);
  const at = (i: number, j: number) => longest[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      longest[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const [left, right] = [a[i], b[j]];
    if (left !== undefined && left === right) {
      lines.push({ kind: 'same', text: left });
      i++;
      j++;
    } else if (left !== undefined && (right === undefined || at(i + 1, j) >= at(i, j + 1))) {
      lines.push(removed(left));
      i++;
    } else if (right !== undefined) {
      lines.push(added(right));
      j++;
    }
  }
  return lines;
}

const context = 2;
function around(lines: readonly Line[]): Line[] {
  return lines.filter(
    (line, i) =>
      line.kind !== 'same' ||
      lines.slice(Math.max(0, i - context), i + context + 1).some(({ kind }) => kind !== 'same'),
  );
}
