/**
 * A quantile is judged as a share: that of the candidate's observations above the baseline's quantile (moved by the
 * margin), against that of the baseline's above its own. In each bin both are counted at pivots that were fixed before
 * the bin, from what came earlier, so no bin chooses its own yardstick; the very first bin uses both arms together.
 */
import { addHistograms, fromExplicit, fromExponential, type Histogram, totalOf } from '@/lib/stats/histogram';
import { type Pivot, pivotAt, valueAbove } from '@/lib/stats/quantile';
import type { Arm, Bin } from './model';
import type { Question } from './question';

/** Both arms of some bins, each bin weighted as Mantel and Haenszel do, so both hold the same mix. */
export type Shapes = { candidate: Histogram; baseline: Histogram; weight: number };
export type Pivots = { candidate: Pivot; baseline: Pivot | null };

/** How many bins the pivots remember: a baseline that drifts over the day takes them along. */
const memoryBins = 64;

export function histogramOf(arm: Arm | null | undefined): Histogram | null {
  if (!arm || !('counts' in arm)) return null;
  return 'scale' in arm ? fromExponential(arm) : fromExplicit(arm);
}

const empty: Histogram = { edges: [], counts: [0] };
export const noShapes: Shapes = { candidate: empty, baseline: empty, weight: 0 };

/** The weighted shapes of one time bin, all cohorts together; null where nothing can be compared. */
export function shapesOf(bins: Bin[], question: Question): Shapes | null {
  let out: Shapes | null = null;
  for (const bin of bins) {
    const shapes = shapesOfOne(bin, question);
    if (shapes) out = out ? addShapes(out, shapes, 1) : shapes;
  }
  return out;
}

function shapesOfOne(bin: Bin, question: Question): Shapes | null {
  const one = histogramOf(bin.candidate);
  const n1 = one ? totalOf(one) : 0;
  if (!one || n1 <= 0) return null;
  if (question.shape.against === 'threshold') return { candidate: one, baseline: empty, weight: n1 };
  const zero = histogramOf(bin.baseline);
  const n0 = zero ? totalOf(zero) : 0;
  if (!zero || n0 <= 0) return null;
  const n = n1 + n0;
  return { candidate: scaled(one, n0 / n), baseline: scaled(zero, n1 / n), weight: (n1 * n0) / n };
}

function scaled(h: Histogram, times: number): Histogram {
  return { edges: h.edges, counts: h.counts.map((c) => c * times) };
}

export function addShapes(a: Shapes, b: Shapes, times: 1 | -1): Shapes {
  if (a.weight === 0 && times === 1) return b;
  return {
    candidate: addHistograms(a.candidate, b.candidate, times),
    baseline: addHistograms(a.baseline, b.baseline, times),
    weight: a.weight + times * b.weight,
  };
}

export function remember(old: Shapes, added: Shapes): Shapes {
  if (old.weight === 0) return added;
  const keep = 1 - 1 / memoryBins;
  return addShapes(
    { candidate: scaled(old.candidate, keep), baseline: scaled(old.baseline, keep), weight: old.weight * keep },
    added,
    1,
  );
}

/** Null where the quantile, moved by the margin, lies in an open-ended bucket: then nothing can be said of it. */
export function pivotsFrom(known: Shapes, question: Question): Pivots | null {
  const { q, limit, shape } = question;
  if (q === null || known.weight <= 0) return null;
  if (shape.against === 'threshold') {
    const candidate = pivotAt(known.candidate, limit, known.weight);
    return candidate && { candidate, baseline: null };
  }
  const moved = limit !== 0;
  const both = moved ? known.baseline : addHistograms(known.baseline, known.candidate);
  const weight = moved ? known.weight : 2 * known.weight;
  const value = valueAbove(both, (1 - q) * weight, weight);
  if (!Number.isFinite(value)) return null;
  const baseline = pivotAt(both, value, weight);
  if (!baseline) return null;
  if (!moved) return { candidate: baseline, baseline };
  const candidate = pivotAt(known.candidate, shapedLimit(value, question), known.weight);
  return candidate && { candidate, baseline };
}

/** The candidate's quantile where it is exactly `limit` away from a baseline of `value`. */
function shapedLimit(value: number, { limit, relativeQuantile }: Question): number {
  return relativeQuantile ? value * (1 + limit) : value + limit;
}
