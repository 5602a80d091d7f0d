/**
 * A data point: scanned into the columns, checked, and given its stream. One that must not be stored is rejected
 * with a reason, and its row is used again for the next.
 * @see https://opentelemetry.io/docs/specs/otel/metrics/data-model/
 */
import { hash } from 'node:crypto';
import { type Pool, reserve, type Section } from '@/lib/signal/ledger/columns';
import type { PointKind } from '@/lib/signal/model';
import { decodeAttributes } from './attributes';
import { type Decoding, familyOf, type Metric, reject } from './identity';
import { add, lookup, streamOf } from './known';
import { clearScanned, newScanned, scanBuckets, scanExponential, scanHistogram, scanNumber, scanSummary } from './scan';
import { newWire, Refused, readLength, readVarint, skip, type Wire } from './wire';
import { newProtoWriter, writeBytesField, written } from './write';

type PointReader = (d: Decoding, metric: Metric, wire: Wire, start: number, end: number) => void;

const noRecordedValue = 1;
/** Wider histograms are a mistake or an attack: an SDK keeps 160. */
const maxBuckets = 16_384;
const p = newScanned();

function begin(s: Section): number {
  const i = s.length;
  if (i >= s.stream.length) reserve(s, i + 1);
  s.startLow[i] = 0;
  s.startHigh[i] = 0;
  s.timeLow[i] = 0;
  s.timeHigh[i] = 0;
  clearScanned(p);
  return i;
}

const readNumber: PointReader = (d, metric, wire, start, end) => {
  const s = d.columns.numbers;
  const i = begin(s);
  s.value[i] = Number.NaN;
  if (!scanNumber(s, i, p, wire, start, end)) return readNumber(d, metric, ...regrouped(wire, start, end, 7, []));
  let reason: string | null = null;
  if ((p.flags & noRecordedValue) === 0) {
    if (!p.valued) reason = 'a point has no value';
    else if (!Number.isFinite(s.value[i] as number)) reason = 'a value is not a finite number';
  } else if (!Number.isFinite(s.value[i] as number)) s.value[i] = Number.NaN;
  finish(d, metric, s, wire, reason);
};

const readHistogram: PointReader = (d, metric, wire, start, end) => {
  const s = d.columns.histograms;
  const pool = d.columns.counts;
  const poolStart = pool.length;
  const i = begin(s);
  s.count[i] = 0;
  s.sum[i] = Number.NaN;
  s.min[i] = Number.NaN;
  s.max[i] = Number.NaN;
  if (!scanHistogram(s, pool, i, p, wire, start, end)) {
    pool.length = poolStart;
    return readHistogram(d, metric, ...regrouped(wire, start, end, 9, [7]));
  }
  let reason = checkHistogram(d, i, wire, poolStart);
  if ((p.flags & noRecordedValue) !== 0 && reason !== null) {
    s.bounds[i] = 0;
    s.sum[i] = Number.NaN;
    s.min[i] = Number.NaN;
    s.max[i] = Number.NaN;
    reason = null;
  }
  if (!finish(d, metric, s, wire, reason) || s.bounds[i] === 0) pool.length = poolStart;
};

function checkHistogram(d: Decoding, i: number, wire: Wire, poolStart: number): string | null {
  const s = d.columns.histograms;
  const pool = d.columns.counts;
  const counts = pool.length - poolStart;
  const bounds = (p.boundsEnd - p.bounds) >> 3;
  s.bounds[i] = 0;
  if (p.notFinite) return 'a sum, min or max is not a finite number';
  if (counts > maxBuckets) return `a histogram has more than ${maxBuckets} buckets`;
  if (counts === 0 && bounds === 0) return null;
  if (counts !== bounds + 1 || (p.boundsEnd - p.bounds) % 8 !== 0) {
    return `a histogram has ${counts} bucket counts for ${bounds} bounds`;
  }
  const index = boundsIndex(d, wire);
  if (index === 0) return 'the bucket bounds are not increasing finite numbers';
  s.bounds[i] = index;
  return addUp(pool, poolStart, s.count[i] as number, 0) ? null : 'the bucket counts do not add up to the count';
}

