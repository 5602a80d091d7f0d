/** What a report rests on, whole: figures with method and inputs, cells, events, versions, sources. Pure. */
import { figureValue } from '../draft/draft';
import type { Cell, Measured } from '../facts';
import type { Curation, Figure } from '../model';
import { countedOver } from './counted-over';
import { otherCandidates } from './markdown-causes';
import { type Clock, table } from './markdown-table';
import { code, escaped, inline } from './markdown-text';
import { type Report, refs } from './report';

/** Of one criterion; CSV and JSON have all of them. */
const mostCells = 400;

export function appendix(report: Report, clock: Clock): string[] {
  return [
    '---',
    '# Data',
    ...figures(report),
    ...otherCandidates(report),
    ...candidatesOver(report, clock),
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
  const lines = report.figures.map((figure, i) => {
    const { label, method, why } = figure;
    const said = report.figures[i - 1]?.method === method ? 'as the one above' : inline(method, 1_200);
    const note = why === '' ? '' : ` (${inline(why, 300)})`;
    const [ref] = refs([{ kind: 'figure', id: figure.id }], report);
    const head = `- **${escaped(label, 200)}** [${ref}]: ${figureValue(figure)}${note}`;
    return `${head}\n  - How: ${said}\n  - With: ${inputs(figure)}`;
  });
  return lines.length === 0 ? [] : ['## Figures', lines.join('\n')];
}

const inputs = ({ inputs: all }: Figure): string =>
  Object.entries(all)
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => `${inline(name, 160)}\u00a0= ${inline(String(value), 160)}`)
    .join(', ') || 'nothing else';

function candidatesOver(report: Report, clock: Clock): string[] {
  const lines = countedOver(report).map(({ criteria, from, to, what, impact }) => {
    const names = criteria.map((name) => inline(name, 120)).join(', ');
    const other = impact ? `. Their impact: ${clock(impact.from)} to ${clock(impact.to)}` : '';
    return `- ${names}: ${clock(from)} to ${clock(to)}, ${inline(what, 300)}${other}.`;
  });
  return lines.length === 0 ? [] : ['## What candidates were counted over', lines.join('\n')];
}

function cells({ criterion, unit, stepMs, bounds, cells: all, missing: why }: Measured, clock: Clock): string[] {
  const title = `## What was counted: ${escaped(criterion.name, 120)}`;
  if (all.length === 0) return [title, escaped(why || 'Nothing was counted.')];
  const per = criterion.per ? ` per ${inline(criterion.per, 200)}` : '';
  const says = [
    `${criterion.measure.replace('_', ' ')} of ${inline(criterion.metric, 200)}${per}`,
    unit === '' ? '' : `in ${inline(unit, 60)}`,
    `by steps of ${stepMs / 1000}\u202fs`,
    bounds ? `and how many lie above each of ${bounds.join(', ')}` : '',
    all.length > mostCells ? `the first ${mostCells} of ${all.length} cells: CSV and JSON have all of them` : '',
  ];
  const some = all.slice(0, mostCells);
  const when = clock.column(some.map(({ at }) => at));
  const rows = some.map((cell) => [when.cell(cell.at), ...cellRow(cell)]);
  const heads = [when.head, 'Version', 'Cohort', '>n', '>k', '>Sum', '>Sum of squares', '>Above'];
  return [title, `${says.filter(Boolean).join(', ')}.`, table(heads, rows)];
}

const cellRow = ({ version, cohort, n, k, sum, sum2, over }: Cell): string[] => [
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
  const when = clock.column((facts?.events ?? []).map(({ at }) => at));
  const rows = (facts?.events ?? []).map((event) => [
    `[e${event.seq}]`,
    when.cell(event.at),
    event.kind,
    escaped(event.actor.name, 120),
    escaped(event.reason),
    code(event.hash),
  ]);
  return rows.length === 0
    ? []
    : ['## Events of the history', table(['Event', when.head, 'Kind', 'Who', 'What', 'Hash'], rows)];
}

function untold({ untold: all, timeline, loose }: Report, clock: Clock): string[] {
  const words = { hide: 'Hidden', show: 'Shown', correct: 'Corrected', add: 'Added' } as const;
  const of = (change: Curation) =>
    `${words[change.kind]} by ${inline(change.by, 120)} at ${clock(change.madeAt)}${change.reason === '' ? '' : ` (${inline(change.reason)})`}`;
  const lines = [...timeline, ...all].flatMap(({ trace, was, at, text }) => {
    const drafted = was === null ? '' : `; it read ${clock(was.at)}, ${inline(was.text)}`;
    return trace.map(
      (change) => `- ${of(change)}: ${clock(at)}, ${inline(text)}${change.kind === 'correct' ? drafted : ''}`,
    );
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

/** Events and figures have their own lists; here is the rest. */
function sources({ sources: all, facts }: Report, clock: Clock): string[] {
  const kept = new Set((facts?.events ?? []).map(({ seq }) => seq));
  const rows = all
    .filter(({ source }) => source.kind === 'evidence' || (source.kind === 'event' && !kept.has(source.seq)))
    .map(({ ref, title, at, hash }) => [
      `[${ref}]`,
      escaped(title, 300),
      at === null ? '' : clock(at),
      hash === null ? '' : code(hash),
    ]);
  return rows.length === 0 ? [] : ['## Pieces of the evidence', table(['Source', 'What it is', 'When', 'Hash'], rows)];
}
