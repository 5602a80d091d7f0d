/**
 * Histogram arithmetic. Explicit buckets are upper-inclusive: bucket i holds (bounds[i-1], bounds[i]].
 * Exponential bucket i of scale s holds (base^i, base^(i+1)], base = 2^(2^-s); negatives are mirrored.
 * @see https://opentelemetry.io/docs/specs/otel/metrics/data-model/#exponentialhistogram
 */

export type Span = { offset: number; counts: Float64Array };
export type Exponential = {
  scale: number;
  zeroCount: number;
  zeroThreshold: number;
  positive: Span;
  negative: Span;
};

/** Wider than this and a histogram is downscaled: twice what SDKs send at most (160). */
export const widestSpan = 320;
const lowestScale = -10;
const none = new Float64Array(0);

/** The bounds that both have: the finest grid onto which both regroup exactly. */
export function commonBounds(a: Float64Array, b: Float64Array): Float64Array {
  const common: number[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const x = a[i] as number;
    const y = b[j] as number;
    if (x === y) {
      common.push(x);
      i++;
      j++;
    } else if (x < y) i++;
    else j++;
  }
  return Float64Array.from(common);
}

/** Counts of `bounds` added up onto `coarse`, whose every bound is one of `bounds`. */
export function regroup(bounds: Float64Array, counts: Float64Array, coarse: Float64Array): Float64Array {
  if (bounds === coarse) return counts;
  const out = new Float64Array(coarse.length + 1);
  for (let i = 0, at = 0; i < counts.length; i++) {
    while (at < coarse.length && i < bounds.length && (bounds[i] as number) > (coarse[at] as number)) at++;
    if (i >= bounds.length) at = coarse.length;
    out[at] = (out[at] as number) + (counts[i] as number);
  }
  return out;
}

/** Exact: k steps down is an arithmetic shift of every index by k. */
export function downscaleSpan(span: Span, by: number): Span {
  if (by <= 0 || span.counts.length === 0) return span;
  const first = shift(span.offset, by);
  const last = shift(span.offset + span.counts.length - 1, by);
  const counts = new Float64Array(last - first + 1);
  for (let i = 0; i < span.counts.length; i++) {
    const at = shift(span.offset + i, by) - first;
    counts[at] = (counts[at] as number) + (span.counts[i] as number);
  }
  return { offset: first, counts };
}

/** As `index >> by`, also beyond 31 steps and 32 bits. */
function shift(index: number, by: number): number {
  return Math.floor(index / 2 ** by);
}

export function downscale(x: Exponential, scale: number): Exponential {
  const by = x.scale - scale;
  if (by <= 0) return x;
  return { ...x, scale, positive: downscaleSpan(x.positive, by), negative: downscaleSpan(x.negative, by) };
}

/** Upper edge of bucket `index`: base^(index+1). */
export function upperEdge(scale: number, index: number): number {
  return 2 ** ((index + 1) * 2 ** -scale);
}

/** A new histogram of both; neither input changes. Widest zero threshold, lowest scale. */
export function mergeExponential(a: Exponential, b: Exponential): Exponential {
  return fold(a, b, 1);
}

/** What `next` counted beyond `before`, its own earlier state; null when a count fell, which no such state does. */
export function subtractExponential(next: Exponential, before: Exponential): Exponential | null {
  const out = fold(next, before, -1);
  const fell = (counts: Float64Array) => counts.some((c) => c < 0);
  return out.zeroCount < 0 || fell(out.positive.counts) || fell(out.negative.counts) ? null : out;
}

function fold(a: Exponential, b: Exponential, sign: 1 | -1): Exponential {
  const low = fitScale(a, b, Math.min(a.scale, b.scale));
  let x = downscale(a, low);
  let y = downscale(b, low);
  const alike = a.scale === b.scale && low === a.scale && a.zeroThreshold === b.zeroThreshold;
  const threshold = alike ? a.zeroThreshold : widestThreshold(x, y);
  x = widenZero(x, threshold);
  y = widenZero(y, threshold);
  return {
    scale: low,
    zeroCount: x.zeroCount + sign * y.zeroCount,
    zeroThreshold: threshold,
    positive: addSpans(x.positive, y.positive, sign),
    negative: addSpans(x.negative, y.negative, sign),
  };
}