/** The place (from 1) of the point's bounds among those of this request; 0: they are not increasing. */
function boundsIndex(d: Decoding, wire: Wire): number {
  const { lastBounds } = d;
  if (
    lastBounds.index !== 0 &&
    sameBounds(lastBounds.wire, lastBounds.start, lastBounds.end, wire, p.bounds, p.boundsEnd)
  ) {
    return lastBounds.index;
  }
  const bounds = new Float64Array((p.boundsEnd - p.bounds) >> 3);
  let last = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < bounds.length; k++) {
    const bound = wire.view.getFloat64(p.bounds + k * 8, true);
    if (!(bound > last) || bound === Number.POSITIVE_INFINITY) return 0;
    bounds[k] = bound;
    last = bound;
  }
  const all = d.columns.bounds;
  let index =
    all.length <= 64 ? all.findIndex((b) => b.length === bounds.length && b.every((v, k) => v === bounds[k])) : -1;
  if (index < 0) index = all.push(bounds) - 1;
  d.lastBounds = { wire, start: p.bounds, end: p.boundsEnd, index: index + 1 };
  return index + 1;
}

function sameBounds(a: Wire, aStart: number, aEnd: number, b: Wire, bStart: number, bEnd: number): boolean {
  if (aEnd - aStart !== bEnd - bStart) return false;
  // equal as numbers, which is what bounds are
  for (let k = bEnd - bStart - 8; k >= 0; k -= 8) {
    if (a.view.getFloat64(aStart + k, true) !== b.view.getFloat64(bStart + k, true)) return false;
  }
  return true;
}

/** Beyond 2^53 sums are not exact, and nobody counts so far. */
function addUp(pool: Pool, start: number, count: number, zeroCount: number): boolean {
  let sum = zeroCount;
  const { data, length } = pool;
  for (let k = start; k < length; k++) sum += data[k] as number;
  return sum === count || count > Number.MAX_SAFE_INTEGER;
}

const readExponential: PointReader = (d, metric, wire, start, end) => {
  const s = d.columns.exponentials;
  const pool = d.columns.exponentialCounts;
  const poolStart = pool.length;
  const i = begin(s);
  s.count[i] = 0;
  s.sum[i] = Number.NaN;
  s.min[i] = Number.NaN;
  s.max[i] = Number.NaN;
  s.scale[i] = 0;
  s.zeroCount[i] = 0;
  s.zeroThreshold[i] = 0;
  if (!scanExponential(s, i, p, wire, start, end)) {
    return readExponential(d, metric, ...regrouped(wire, start, end, 1, [8, 9]));
  }
  s.positiveOffset[i] = scanBuckets(pool, wire, p.positive, p.positiveEnd);
  s.positiveLength[i] = pool.length - poolStart;
  s.negativeOffset[i] = scanBuckets(pool, wire, p.negative, p.negativeEnd);
  s.negativeLength[i] = pool.length - poolStart - (s.positiveLength[i] as number);
  let reason = checkExponential(d, i, poolStart);
  if ((p.flags & noRecordedValue) !== 0 && reason !== null) {
    for (const column of [s.scale, s.positiveOffset, s.positiveLength, s.negativeOffset, s.negativeLength])
      column[i] = 0;
    for (const column of [s.sum, s.min, s.max]) column[i] = Number.NaN;
    s.zeroThreshold[i] = 0;
    pool.length = poolStart;
    reason = null;
  }
  if (!finish(d, metric, s, wire, reason)) pool.length = poolStart;
};

function checkExponential(d: Decoding, i: number, poolStart: number): string | null {
  const s = d.columns.exponentials;
  const pool = d.columns.exponentialCounts;
  const threshold = s.zeroThreshold[i] as number;
  const middle = poolStart + (s.positiveLength[i] as number);
  const scale = s.scale[i] as number;
  if (p.notFinite) return 'a sum, min or max is not a finite number';
  if (pool.length - poolStart > maxBuckets) return `a histogram has more than ${maxBuckets} buckets`;
  if (!(threshold >= 0) || threshold === Number.POSITIVE_INFINITY) return 'a zero threshold is not a finite width';
  if (
    !withinDoubles(pool, poolStart, middle, s.positiveOffset[i] as number, scale) ||
    !withinDoubles(pool, middle, pool.length, s.negativeOffset[i] as number, scale)
  ) {
    return 'an exponential bucket lies outside the range of doubles';
  }
  const adds = addUp(pool, poolStart, s.count[i] as number, s.zeroCount[i] as number);
  return adds ? null : 'the bucket counts do not add up to the count';
}

/**
 * Bucket i is (2^(i·2^-scale), 2^((i+1)·2^-scale)]; doubles reach from 2^-1074 to below 2^1024. Empty buckets at
 * the ends do not count. A bucket that only reaches in counts.
 */
