/** What was observed of one series in one time bucket: a sum that grows point by point. Pure. */

import type { Aggregate, PointKind } from '../model';
import { addExponential, commonBounds, type Exponential, regroup } from './buckets';
import { explicitBuckets, exponentialBuckets, sumOfSquares } from './quantile';

export type Bin = {
  /** increase of a sum, or number of observations */
  n: number;
  /** NaN: not known */
  sum: number;
  sum2: number;
  min: number;
  max: number;
  last: number;
  /** milliseconds of the point that `last` comes from, so that a late point does not replace it */
  lastAt: number;
  /** null: no buckets, or `n` is 0 still */
  bounds: Float64Array | null;
  counts: Float64Array | null;
  exponential: Exponential | null;
};

export function emptyBin(): Bin {
  return {
    n: 0,
    sum: 0,
    sum2: 0,
    min: Number.NaN,
    max: Number.NaN,
    last: Number.NaN,
    lastAt: Number.NEGATIVE_INFINITY,
    bounds: null,
    counts: null,
    exponential: null,
  };
}

export function addIncrease(bin: Bin, n: number, sum: number, min: number, max: number): void {
  bin.n += n;
  bin.sum += sum;
  if (min < bin.min || Number.isNaN(bin.min)) bin.min = min;
  if (max > bin.max || Number.isNaN(bin.max)) bin.max = max;
}

/**
 * Adds explicit counts, which start at `from`; call before `addIncrease`. `bounds` null: the sender gave count
 * and sum only, which leaves one bucket of everything.
 */
export function addExplicit(
  bin: Bin,
  n: number,
  bounds: Float64Array | null,
  counts: Float64Array | null,
  from = 0,
): void {
  const grid = bounds ?? noBounds;
  const own = bin.counts;
  if (own && bounds !== null && bin.bounds === bounds && counts) {
    for (let i = 0; i < own.length; i++) own[i] = (own[i] as number) + (counts[from + i] as number);
    return;
  }
  const added = bounds && counts ? counts.slice(from, from + grid.length + 1) : Float64Array.of(n);
  if (!own || !bin.bounds) {
    bin.bounds = grid;
    bin.counts = added;
    return;
  }
  const common = commonBounds(bin.bounds, grid);
  const target = common.length === grid.length ? grid : common.length === bin.bounds.length ? bin.bounds : common;
  const sum = regroup(bin.bounds, own, target).slice();
  const more = regroup(grid, added, target);
  for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (more[i] as number);
  bin.bounds = target;
  bin.counts = sum;
}

export const noBounds = new Float64Array(0);

/** A bin of one's own: bins that are read back lend their counts. */
export function copyOfBin(bin: Bin): Bin {
  return { ...bin, counts: bin.counts?.slice() ?? null };
}

/** Adds all of `from` into `into`; associative and commutative. */
export function mergeBin(into: Bin, from: Bin): void {
  if (from.counts) addExplicit(into, from.n, from.bounds, from.counts);
  if (from.exponential) into.exponential = addExponential(into.exponential, from.exponential);
  addIncrease(into, from.n, from.sum, from.min, from.max);
  into.sum2 += from.sum2;
  if (from.lastAt >= into.lastAt && !Number.isNaN(from.last)) {
    into.last = from.last;
    into.lastAt = from.lastAt;
  }
}

const shown = new WeakMap<Float64Array, number[]>();
/** Bounds are shared by thousands of bins; so is their array. */
function boundsArray(bounds: Float64Array): number[] {
  let list = shown.get(bounds);
  if (!list) {
    list = Array.from(bounds);
    shown.set(bounds, list);
  }
  return list;
}

/** The bin as the judge and the pages know it. */
export function aggregateOf(bin: Bin, kind: PointKind): Aggregate {
  const { n, sum, min, max, last } = bin;
  const out: Aggregate = { kind, n, sum, sum2: bin.sum2, min, max, last };
  if (bin.bounds && bin.counts) {
    out.explicit = { bounds: boundsArray(bin.bounds), counts: Array.from(bin.counts) };
    out.sum2 =
      bin.bounds.length === 0 ? Number.NaN : sumOfSquares(explicitBuckets(bin.bounds, bin.counts, min, max), sum);
  }
  if (bin.exponential) {
    const { scale, zeroCount, zeroThreshold, positive, negative } = bin.exponential;
    out.exponential = { scale, zeroCount, offset: positive.offset, counts: Array.from(positive.counts) };
    if (zeroThreshold > 0) out.exponential.zeroThreshold = zeroThreshold;
    if (negative.counts.length > 0) {
      out.exponential.negativeOffset = negative.offset;
      out.exponential.negativeCounts = Array.from(negative.counts);
    }
    out.sum2 = sumOfSquares(exponentialBuckets(bin.exponential), sum);
  }
  if (kind === 'sum') out.sum = out.sum2 = Number.NaN;
  return out;
}
