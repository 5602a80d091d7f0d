/** From roll-up rows to what the judge compares. Pure. */
import type { Aggregate, BinRow } from '@/lib/signal/model';
import { matchesWhere } from '@/lib/signal/where';
import { addHistograms, fromExplicit, fromExponential, type Histogram } from '@/lib/stats/histogram';
import type { Arm, Bin, Criterion, RateArm } from './model';
import { unitFactor } from './quantity';

export type ArmsByCohort = { unit: string; byCohort: Map<string, Bin[]> };

/** The candidate's planned share (0..1) of a cohort in the bin that begins at `at`; null where it is not known or changed. */
export type Exposure = (cohort: string, at: number) => number | null;
type Versions = { baseline: string; candidate: string };
type Side = 'baseline' | 'candidate';
/** Everything of one arm in one bin, before the measure decides what of it counts. */
type Gathered = {
  n: number;
  part: number;
  per: number;
  heard: boolean;
  perHeard: boolean;
  sum: number;
  sum2: number;
  values: number[];
  histogram: Histogram | null;
};

/**
 * Rows of many series become one arm a version, cohort and bin. `until` (ms) is how far data goes: the rate of a bin
 * that is still filling is taken over the seconds that have passed. Rows in another unit of the same dimension are
 * converted to the first row's; rows whose unit does not fit are left out (the signal reports them as a finding).
 * `exposure` makes rates of arms of unequal traffic comparable; without it they are taken to have the same.
 */
export function toBins(
  criterion: Criterion,
  rows: readonly BinRow[],
  versions: Versions,
  binMs: number,
  until = Number.POSITIVE_INFINITY,
  exposure?: Exposure,
): ArmsByCohort {
  const first = rows.find((row) => row.metric === criterion.metric);
  const unit = first?.unit ?? '';
  const cohorts = new Map<string, Map<number, Partial<Record<Side, Gathered>>>>();
  for (const row of rows) {
    const side =
      row.version === versions.candidate ? 'candidate' : row.version === versions.baseline ? 'baseline' : null;
    if (!side || !counts(criterion, row)) continue;
    const factor = row.metric === criterion.metric ? unitFactor(row.unit, unit) : 1;
    if (factor === null) continue;
    const bins = entry(cohorts, row.cohort, () => new Map());
    const bin = entry(bins, Math.floor(row.at / binMs) * binMs, () => ({}));
    bin[side] ??= nothing();
    gather(bin[side], criterion, row, factor);
  }
  const byCohort = new Map<string, Bin[]>();
  for (const [cohort, bins] of cohorts) {
    const ordered = [...bins].sort(([a], [b]) => a - b);
    byCohort.set(
      cohort,
      ordered.map(([at, { baseline, candidate }]) => {
        const seconds = Math.max(0, Math.min(binMs, until - at)) / 1000;
        const share = exposure && criterion.measure === 'rate' ? exposure(cohort, at) : undefined;
        const rest = typeof share === 'number' ? 1 - share : share;
        return {
          at: new Date(at).toISOString(),
          baseline: baseline ? armOf(criterion, baseline, { seconds, exposure: rest }) : null,
          candidate: candidate ? armOf(criterion, candidate, { seconds, exposure: share }) : null,
        };
      }),
    );
  }
  return { unit, byCohort };
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}

function nothing(): Gathered {
  return { n: 0, part: 0, per: 0, heard: false, perHeard: false, sum: 0, sum2: 0, values: [], histogram: null };
}

function counts(criterion: Criterion, row: BinRow): boolean {
  if (row.metric !== criterion.metric && row.metric !== criterion.per) return false;
  return matchesWhere(row.attributes, criterion.where);
}

function gather(into: Gathered, criterion: Criterion, row: BinRow, factor: number): void {
  const { aggregate } = row;
  const n = Number.isFinite(aggregate.n) ? Math.max(0, aggregate.n) : 0;
  if (row.metric === criterion.per) {
    into.per += n;
    into.perHeard = true;
  }
  if (row.metric !== criterion.metric) return;
  into.heard = true;
  into.n += n;
  if (matchesWhere(row.attributes, criterion.of)) into.part += n;
  into.sum += aggregate.sum * factor;
  into.sum2 += aggregate.sum2 * factor * factor;
  if (row.kind === 'gauge') into.values.push((gaugeValue(aggregate, n) ?? Number.NaN) * factor);
  if (criterion.measure === 'quantile') addBuckets(into, aggregate, factor);
}

function gaugeValue(aggregate: Aggregate, n: number): number | null {
  if (n > 0 && Number.isFinite(aggregate.sum)) return aggregate.sum / n;
  return Number.isFinite(aggregate.last) ? aggregate.last : null;
}

function addBuckets(into: Gathered, aggregate: Aggregate, factor: number): void {
  const histogram = aggregate.explicit
    ? fromExplicit(aggregate.explicit)
    : aggregate.exponential && fromExponential(aggregate.exponential);
  if (!histogram) return;
  const scaled = factor === 1 ? histogram : { ...histogram, edges: histogram.edges.map((e) => e * factor) };
  into.histogram = into.histogram ? addHistograms(into.histogram, scaled) : scaled;
}

/** Null where the data says nothing for this measure: silence, never zero. */
function armOf(criterion: Criterion, g: Gathered, time: Pick<RateArm, 'seconds' | 'exposure'>): Arm | null {
  switch (criterion.measure) {
    case 'share':
    case 'burn_rate':
      return g.n > 0 ? { n: g.n, k: g.part } : null;
    case 'ratio':
      return g.perHeard && g.per > 0 ? { n: g.per, k: g.n } : null;
    case 'rate':
      if (!g.heard || time.seconds <= 0) return null;
      // Against a number the rate is the arm's own, whatever its part of the traffic is.
      return time.exposure === undefined || criterion.against !== 'baseline'
        ? { n: g.n, seconds: time.seconds }
        : { n: g.n, ...time };
    case 'mean':
      return g.n > 0 && Number.isFinite(g.sum) && Number.isFinite(g.sum2) ? { n: g.n, sum: g.sum, sum2: g.sum2 } : null;
    case 'value': {
      const values = g.values.filter((v) => Number.isFinite(v));
      return values.length > 0 ? { values } : null;
    }
    case 'quantile':
      return g.histogram ? { bounds: g.histogram.edges, counts: g.histogram.counts } : null;
  }
}
