/** What can be said of observations that only buckets remember. Pure; shared by charts and roll-ups. */
import { type Exponential, upperEdge } from './buckets';

type Bucket = { low: number; high: number; count: number; log: boolean };

/**
 * Sum of squares, estimated: observations spread evenly over (a, b] have a mean square of (a² + ab + b²) / 3.
 * Where the true sum is known the estimate is scaled by (true sum / sum of midpoints)², which takes out the
 * bias of observations that lean to one side of their bucket.
 */
export function sumOfSquares(buckets: Bucket[], sum: number): number {
  let squares = 0;
  let middle = 0;
  for (const { low, high, count } of buckets) {
    squares += (count * (low * low + low * high + high * high)) / 3;
    middle += (count * (low + high)) / 2;
  }
  const scale = Number.isFinite(sum) && sum > 0 && middle > 0 ? sum / middle : 1;
  return squares * scale * scale;
}

/** Linear inside explicit buckets (as Prometheus), logarithmic inside exponential ones; null without data. */
export function quantileOf(buckets: Bucket[], q: number): number | null {
  let total = 0;
  for (const b of buckets) total += b.count;
  if (!(total > 0)) return null;
  let left = q * total;
  let last: number | null = null;
  for (const { low, high, count, log } of buckets) {
    if (count <= 0) continue;
    if (left <= count) {
      const part = Math.max(0, left) / count;
      if (log && low > 0) return low * (high / low) ** part;
      if (log && high < 0) return -(-low * (high / low) ** part);
      return low + (high - low) * part;
    }
    left -= count;
    last = high;
  }
  return last;
}

/** The open ends are closed with the smallest and largest value where known, else with zero and the last bound. */
export function explicitBuckets(bounds: Float64Array, counts: Float64Array, min: number, max: number): Bucket[] {
  const first = bounds[0] ?? 0;
  const end = bounds[bounds.length - 1] ?? 0;
  const least = Number.isFinite(min) ? Math.min(min, first) : Math.min(0, first);
  const most = Number.isFinite(max) ? Math.max(max, end) : end;
  const out: Bucket[] = [];
  for (let i = 0; i < counts.length; i++)
    out.push({
      low: i === 0 ? least : (bounds[i - 1] as number),
      high: i === bounds.length ? most : (bounds[i] as number),
      count: counts[i] as number,
      log: false,
    });
  return out;
}

export function exponentialBuckets(x: Exponential): Bucket[] {
  const out: Bucket[] = [];
  const edge = (index: number) => upperEdge(x.scale, index);
  for (let i = x.negative.counts.length - 1; i >= 0; i--) {
    const at = x.negative.offset + i;
    out.push({ low: -edge(at), high: -edge(at - 1), count: x.negative.counts[i] as number, log: true });
  }
  out.push({ low: -x.zeroThreshold, high: x.zeroThreshold, count: x.zeroCount, log: false });
  for (let i = 0; i < x.positive.counts.length; i++) {
    const at = x.positive.offset + i;
    out.push({ low: edge(at - 1), high: edge(at), count: x.positive.counts[i] as number, log: true });
  }
  return out;
}
