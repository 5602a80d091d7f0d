/** A report as Markdown: what a stranger reads first, then everything that it rests on. Pure. */
import { figureValue } from '../draft/draft';
import { lasted } from '../draft/words';
import type { Figure, MilestoneName, PostmortemState, SectionName, Sentence } from '../model';
import { sourceAnchor, sourceKey } from '../source-model';
import { glanceOf } from './glance';
import { appendix } from './markdown-appendix';
import { causeTables } from './markdown-causes';
import { type Clock, clockIn, table } from './markdown-table';
import { begun, code, escaped, harmless, inline } from './markdown-text';
import { paragraphsOf } from './paragraphs';
import { cohortsOf, marked, type ReadSection, type Report, wholeFigures } from './report';

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
    glance(report),
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
  const zones =
    clock.zone === 'UTC' ? 'Times are in UTC.' : `Times of tables are in ${clock.zone}, those of sentences in UTC.`;
  const broken = seal.state === 'broken' ? [`> **This report is not what was sealed: ${escaped(seal.detail)}.**`] : [];
  return [
    `# ${escaped(head.title, 300)}`,
    ...broken,
    begun(about.filter(Boolean).join(' · ')),
    head.settling ? '*Facts are still coming in; this is drafted again in a few minutes.*' : '',
    `*${zones} Intervals are of 95\u202f%. What stands in brackets is where a sentence is from; the end lists it. Evidence ${evidence.number}, SHA-256 ${code(evidence.hash)}.*`,
  ];
}

function glance(report: Report): string {
  const lines = glanceOf(report).map(({ label, says, more, sources }) => {
    const rest = more === '' ? '' : `: ${inline(more, 300)}`;
    return `- ${escaped(label, 200)}: **${inline(says, 300)}**${rest} ${marked(report, sources)}`.trimEnd();
  });
  return lines.join('\n');
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
  // The table says what is known; sentences say what is not, and why.
  const known = new Set(
    name === 'impact' ? report.figures.flatMap((f) => (f.value === null ? [] : [`impact/${f.id}`])) : [],
  );
  if (name === 'summary')
    return paragraphsOf(sentences)
      .map((some) => begun(some.map((sentence) => cited(report, sentence)).join(' ')))
      .join('\n\n');
  const lines = sentences.filter(({ id }) => !known.has(id)).map((sentence) => cited(report, sentence));
  return told.has(name) ? begun(lines.join(' ')) : lines.map((line) => `- ${begun(line)}`).join('\n');
}

/** What it is from stands behind it: in the middle of it nobody could read it. */
function cited(report: Report, { spans }: Sentence): string {
  const sources = spans.flatMap((span) => span.sources);
  return spans.map(({ text }) => inline(text)).join('') + (sources.length > 0 ? ` ${marked(report, sources)}` : '');
}

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

const mostCohorts = 6;

function impactTables(report: Report): string[] {
  const cost = report.figures.filter(
    ({ id, value }) => id.startsWith('impact/') && !(id.endsWith('/uncompared') && !value),
  );
  const cohorts = [
    ...new Set(cost.flatMap(({ inputs }) => (typeof inputs.cohort === 'string' ? [inputs.cohort] : []))),
  ];
  const shown = cohorts.slice(0, mostCohorts);
  const rows = wholeFigures({ figures: cost }).map((whole) => {
    const { criterion } = whole.inputs;
    const by = typeof criterion === 'string' ? ` (${inline(criterion, 120)})` : '';
    const parts = cohortsOf(report, whole);
    const part = (cohort: string) => parts.find(({ inputs }) => inputs.cohort === cohort);
    const amounts = [amount(whole), ...shown.map((cohort) => amount(part(cohort)))];
    return [`${escaped(whole.label, 200)}${by}`, ...amounts, marked(report, [{ kind: 'figure', id: whole.id }])];
  });
  const left = cohorts.length - shown.length;
  return [
    table(['What it cost', '>Everybody', ...shown.map((cohort) => `>${escaped(cohort, 120)}`), 'From'], rows),
    left > 0 ? `*${left} more cohorts stand under Figures.*` : '',
    durations(report),
  ];
}

/** `44 (40 to 48)` */
function amount(figure: Figure | undefined): string {
  if (!figure) return '';
  if (figure.value === null) return 'not known';
  const one = (value: number) => figureValue({ ...figure, value, low: null, high: null });
  const { value, low, high } = figure;
  return low === null || high === null ? one(value) : `${one(value)} (${one(low)} to ${one(high)})`;
}

function durations(report: Report): string {
  const rows = report.figures
    .filter(({ id }) => id.startsWith('clock/'))
    .map((figure) => {
      const { objectiveMs, met } = figure.inputs;
      const objective = typeof objectiveMs === 'number' ? lasted(objectiveMs) : 'none set';
      const answer = met === 'yes' ? 'met' : met === 'no' ? '**missed**' : '';
      const text = [objective, answer].filter(Boolean).join(', ');
      return [
        escaped(figure.label),
        amount(figure),
        text,
        escaped(figure.why, 300),
        marked(report, [{ kind: 'figure', id: figure.id }]),
      ];
    });
  return table(['Duration', 'Took', 'Objective', 'Note', 'From'], rows);
}

const milestoneTitles: Record<MilestoneName, string> = {
  started: 'Started',
  onset: 'Got worse',
  detected: 'Detected',
  decided: 'Decided',
  acted: 'Acted',
  propagated: 'Propagated',
  recovered: 'Recovered',
};

function timelineTables(report: Report, clock: Clock): string[] {
  const when = clock.column(report.timeline.map(({ at }) => at));
  const rows = report.timeline.map((entry) => {
    const by = inline(entry.trace.at(-1)?.by ?? '', 120);
    const trace = entry.was ? ` *(corrected by ${by})*` : entry.added ? ` *(added by ${by})*` : '';
    const what =
      entry.milestone === null ? escaped(entry.text) : `**${milestoneTitles[entry.milestone]}:** ${inline(entry.text)}`;
    return [when.cell(entry.at), what + trace, escaped(entry.who, 120), marked(report, entry.sources)];
  });
  return [table([when.head, 'What', 'Who', 'From'], rows)];
}

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
  return sources.map(({ ref, source }) => `[${ref}]: <${page}#${sourceAnchor(sourceKey(source))}>`).join('\n');
}
