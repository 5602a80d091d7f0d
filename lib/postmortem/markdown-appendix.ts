/** What a report rests on, whole: figures with method and inputs, cells, events, versions, sources. Pure. */
import { figureValue } from './draft';
import type { Cell, Measured } from './facts';
import { type Clock, table } from './markdown-table';
import { code, escaped, inline } from './markdown-text';
import type { Curation, Figure } from './model';
import type { Report } from './report';

/** Of one criterion; CSV and JSON have all of them. */
const mostCells = 400;

export function appendix(report: Report, clock: Clock): string[] {
  return [
    '---',
    '# Data',
    ...figures(report),
    ...(report.facts?.measured ?? []).flatMap((measured) => cells(measured, clock)),
    ...missing(report),
    ...events(report, clock),
    ...untold(report, clock),
    ...struck(report),
    ...versions(report, clock),
    ...sources(report, clock),
  ];
}

function figures(report: Report): string[] {
  const lines = report.figures.map(
    (figure) =>
      `- **${escaped(figure.label, 200)}** ${code2(report, figure)}: ${figureValue(figure)}${why(figure)}\n  - How: ${inline(figure.method, 1_200)}\n  - With: ${inputs(figure)}`,
  );
  return lines.length === 0 ? [] : ['## Figures', lines.join('\n')];
}

const code2 = (report: Report, { id }: Figure): string => {
  const ref = report.sources.find(({ source }) => source.kind === 'figure' && source.id === id)?.ref;
  return ref ? `[${ref}]` : '';
};
const why = ({ why: text }: Figure): string => (text === '' ? '' : ` (${inline(text, 300)})`);
const inputs = ({ inputs: all }: Figure): string =>
  Object.entries(all)
    .map(([name, value]) => `${inline(name, 160)}\u00a0= ${value === null ? 'none' : inline(String(value), 160)}`)
    .join(', ') || 'nothing';

function cells({ criterion, unit, stepMs, bounds, cells: all, missing: why }: Measured, clock: Clock): string[] {
  const title = `## What was counted: ${escaped(criterion.name, 120)}`;
  if (all.length === 0) return [title, escaped(why || 'Nothing was counted.')];
  const says = [
    `${inline(criterion.measure)} of ${inline(criterion.metric, 200)}${criterion.per ? ` per ${inline(criterion.per, 200)}` : ''}`,
    unit === '' ? '' : `in ${inline(unit, 60)}`,
    `in steps of ${stepMs / 1000}\u202fs`,
    bounds ? `above: how many lie above each of ${bounds.join(', ')}` : '',
    all.length > mostCells ? `the first ${mostCells} of ${all.length} cells; CSV and JSON have all of them` : '',
  ];
  const rows = all.slice(0, mostCells).map((cell) => cellRow(cell, clock));
  const heads = ['From', 'Version', 'Cohort', '>n', '>k', '>Sum', '>Sum of squares', '>Above'];
  return [
    title,
    `${escaped(says.filter(Boolean)[0] ?? '')}${says
      .filter(Boolean)
      .slice(1)
      .map((s) => `, ${s}`)
      .join('')}.`,
    table(heads, rows),
  ];
}

const cellRow = ({ at, version, cohort, n, k, sum, sum2, over }: Cell, clock: Clock): string[] => [
  clock(at),
  escaped(version, 120),
  escaped(cohort, 120),
  ...[n, k, sum, sum2].map((value) => (value === undefined ? '' : escaped(String(value)))),
  over ? escaped(over.join(' ')) : '',
];

function missing({ facts }: Report): string[] {
  const lines = (facts?.missing ?? []).map((text) => `- ${escaped(text)}`);
  return lines.length === 0 ? [] : ['## What is missing', lines.join('\n')];
}

function events({ facts }: Report, clock: Clock): string[] {
  const rows = (facts?.events ?? []).map((event) => [
    `e${event.seq}`,
    clock(event.at),
    event.kind,
    escaped(event.actor.name, 120),
    escaped(event.reason),
    code(event.hash),
  ]);
  return rows.length === 0
    ? []
    : ['## Events of the history', table(['Event', 'When', 'Kind', 'Who', 'What', 'Hash'], rows)];
}

function untold({ untold: all, timeline, loose }: Report, clock: Clock): string[] {
  const words = { hide: 'Hidden', show: 'Shown', correct: 'Corrected', add: 'Added' } as const;
  const of = (change: Curation) =>
    `${words[change.kind]} by ${inline(change.by, 120)} at ${clock(change.madeAt)}${change.reason === '' ? '' : ` (${inline(change.reason)})`}`;
  const lines = [...timeline, ...all].flatMap(({ trace, was, at, text }) => {
    const drafted = was === null ? '' : `; it read ${clock(was.at)}, ${inline(was.text)}`;
    return trace.map((change) => `- ${of(change)}: ${clock(at)}, ${inline(text)}${change.kind === 'correct' ? drafted : ''}`);
  });
  lines.push(...loose.map((change) => `- ${of(change)}, of an entry that is not drafted any more`));
  const minor = all.filter(({ hidden }) => !hidden).length;
  if (minor > 0) lines.push(`- ${minor} entries of little weight are left out of the timeline; JSON has them.`);
  return lines.length === 0 ? [] : ['## Changes of the timeline', lines.join('\n')];
}

function struck({ sections }: Report): string[] {
  const lines = sections.flatMap(({ title, struck: all }) =>
    all.map(
      ({ spans }) =>
        `- ${title}: ~~${inline(
          spans
            .map(({ text }) => text)
            .join('')
            .trim() || '…',
        )}~~`,
    ),
  );
  return lines.length === 0 ? [] : ['## Drafted and struck out', lines.join('\n')];
}

function versions({ versions: all }: Report, clock: Clock): string[] {
  const rows = all.map((version) => [
    String(version.number),
    version.state.replace('_', ' '),
    clock(version.at),
    escaped(version.by, 120),
    escaped(version.note, 300),
    String(version.evidence),
    code(version.hash),
  ]);
  return rows.length === 0
    ? []
    : ['## Versions', table(['>Version', 'State', 'When', 'By', 'Note', '>Evidence', 'Hash'], rows)];
}

function sources(report: Report, clock: Clock): string[] {
  const rows = report.sources.map(({ ref, title, at, hash }) => [
    `[${ref}]`,
    escaped(title, 300),
    at === null ? '' : clock(at),
    hash === null ? '' : code(hash),
  ]);
  return rows.length === 0 ? [] : ['## Where it is from', table(['Source', 'What it is', 'When', 'Hash'], rows)];
}
