/** A report's numbers as one table: each figure a row, then each cell that was counted. Pure. */
import { csvLines } from '@/lib/chart/csv';
import { plain } from '../draft/sentence';
import type { Measured } from '../facts';
import type { Figure } from '../model';
import type { Report } from './report';

export const csvHead = [
  'row',
  'id',
  'label',
  'criterion',
  'version',
  'cohort',
  'from',
  'state',
  'value',
  'unit',
  'low',
  'high',
  'level',
  'n',
  'k',
  'sum',
  'sum of squares',
  'above',
  'note',
  'method',
] as const;
type Row = Partial<Record<(typeof csvHead)[number], string | number | null>>;

export function toCsv({ figures, facts }: Pick<Report, 'figures' | 'facts'>): string {
  const rows = [...figures.map(figureRow), ...(facts?.measured ?? []).flatMap(cellRows)];
  return csvLines([csvHead, ...rows.map((row) => csvHead.map((name) => written(row[name] ?? '')))]);
}

const written = (value: string | number): string | number => (typeof value === 'number' ? value : plain(value, 1_200));

function figureRow({ id, label, state, value, unit, low, high, level, why, method, inputs }: Figure): Row {
  const text = (name: string) => (typeof inputs[name] === 'string' ? inputs[name] : null);
  const about = { criterion: text('criterion'), cohort: text('cohort'), from: text('from') };
  return { row: 'figure', id, label, ...about, state, value, unit, low, high, level, note: why, method };
}

function cellRows({ criterion, unit, bounds, cells, missing }: Measured): Row[] {
  const about = { row: 'cell', criterion: criterion.name, unit };
  if (cells.length === 0) return [{ ...about, state: 'unknown', note: missing }];
  return cells.map(({ at, version, cohort, n, k = null, sum = null, sum2 = null, over }) => ({
    ...about,
    version,
    cohort,
    from: new Date(at).toISOString(),
    n,
    k,
    sum,
    'sum of squares': sum2,
    // `250: 3; 500: 1`: three lie above 250
    above: over ? over.map((count, i) => `${bounds?.[i] ?? '?'}: ${count}`).join('; ') : null,
  }));
}
