/** Candidates and the changes beside them as tables of Markdown: first what a stranger asks, the others in the appendix. Pure. */
import { formatValue } from '@/lib/chart/format';
import { foremost } from '../draft/foremost';
import { lasted } from '../draft/words';
import type { Candidate } from '../model';
import { type Clock, table } from './markdown-table';
import { escaped } from './markdown-text';
import { marked, type Report } from './report';

export function causeTables(report: Report, clock: Clock): string[] {
  const { shown, rest } = foremost(report.candidates);
  const when = clock.column(report.changes.map(({ at }) => at));
  const changes = report.changes.map((change) => [
    when.cell(change.at),
    change.kind,
    escaped(change.text),
    change.offsetMs === 0 ? 'at the onset' : `${lasted(change.offsetMs)} ${change.offsetMs < 0 ? 'before' : 'after'}`,
    marked(report, change.sources),
  ]);
  return [
    candidateTable(report, shown),
    rest.length > 0 ? `*${rest.length} more stand out less, or by other criteria: they are among the data below.*` : '',
    table([when.head, 'Kind', 'What changed nearby', 'From the onset', 'From'], changes),
  ];
}

export function otherCandidates(report: Report): string[] {
  const { rest } = foremost(report.candidates);
  return rest.length === 0 ? [] : ['## Other candidates for the cause', candidateTable(report, rest)];
}

function candidateTable(report: Report, all: Candidate[]): string {
  const rows = all.map((candidate) => [
    escaped(`${candidate.key} = ${candidate.value ?? '(not set)'}`, 240),
    escaped(candidate.cohort === null ? candidate.criterion : `${candidate.criterion} in ${candidate.cohort}`, 240),
    candidate.share === null ? '' : formatValue(candidate.share, { kind: 'share' }),
    candidate.traffic === null ? '' : formatValue(candidate.traffic, { kind: 'share' }),
    remark(candidate),
    marked(report, candidate.sources),
  ]);
  return table(['Value', 'By', '>Of the excess', '>Of the traffic', 'Remark', 'From'], rows);
}

const remark = ({ clear, newHere, symptom }: Candidate): string =>
  [
    clear ? 'more than its traffic, beyond chance' : 'not beyond chance',
    newHere ? 'only the candidate has it' : '',
    symptom ? 'says what failed, not where' : '',
  ]
    .filter(Boolean)
    .join('; ');
