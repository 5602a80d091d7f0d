/**
 * Quantiles of histograms. Inside a bucket the distribution is taken to be straight on normal-probability paper over the
 * logarithm (exact for a log-normal, and close for the skewed shapes that latencies have); where that cannot be drawn
 * (ends of the histogram, values that are not positive) it is taken to be even.
 */
import type { Histogram } from './histogram';
import { normalCdf, normalQuantile } from './special';

/** A value, and where it lies: `part` of the bucket that holds it counts as above it. */
export type Pivot = { value: number; part: number };

/** Lower edge of bucket `i`; the first one begins at zero where all values may be positive. */
function lowerEdge(edges: number[], i: number): number {
  if (i > 0) return edges[i - 1] as number;
  return (edges[0] ?? 0) > 0 ? 0 : Number.NEGATIVE_INFINITY;
}

/**
 * The value with `above` observations above it. +∞ where it lies beyond the last edge, −∞ below the first:
 * nobody knows how far.
 */
export function valueAbove(h: Histogram, above: number, total: number): number {
  if (above <= 0) return Number.POSITIVE_INFINITY;
  if (above >= total) return Number.NEGATIVE_INFINITY;
  let left = above;
  for (let i = h.counts.length - 1; i >= 0; i--) {
    const count = h.counts[i] as number;
    if (left > count || count <= 0) {
      left -= Math.max(0, count);
      continue;
    }
    if (i >= h.edges.length) return Number.POSITIVE_INFINITY;
    const low = lowerEdge(h.edges, i);
    if (low === Number.NEGATIVE_INFINITY) return low;
    return inside({ low, high: h.edges[i] as number, over: above - left, count, total }, left / count);
  }
  return Number.NEGATIVE_INFINITY;
}

type Bucket = { low: number; high: number; over: number; count: number; total: number };

/** The value with `part` of the bucket's observations above it. */
function inside(b: Bucket, part: number): number {
  const z = probits(b);
  if (!z) return b.high - (b.high - b.low) * part;
  const at = normalQuantile((b.over + part * b.count) / b.total);
  return b.low * (b.high / b.low) ** ((z.low - at) / (z.low - z.high));
}

/** The part of the bucket's observations above `value`. */
function partAbove(b: Bucket, value: number): number {
  const z = probits(b);
  if (!z) return (b.high - value) / (b.high - b.low);
  const along = Math.log(value / b.low) / Math.log(b.high / b.low);
  return (normalCdf(z.low - along * (z.low - z.high)) * b.total - b.over) / b.count;
}

/** Φ⁻¹ of the share above each end of the bucket; null where that is not a straight line on the paper. */
function probits(b: Bucket): { low: number; high: number } | null {
  if (!(b.low > 0) || b.over <= 0 || b.over + b.count >= b.total) return null;
  return { low: normalQuantile((b.over + b.count) / b.total), high: normalQuantile(b.over / b.total) };
}

/** Where `value` cuts its bucket, by the shape of `h`; null beyond the last edge or below the first. */
export function pivotAt(h: Histogram, value: number, total: number): Pivot | null {
  let over = 0;
  for (let i = h.counts.length - 1; i >= 0; i--) {
    const low = lowerEdge(h.edges, i);
    const count = Math.max(0, h.counts[i] as number);
    if (value <= low) {
      over += count;
      continue;
    }
    if (i >= h.edges.length || low === Number.NEGATIVE_INFINITY) return null;
    const high = h.edges[i] as number;
    if (count <= 0) return { value, part: (high - value) / (high - low) };
    const part = partAbove({ low, high, over, count, total }, value);
    return { value, part: Math.min(1, Math.max(0, part)) };
  }
  return null;
}

/** How many observations lie above the pivot: linear in the counts, so bins add up. */
export function countAbove(h: Histogram, pivot: Pivot): number {
  let above = 0;
  for (let i = h.counts.length - 1; i >= 0; i--) {
    const low = lowerEdge(h.edges, i);
    if (pivot.value > low) return above + pivot.part * (h.counts[i] as number);
    above += h.counts[i] as number;
  }
  return above;
}
