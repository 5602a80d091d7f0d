/** A quantile as a share, row by row: what lies above the baseline's own quantile. Pure. */
import type { BinRow } from '@/lib/signal/model';
import { addHistograms, commonEdges, type Histogram, onEdges } from '@/lib/stats/histogram';
import { countAbove, pivotAt, valueAbove } from '@/lib/stats/quantile';
import type { Criterion } from './model';
import { histogramOf } from './pivot';
import { unitFactor } from './quantity';

/**
 * How many of a row's observations lie above the baseline's quantile (or the threshold). All rows are counted on one
 * grid, so that the counts of rows add up to that of all together. Null where the quantile lies in an open bucket.
 */
export function tailOf(
  criterion: Criterion,
  rows: readonly BinRow[],
  candidate: string,
  of: { limit: number; unit: string },
): ((row: BinRow) => number) | null {
  const own = new Map<BinRow, Histogram>();
  for (const row of rows) {
    const found = histogramOf(row.aggregate.explicit ?? row.aggregate.exponential);
    const factor = unitFactor(row.unit, of.unit);
    if (!found || factor === null) continue;
    own.set(row, factor === 1 ? found : { ...found, edges: found.edges.map((e) => e * factor) });
  }
  const alone = criterion.against !== 'baseline';
  const all = sumOf([...own.values()].map((h) => [h, 1]));
  const yardstick = alone ? all : sumOf(baselines(own, candidate));
  const total = yardstick.counts.reduce((a, b) => a + b, 0);
  if (!(total > 0)) return null;
  const value = alone ? of.limit : valueAbove(yardstick, (1 - (criterion.q ?? 0)) * total, total);
  const grid = commonEdges(all, yardstick);
  const pivot = Number.isFinite(value) ? pivotAt(onEdges(yardstick, grid), value, total) : null;
  if (!pivot) return null;
  return (row) => {
    const histogram = own.get(row);
    return histogram ? countAbove(onEdges(histogram, grid), pivot) : 0;
  };
}

/** The baseline's histograms, weighted so that together they have the candidate's mix of cohorts and times. */
function baselines(own: Map<BinRow, Histogram>, candidate: string): Array<[Histogram, number]> {
  const met = new Map<string, { n1: number; n0: number }>();
  const key = (row: BinRow) => `${row.at} ${row.cohort}`;
  for (const row of own.keys()) {
    const { n1, n0 } = met.get(key(row)) ?? { n1: 0, n0: 0 };
    const n = Math.max(0, row.aggregate.n);
    met.set(key(row), row.version === candidate ? { n1: n1 + n, n0 } : { n1, n0: n0 + n });
  }
  return [...own]
    .filter(([row]) => row.version !== candidate)
    .map(([row, histogram]) => {
      const { n1, n0 } = met.get(key(row)) ?? { n1: 0, n0: 0 };
      return [histogram, n1 + n0 > 0 ? n1 / (n1 + n0) : 0];
    });
}

function sumOf(weighted: Array<[Histogram, number]>): Histogram {
  return weighted.reduce<Histogram>((sum, [h, weight]) => addHistograms(sum, h, weight), { edges: [], counts: [0] });
}