function withinDoubles(pool: Pool, start: number, end: number, offset: number, scale: number): boolean {
  let first = start;
  while (first < end && pool.data[first] === 0) first++;
  if (first === end) return true;
  let last = end - 1;
  while (pool.data[last] === 0) last--;
  const highest = offset + last - start;
  if (highest > 2147483647) return false;
  const width = 2 ** -scale;
  const above = (index: number) => (index === 0 ? 0 : index * width);
  return above(highest) < 1024 && above(offset + first - start + 1) > -1074;
}

const readSummary: PointReader = (d, metric, wire, start, end) => {
  const s = d.columns.summaries;
  const i = begin(s);
  s.count[i] = 0;
  s.sum[i] = 0;
  if (!scanSummary(s, i, p, wire, start, end)) return readSummary(d, metric, ...regrouped(wire, start, end, 7, []));
  const bad = p.notFinite && (p.flags & noRecordedValue) === 0;
  finish(d, metric, s, wire, bad ? 'a sum is not a finite number' : null);
};

export const pointReaders: Record<PointKind, PointReader> = {
  gauge: readNumber,
  sum: readNumber,
  histogram: readHistogram,
  exponential_histogram: readExponential,
  summary: readSummary,
};

/** Keeps the row, unless the point or its whole metric is refused. */
function finish(d: Decoding, metric: Metric, s: Section, wire: Wire, reason: string | null): boolean {
  const i = s.length;
  let why = metric.refused ?? reason;
  if (why === null && s.timeLow[i] === 0 && s.timeHigh[i] === 0) why = 'a point has no time';
  if (why === null) {
    const { attributes, attributesEnd } = p;
    const set = lookup(d.known.sets, 0, wire, attributes, attributesEnd);
    const stream = set === 0 ? 0 : streamOf(d.known.streams, metric.id, set);
    if (stream !== 0) s.stream[i] = stream;
    else why = beginStream(d, metric, s, set, wire);
  }
  if (why !== null) {
    reject(d, metric, why);
    return false;
  }
  s.flags[i] = p.flags;
  s.length = i + 1;
  return true;
}

/** A stream that this process has not seen: its row gets a number of this request until its id is known. */
function beginStream(d: Decoding, metric: Metric, s: Section, knownSet: number, wire: Wire): string | null {
  const { attributes: start, attributesEnd: end } = p;
  const { fresh, freshByPair } = d;
  let set = knownSet;
  const pair = metric.id * 4294967296 + set;
  let index = set === 0 ? undefined : freshByPair.get(pair);
  if (index === undefined) {
    try {
      const decoded = decodeAttributes(wire, start, end);
      if (set === 0) set = add(d.known.sets, 0, wire, start, end);
      const family = familyOf(d, metric);
      fresh.streams.push({
        family,
        hash: hash('sha256', family.digest + decoded.canonical, 'hex').slice(0, 32),
        attributes: JSON.stringify(decoded.attributes),
      });
    } catch (error) {
      if (error instanceof Refused) return error.message;
      throw error;
    }
    index = fresh.pairs.push({ metric: metric.id, set }) - 1;
    freshByPair.set(metric.id * 4294967296 + set, index);
  }
  s.stream[s.length] = -(index + 1);
  return null;
}

/** The message again, with its attributes side by side at the end and each field of `merge` in one piece. */
function regrouped(
  wire: Wire,
  start: number,
  end: number,
  attributes: number,
  merge: number[],
): [Wire, number, number] {
  const rest: Buffer[] = [];
  const last: Buffer[] = [];
  const pieces = new Map<number, Buffer[]>();
  wire.at = start;
  while (wire.at < end) {
    const from = wire.at;
    const tag = readVarint(wire, end);
    const field = tag >>> 3;
    if (merge.includes(field)) {
      const length = (tag & 7) === 2 ? readLength(wire, end) : 8;
      const piece = wire.bytes.subarray(wire.at, wire.at + length);
      pieces.set(field, [...(pieces.get(field) ?? []), piece]);
      wire.at += length;
    } else {
      skip(wire, tag, end);
      (field === attributes ? last : rest).push(wire.bytes.subarray(from, wire.at));
    }
  }
  const w = newProtoWriter();
  for (const [field, parts] of pieces) writeBytesField(w, field, Buffer.concat(parts));
  const bytes = Buffer.concat([...rest, written(w), ...last]);
  return [newWire(bytes), 0, bytes.length];
}
