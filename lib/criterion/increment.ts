/** What one bin adds to the sums of a criterion. Pure. */
import { totalOf } from '@/lib/stats/histogram';
import { countAbove } from '@/lib/stats/quantile';
import type { Shape } from '@/lib/stats/score';
import { combine, countBin, countBinAlone, meanBin, meanBinAlone, type Sums } from '@/lib/stats/sums';
import type { Arm, Bin, MeanArm, RateArm, ValueArm } from './model';
import { histogramOf, type Pivots } from './pivot';

/** How many observations an arm has; 0 for silence. */
export function samplesOf(arm: Arm | null | undefined): number {
  if (!arm) return 0;
  if ('values' in arm) return arm.values.length;
  if ('seconds' in arm) return arm.seconds > 0 ? arm.n : 0;
  if ('n' in arm) return arm.n;
  let n = 'zeroCount' in arm ? arm.zeroCount : 0;
  for (const count of arm.counts) n += count;
  if ('negativeCounts' in arm) for (const count of arm.negativeCounts ?? []) n += count;
  return n;
}

/** Something was measured: a rate of zero events over some seconds is, a share of zero requests is not. */
export function observed(arm: Arm | null | undefined): arm is Arm {
  if (!arm) return false;
  return 'seconds' in arm ? personTime(arm) > 0 : samplesOf(arm) > 0;
}

/** The seconds of an arm times its part of the traffic. */
function personTime(arm: RateArm): number {
  return arm.exposure === null ? 0 : arm.seconds * (arm.exposure ?? 1);
}

/** All cohorts of one time bin as one bin, new: each compared within itself, then added up. */
export function incrementOf(bins: Bin[], shape: Shape, pivots: Pivots | null): Sums | null {
  let total: Sums | null = null;
  for (const bin of bins) {
    const sums = pivots ? atPivots(bin, pivots) : increment(bin, shape);
    if (sums) total = total ? combine(total, sums, 1) : sums;
  }
  if (total) total.bins = 1;
  return total;
}

/** A quantile as a share: what of each arm lies above its pivot. */
function atPivots(bin: Bin, pivots: Pivots): Sums | null {
  const one = histogramOf(bin.candidate);
  const n1 = one ? totalOf(one) : 0;
  if (!one || n1 <= 0) return null;
  const k1 = countAbove(one, pivots.candidate);
  if (!pivots.baseline) return countBinAlone({ n1, k1, bounded: true });
  const zero = histogramOf(bin.baseline);
  const n0 = zero ? totalOf(zero) : 0;
  if (!zero || n0 <= 0) return null;
  return countBin({ n1, k1, n0, k0: countAbove(zero, pivots.baseline), bounded: true });
}

/** Null where an arm that is needed is silent: such a bin says nothing about the difference. */
function increment(bin: Bin, shape: Shape): Sums | null {
  const { candidate, baseline } = bin;
  if (!observed(candidate)) return null;
  if (shape.against === 'threshold') return alone(candidate);
  return observed(baseline) ? compared(candidate, baseline) : null;
}

function alone(arm: Arm): Sums | null {
  if ('k' in arm) return countBinAlone({ n1: arm.n, k1: arm.k, bounded: true });
  if ('seconds' in arm) return countBinAlone({ n1: personTime(arm), k1: arm.n, bounded: false });
  if ('sum2' in arm) return meanBinAlone({ n1: arm.n, y1: arm.sum, s1: varianceOf(arm) ?? 0 });
  if ('values' in arm) return meanBinAlone({ n1: arm.values.length, y1: total(arm), s1: guessOf(arm, level(arm)) }, 1);
  return null;
}

function compared(one: Arm, zero: Arm): Sums | null {
  if ('k' in one && 'k' in zero) return countBin({ n1: one.n, k1: one.k, n0: zero.n, k0: zero.k, bounded: true });
  if ('seconds' in one && 'seconds' in zero)
    return countBin({ n1: personTime(one), k1: one.n, n0: personTime(zero), k0: zero.n, bounded: false });
  if ('sum2' in one && 'sum2' in zero) return means(one, zero);
  if ('values' in one && 'values' in zero) {
    const most = Math.max(level(one), level(zero));
    const arms = { n1: one.values.length, y1: total(one), n0: zero.values.length, y0: total(zero) };
    return meanBin({ ...arms, s1: guessOf(one, most), s0: guessOf(zero, most) }, 1);
  }
  return null;
}

function means(one: MeanArm, zero: MeanArm): Sums | null {
  const own = varianceOf(one);
  const other = varianceOf(zero);
  if (own === null && other === null) return null;
  const n = one.n + zero.n;
  const pooled = ((own ?? 0) * (one.n - 1) + (other ?? 0) * (zero.n - 1)) / Math.max(1, n - 2);
  const s1 = own ?? pooled;
  const s0 = other ?? pooled;
  // With skewed values a small arm's own variance moves with its mean; the larger of both views is safe.
  const welch = s1 / one.n + s0 / zero.n;
  const more = Math.max(1, (pooled * (1 / one.n + 1 / zero.n)) / (welch || 1));
  return meanBin({ n1: one.n, y1: one.sum, s1: s1 * more, n0: zero.n, y0: zero.sum, s0: s0 * more });
}

/** Unbiased; null for a single observation. */
function varianceOf(arm: MeanArm): number | null {
  if (arm.n < 2) return null;
  return Math.max(0, (arm.sum2 - (arm.sum * arm.sum) / arm.n) / (arm.n - 1));
}

function total(arm: ValueArm): number {
  let sum = 0;
  for (const v of arm.values) sum += v;
  return sum;
}
function level(arm: ValueArm): number {
  return Math.abs(total(arm)) / arm.values.length;
}
/** Gauges have no model of their noise: a tenth of their level a bin to begin with, learned between bins from there. */
function guessOf(arm: ValueArm, most: number): number {
  return arm.values.length * (0.1 * most) ** 2;
}
