/** From roll-up rows to the cells that are frozen: one a version, cohort and step. Pure. */
import type { Criterion } from '@/lib/criterion/model';
import { histogramOf } from '@/lib/criterion/pivot';
import { unitFactor } from '@/lib/criterion/quantity';
import type { BinRow } from '@/lib/signal/model';
import { matchesWhere } from '@/lib/signal/where';
import { addHistograms, commonEdges, type Histogram, onEdges, totalOf } from '@/lib/stats/histogram';
import type { Cell } from '../facts';

/** Boundaries that are kept of a histogram at most; those with the fewest observations between them go first. */
const mostBounds = 24;

type Gathered = Cell & { histogram: Histogram | null; heard: boolean };

/** Silence is no cell; a row whose unit does not fit is left out, as the judge does. */
export function cellsOf(
  criterion: Criterion,
  rows: readonly BinRow[],
  stepMs: number,
): { unit: string; bounds: number[] | null; cells: Cell[] } {
  const unit = rows.find(({ metric }) => metric === criterion.metric)?.unit ?? '';
  const found = new Map<string, Gathered>();
  for (const row of rows) {
    if (row.metric !== criterion.metric && row.metric !== criterion.per) continue;
    const factor = row.metric === criterion.metric ? unitFactor(row.unit, unit) : 1;
    if (factor === null || !matchesWhere(row.attributes, criterion.where)) continue;
    const at = Math.floor(row.at / stepMs) * stepMs;
    const key = JSON.stringify([at, row.version, row.cohort]);
    const cell = found.get(key) ?? blank(at, row);
    found.set(key, cell);
    gather(cell, criterion, row, factor);
  }
  const heard = [...found.values()].filter((cell) => cell.heard).sort(inOrder);
  const bounds = criterion.measure === 'quantile' ? boundsOf(heard) : null;
  return { unit, bounds, cells: heard.map((cell) => finished(cell, criterion, bounds)) };
}

const blank = (at: number, { version, cohort }: BinRow): Gathered => {
  return { at, version, cohort, n: 0, k: 0, sum: 0, sum2: 0, histogram: null, heard: false };
};

const inOrder = (a: Cell, b: Cell): number =>
  a.at - b.at || compared(a.version, b.version) || compared(a.cohort, b.cohort);
const compared = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function gather(into: Gathered, criterion: Criterion, { metric, attributes, aggregate }: BinRow, factor: number): void {
  const n = Number.isFinite(aggregate.n) ? Math.max(0, aggregate.n) : 0;
  if (criterion.measure === 'ratio') {
    // A metric may be counted per itself: then the row is both.
    if (metric === criterion.per) {
      into.n += n;
      into.heard = true;
    }
    if (metric === criterion.metric) into.k = (into.k ?? 0) + n;
    return;
  }
  into.heard = true;
  into.n += n;
  if (matchesWhere(attributes, criterion.of)) into.k = (into.k ?? 0) + n;
  into.sum = (into.sum ?? 0) + aggregate.sum * factor;
  into.sum2 = (into.sum2 ?? 0) + aggregate.sum2 * factor * factor;
  if (criterion.measure !== 'quantile') return;
  const own = histogramOf(aggregate.explicit ?? aggregate.exponential);
  if (!own) return;
  const scaled = factor === 1 ? own : { ...own, edges: own.edges.map((edge) => edge * factor) };
  into.histogram = into.histogram ? addHistograms(into.histogram, scaled) : scaled;
}

function finished(
  { histogram, heard: _heard, ...cell }: Gathered,
  criterion: Criterion,
  bounds: number[] | null,
): Cell {
  const { at, version, cohort, n, k, sum, sum2 } = cell;
  const base = { at, version, cohort, n };
  switch (criterion.measure) {
    case 'share':
    case 'burn_rate':
    case 'ratio':
      return { ...base, k: k ?? 0 };
    case 'rate':
      return base;
    case 'mean':
    case 'value':
      return { ...base, ...(finite(sum) && finite(sum2) ? { sum, sum2 } : {}) };
    case 'quantile':
      return histogram && bounds
        ? { ...base, n: totalOf(histogram), over: overOf(histogram, bounds) }
        : { ...base, n: 0, over: (bounds ?? []).map(() => 0) };
  }
}

const finite = (value: number | undefined): value is number => value !== undefined && Number.isFinite(value);

/** Edges that cut no bucket of any cell, so that what lies above each of them is counted and not supposed. */
function boundsOf(cells: readonly Gathered[]): number[] {
  const own = cells.flatMap(({ histogram }) => histogram ?? []);
  const [first, ...rest] = own;
  if (!first) return [];
  const all = rest.reduce((sum, h) => addHistograms(sum, h), first);
  let edges = all.edges;
  for (const h of own) edges = commonEdges({ edges, counts: onEdges(all, edges).counts }, h);
  return thinned(all, edges);
}

function thinned(all: Histogram, edges: number[]): number[] {
  const kept = [...edges];
  while (kept.length > mostBounds) {
    const { counts } = onEdges(all, kept);
    let least = 0;
    for (let i = 1; i < kept.length; i++)
      if ((counts[i] ?? 0) + (counts[i + 1] ?? 0) < (counts[least] ?? 0) + (counts[least + 1] ?? 0)) least = i;
    kept.splice(least, 1);
  }
  return kept;
}

function overOf(histogram: Histogram, bounds: number[]): number[] {
  const { counts } = onEdges(histogram, bounds);
  const over: number[] = new Array(bounds.length).fill(0);
  let above = 0;
  for (let i = bounds.length - 1; i >= 0; i--) {
    above += counts[i + 1] ?? 0;
    over[i] = above;
  }
  return over;
}
