/** A report as Markdown: what a stranger reads first, then everything that it rests on. Pure. */
import { formatValue } from '@/lib/chart/format';
import { figureValue } from './draft';
import { appendix } from './markdown-appendix';
import { type Clock, clockIn, table } from './markdown-table';
import { begun, code, escaped, harmless, inline } from './markdown-text';
import { anchorOf } from './reference';
import type { Candidate, Figure, PostmortemState, SectionName, Sentence, Source } from './model';
import { cohortsOf, type ReadSection, type Report, refs, wholeFigures } from './report';

export type MarkdownOptions = {
  /** `UTC` or an IANA name: in which times are told */
  zone: string;
  /** where the console answers; null: what is cited is listed and links nowhere */
  base: string | null;
};

const states: Record<PostmortemState, string> = {
  draft: 'Draft',
  in_review: 'In review',
  published: 'Published',
  amended: 'Amended after it was published',
};

export function toMarkdown(report: Report, { zone, base }: MarkdownOptions): string {
  const clock = clockIn(zone);
  const blocks = [
    ...top(report, clock),
    ...report.sections.flatMap((section) => sectionBlocks(report, section, clock)),
    ...actions(report),
    ...links(report),
    ...appendix(report, clock),
    base === null ? '' : definitions(report, base),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

function top({ head, seal, evidence }: Report, clock: Clock): string[] {
  const { subject, baseline, candidate } = head;
  const about = [
    `**${states[head.state]}**`,
    `${inline(subject.feature, 120)} in ${inline(subject.environment, 120)}`,
    candidate === null ? '' : `${inline(candidate, 120)} against ${inline(baseline ?? 'nothing', 120)}`,
    `${clock(head.from)} to ${clock(head.to)}`,
  ];
  const broken = seal.state === 'broken' ? [`> **This report is not what was sealed: ${escaped(seal.detail)}.**`] : [];
  return [
    `# ${escaped(head.title, 300)}`,
    ...broken,
    begun(about.filter(Boolean).join(' · ')),
    head.settling ? '*Facts are still coming in; this is drafted again in a few minutes.*' : '',
    `*Times of tables are in ${clock.zone}, those of sentences in UTC. What stands in brackets is where a sentence is from; the list is at the end. Evidence ${evidence.number}, SHA-256 ${code(evidence.hash)}.*`,
  ];
}

function sectionBlocks(report: Report, section: ReadSection, clock: Clock): string[] {
  const drafted = sentencesOf(report, section);
  const own = harmless(section.text, 3);
  const tables = tablesOf(report, section.name, clock);
  if (drafted === '' && own === '' && tables.length === 0)
    return always.has(section.name) ? [`## ${section.title}`, '*Nothing is written here.*'] : [];
  return [`## ${section.title}`, own, drafted, ...tables];
}

/** Sections that say so where they are empty; the others are left out. */
const always: ReadonlySet<SectionName> = new Set(['summary', 'factors', 'lessons']);
/** One paragraph, told as one; elsewhere each sentence stands for itself. */
const told: ReadonlySet<SectionName> = new Set(['summary', 'timeline', 'causes', 'trigger', 'resolution']);

function sentencesOf(report: Report, { name, sentences }: ReadSection): string {
  const lines = sentences.map((sentence) => cited(report, sentence));
  return told.has(name) ? begun(lines.join(' ')) : lines.map((line) => `- ${begun(line)}`).join('\n');
}

function cited(report: Report, { spans }: Sentence): string {
  return spans.map(({ text, sources }) => inline(text) + marks(report, sources)).join('');
}

const marks = (report: Report, sources: readonly Source[]): string =>
  refs(sources, report)
    .map((ref) => ` [${ref}]`)
    .join('');
const marked = (report: Report, sources: readonly Source[]): string => marks(report, sources).trim();

function tablesOf(report: Report, name: SectionName, clock: Clock): string[] {
  switch (name) {
    case 'impact':
      return impactTables(report);
    case 'timeline':
      return timelineTables(report, clock);
    case 'causes':
      return causeTables(report, clock);
    case 'evidence':
      return seal(report);
    default:
      return [];
  }
}

function impactTables(report: Report): string[] {
  const rows = wholeFigures(report)
    .filter(({ id }) => id.startsWith('impact/'))
    .flatMap((whole) => [
      figureRow(whole, 'Everybody'),
      ...cohortsOf(report, whole).map((figure) => figureRow(figure, String(figure.inputs.cohort))),
    ]);
  const clocks = report.figures
    .filter(({ id }) => id.startsWith('clock/'))
    .map((figure) => {
      const { objectiveMs, met } = figure.inputs;
      const objective =
        typeof objectiveMs === 'number'
          ? figureValue({ ...figure, value: objectiveMs, low: null, high: null })
          : 'none set';
      const answer = met === 'yes' ? 'met' : met === 'no' ? '**missed**' : '';
      return [escaped(figure.label), figureValue(figure), [objective, answer].filter(Boolean).join(', '), note(figure)];
    });
  return [
    table(['What it cost', 'By', 'Whom', '>How much', 'Interval', 'Note'], rows),
    table(['Duration', 'Took', 'Objective', 'Note'], clocks),
  ];
}

function figureRow(figure: Figure, whom: string): string[] {
  const { low, high, level, inputs } = figure;
  const one = (value: number) => figureValue({ ...figure, value, low: null, high: null });
  const between =
    low === null || high === null
      ? ''
      : `${one(low)} to ${one(high)}${level === null ? '' : ` (${100 * level}\u202f%)`}`;
  const criterion = typeof inputs.criterion === 'string' ? escaped(inputs.criterion, 120) : '';
  return [
    escaped(figure.label, 200),
    criterion,
    escaped(whom, 120),
    figure.value === null ? 'not known' : one(figure.value),
    between,
    note(figure),
  ];
}

const note = ({ why }: Figure): string => escaped(why, 300);

function timelineTables(report: Report, clock: Clock): string[] {
  const rows = report.timeline.map((entry) => {
    const by = inline(entry.trace.at(-1)?.by ?? '', 120);
    const trace = entry.added && entry.was === null ? `added by ${by}` : entry.was ? `corrected by ${by}` : '';
    const what = `${entry.milestone === null ? '' : `**${entry.milestone}** `}${entry.milestone === null ? escaped(entry.text) : inline(entry.text)}`;
    return [
      clock(entry.at),
      trace === '' ? what : `${what} *(${trace})*`,
      escaped(entry.who, 120),
      marked(report, entry.sources),
    ];
  });
  return [table(['When', 'What', 'Who', 'From'], rows)];
}

function causeTables(report: Report, clock: Clock): string[] {
  const candidates = report.candidates.map((candidate) => [
    escaped(`${candidate.key} = ${candidate.value ?? '(not set)'}`, 240),
    escaped(candidate.criterion, 120),
    candidate.share === null ? '' : formatValue(candidate.share, { kind: 'share' }),
    candidate.traffic === null ? '' : formatValue(candidate.traffic, { kind: 'share' }),
    remark(candidate),
    marked(report, candidate.sources),
  ]);
  const changes = report.changes.map((change) => [
    clock(change.at),
    change.kind,
    escaped(change.text),
    `${figureValue(lasting(Math.abs(change.offsetMs)))} ${change.offsetMs < 0 ? 'before' : 'after'}`,
    marked(report, change.sources),
  ]);
  return [
    table(['Value', 'By', '>Of the excess', '>Of the traffic', 'Remark', 'From'], candidates),
    table(['When', 'Kind', 'What changed nearby', 'From the onset', 'From'], changes),
  ];
}

const remark = ({ clear, newHere, symptom }: Candidate): string =>
  [
    clear ? 'more than its traffic, beyond chance' : 'not beyond chance',
    newHere ? 'only the candidate has it' : '',
    symptom ? 'says what failed, not where' : '',
  ]
    .filter(Boolean)
    .join('; ');

const lasting = (value: number): Figure => ({ value, low: null, high: null, level: null, unit: 'ms' }) as Figure;

function seal({ seal: found, evidence, versions }: Report): string[] {
  const newest = versions.at(-1);
  const words = { intact: 'Intact', broken: '**Broken**', unsealed: 'Not sealed yet' }[found.state];
  return [
    [
      `- Seal: ${words}. ${inline(found.detail)}`,
      `- Evidence ${evidence.number}: SHA-256 ${code(evidence.hash)}`,
      newest ? `- Version ${newest.number}: SHA-256 ${code(newest.hash)}` : '',
    ]
      .filter(Boolean)
      .join('\n'),
  ];
}

function actions({ actions: all }: Report): string[] {
  const rows = all.map((action) => [
    escaped(action.title, 300),
    action.type,
    escaped(action.owner, 200),
    `${escaped(action.dueOn)}${action.overdue ? ' **overdue**' : ''}`,
    action.priority,
    action.state.replace('_', ' '),
  ]);
  return rows.length === 0
    ? ['## Actions', '*None is named.*']
    : ['## Actions', table(['What', 'Type', 'Owner', 'Due', 'Priority', 'State'], rows)];
}

function links({ links: all }: Report): string[] {
  const lines = all.map(({ title, url }) => {
    const safe = harmless(`<${url.replace(/[<>\s]/g, encodeURIComponent)}>`);
    return `- ${escaped(title, 300)}: ${safe}`;
  });
  return lines.length === 0 ? [] : ['## Links', lines.join('\n')];
}

/** What a click on a citation opens: the report's page has each source under this name. */
function definitions({ head, sources }: Report, base: string): string {
  const page = `${base.replace(/\/$/, '')}/postmortems/${encodeURIComponent(head.id)}`;
  return sources.map(({ ref, source }) => `[${ref}]: <${page}#${anchorOf(source)}>`).join('\n');
}
