/**
 * What a reader sees of a document, and what of it differs in another one. Pure. An approval is of what was seen: that
 * it was drafted again from newer evidence takes nothing back where every sentence, figure and entry stayed.
 */
import { curatedTimeline } from './curated';
import { textOf } from './draft/sentence';
import { sectionTitles } from './hand-out/report';
import type { Document, SectionName } from './model';
import { sectionNames } from './model';

type Piece = { key: string; name: string };
type Part = { name: string; pieces: Piece[]; named: boolean };

const most = 3;
/** When the evidence was read and how much it was: another sentence whenever it is read again, and no finding. */
const whenRead = 'evidence/read';

/** In words, by part of the report; empty: a reader sees the same. */
export function differencesSeen(a: Document, b: Document): string[] {
  const after = partsOf(b);
  return partsOf(a).flatMap((part, i) => {
    const other = after[i]?.pieces ?? [];
    const same = JSON.stringify(part.pieces.map(({ key }) => key)) === JSON.stringify(other.map(({ key }) => key));
    return same ? [] : [said(part, other)];
  });
}

function said({ name, pieces, named }: Part, other: Piece[]): string {
  if (!named) return name;
  const missing = (of: Piece[], from: Piece[]) => of.filter(({ key }) => !from.some((piece) => piece.key === key));
  const names = [...new Set([...missing(pieces, other), ...missing(other, pieces)].map((piece) => piece.name))];
  if (names.length === 0) return `${name} (their order)`;
  const more = names.length > most ? ` and ${names.length - most} more` : '';
  return `${name} (${names.slice(0, most).join(', ')}${more})`;
}

const piece = (name: string, ...shown: unknown[]): Piece => ({ key: JSON.stringify([name, ...shown]), name });

function partsOf(document: Document): Part[] {
  const { draft } = document;
  const part = (name: string, pieces: Piece[], named = true): Part => ({ name, pieces, named });
  return [
    part('Title', [piece(document.title)], false),
    ...sectionNames.map((name) => part(sectionTitles[name], wordsOf(document, name), false)),
    part(
      'Figures',
      draft.figures.map((f) => piece(f.label, f.id, f.state, f.value, f.unit, f.low, f.high, f.level, f.why)),
    ),
    part(
      'Milestones',
      draft.milestones.map((m) => piece(m.name, m.at, m.why)),
    ),
    part(
      'Timeline entries',
      curatedTimeline(document)
        .filter(({ hidden }) => !hidden)
        .map((e) => piece(e.at, e.text, e.who, e.tone, e.minor, e.milestone)),
    ),
    part(
      'Ranked candidates',
      draft.candidates.map((c) =>
        piece(
          c.value === null ? c.key : `${c.key}=${c.value}`,
          ...[c.criterion, c.cohort, c.share, c.traffic, c.excess, c.low, c.high, c.clear, c.newHere, c.symptom],
        ),
      ),
    ),
    part(
      'Changes near the onset',
      draft.changes.map((c) => piece(c.text, c.at, c.kind, c.offsetMs)),
    ),
    part(
      'Links',
      document.links.map((link) => piece(link.title, link.url)),
    ),
  ];
}

/** What was drafted and not struck out, then what people wrote. */
function wordsOf({ draft, written }: Document, name: SectionName): Piece[] {
  const { text = '', struck = [] } = written[name] ?? {};
  const drafted = draft.sections[name].sentences.filter(({ id }) => id !== whenRead && !struck.includes(id));
  return [...drafted.map((sentence) => piece(textOf(sentence))), piece(text)];
}