/** The highest scale, from `scale` down, at which each range of both together fits into `widestSpan`. */
function fitScale(a: Exponential, b: Exponential, scale: number): number {
  const width = (x: Span, y: Span, at: number) => {
    const ends = [
      [a, x],
      [b, y],
    ] as const;
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (const [h, span] of ends) {
      if (span.counts.length === 0) continue;
      low = Math.min(low, shift(span.offset, h.scale - at));
      high = Math.max(high, shift(span.offset + span.counts.length - 1, h.scale - at));
    }
    return high < low ? 0 : high - low + 1;
  };
  let at = scale;
  while (
    at > lowestScale &&
    Math.max(width(a.positive, b.positive, at), width(a.negative, b.negative, at)) > widestSpan
  )
    at--;
  return at;
}

/** The larger threshold, raised to the edge of the populated bucket that it falls inside of. Equal scales. */
function widestThreshold(a: Exponential, b: Exponential): number {
  const threshold = Math.max(a.zeroThreshold, b.zeroThreshold);
  if (threshold <= 0) return threshold;
  const index = bucketOf(threshold, a.scale);
  if (threshold >= upperEdge(a.scale, index)) return threshold;
  const populated = [a.positive, a.negative, b.positive, b.negative].some((s) => (s.counts[index - s.offset] ?? 0) > 0);
  return populated ? upperEdge(a.scale, index) : threshold;
}

/** The bucket that holds `value`: ceil(log_base(value)) - 1, corrected where the logarithm is off by one. */
export function bucketOf(value: number, scale: number): number {
  let index = Math.ceil(Math.log2(value) * 2 ** scale) - 1;
  while (upperEdge(scale, index) < value) index++;
  while (upperEdge(scale, index - 1) >= value) index--;
  return index;
}

/** Buckets that lie wholly within the threshold become part of the zero bucket. */
function widenZero(x: Exponential, threshold: number): Exponential {
  if (threshold <= x.zeroThreshold) return x;
  let moved = 0;
  const cut = (span: Span): Span => {
    let keep = 0;
    while (keep < span.counts.length && upperEdge(x.scale, span.offset + keep) <= threshold) {
      moved += span.counts[keep] as number;
      keep++;
    }
    return keep === 0 ? span : { offset: span.offset + keep, counts: span.counts.slice(keep) };
  };
  const positive = cut(x.positive);
  const negative = cut(x.negative);
  return { scale: x.scale, zeroCount: x.zeroCount + moved, zeroThreshold: threshold, positive, negative };
}

function addSpans(a: Span, b: Span, sign: 1 | -1): Span {
  if (b.counts.length === 0) return { offset: a.offset, counts: a.counts.slice() };
  if (a.counts.length === 0 && sign === 1) return { offset: b.offset, counts: b.counts.slice() };
  const low = a.counts.length === 0 ? b.offset : Math.min(a.offset, b.offset);
  const high = Math.max(a.counts.length === 0 ? low : a.offset + a.counts.length, b.offset + b.counts.length);
  const counts = new Float64Array(high - low);
  counts.set(a.counts, a.counts.length === 0 ? 0 : a.offset - low);
  for (let i = 0; i < b.counts.length; i++) {
    const at = b.offset - low + i;
    counts[at] = (counts[at] as number) + sign * (b.counts[i] as number);
  }
  return { offset: low, counts };
}

/** Adds `x` into `into` without a copy where the grids already agree; answers the histogram that holds both. */
export function addExponential(into: Exponential | null, x: Exponential): Exponential {
  if (!into) return fold(x, emptyExponential(x.scale, x.zeroThreshold), 1);
  const fits = (a: Span, b: Span) =>
    b.counts.length === 0 || (b.offset >= a.offset && b.offset + b.counts.length <= a.offset + a.counts.length);
  if (
    into.scale !== x.scale ||
    into.zeroThreshold !== x.zeroThreshold ||
    !fits(into.positive, x.positive) ||
    !fits(into.negative, x.negative)
  )
    return fold(into, x, 1);
  into.zeroCount += x.zeroCount;
  for (const side of ['positive', 'negative'] as const) {
    const from = x[side];
    const to = into[side];
    for (let i = 0, at = from.offset - to.offset; i < from.counts.length; i++, at++)
      to.counts[at] = (to.counts[at] as number) + (from.counts[i] as number);
  }
  return into;
}

export function emptyExponential(scale: number, zeroThreshold = 0): Exponential {
  const span = { offset: 0, counts: none };
  return { scale, zeroCount: 0, zeroThreshold, positive: span, negative: span };
}
