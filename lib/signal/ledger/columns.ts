/**
 * Points as columns: what the decoder writes, the block stores and the fold reads. Reused between requests,
 * so nothing is allocated for a point. Times are two 32-bit words, because nanoseconds exceed 2^53.
 */
import type { PointSink } from '../model';

type Head = {
  length: number;
  stream: Int32Array;
  startLow: Uint32Array;
  startHigh: Uint32Array;
  timeLow: Uint32Array;
  timeHigh: Uint32Array;
  flags: Uint32Array;
};
export type NumberColumns = Head & { value: Float64Array };
export type HistogramColumns = Head & {
  count: Float64Array;
  sum: Float64Array;
  min: Float64Array;
  max: Float64Array;
  /** 0: no buckets; k: `Columns.bounds[k - 1]`, with one count more than bounds */
  bounds: Int32Array;
};
export type ExponentialColumns = Head & {
  count: Float64Array;
  sum: Float64Array;
  min: Float64Array;
  max: Float64Array;
  zeroCount: Float64Array;
  zeroThreshold: Float64Array;
  scale: Int32Array;
  positiveOffset: Int32Array;
  positiveLength: Int32Array;
  negativeOffset: Int32Array;
  negativeLength: Int32Array;
};
export type SummaryColumns = Head & { count: Float64Array; sum: Float64Array };
export type Section = NumberColumns | HistogramColumns | ExponentialColumns | SummaryColumns;

/** Bucket counts of all points of a section, one after the other. */
export type Pool = { length: number; data: Float64Array };

export type Columns = {
  numbers: NumberColumns;
  histograms: HistogramColumns;
  exponentials: ExponentialColumns;
  summaries: SummaryColumns;
  /** distinct bucket bounds of this batch */
  bounds: Float64Array[];
  counts: Pool;
  /** positive, then negative buckets of each exponential point */
  exponentialCounts: Pool;
};

const head = (): Head => ({
  length: 0,
  stream: new Int32Array(0),
  startLow: new Uint32Array(0),
  startHigh: new Uint32Array(0),
  timeLow: new Uint32Array(0),
  timeHigh: new Uint32Array(0),
  flags: new Uint32Array(0),
});
const float = () => new Float64Array(0);
const int = () => new Int32Array(0);

export function newColumns(): Columns {
  return {
    numbers: { ...head(), value: float() },
    histograms: { ...head(), count: float(), sum: float(), min: float(), max: float(), bounds: int() },
    exponentials: {
      ...head(),
      count: float(),
      sum: float(),
      min: float(),
      max: float(),
      zeroCount: float(),
      zeroThreshold: float(),
      scale: int(),
      positiveOffset: int(),
      positiveLength: int(),
      negativeOffset: int(),
      negativeLength: int(),
    },
    summaries: { ...head(), count: float(), sum: float() },
    bounds: [],
    counts: { length: 0, data: new Float64Array(1024) },
    exponentialCounts: { length: 0, data: new Float64Array(1024) },
  };
}

export function clearColumns(columns: Columns): void {
  columns.numbers.length = 0;
  columns.histograms.length = 0;
  columns.exponentials.length = 0;
  columns.summaries.length = 0;
  columns.bounds = [];
  columns.counts.length = 0;
  columns.exponentialCounts.length = 0;
}

export function countPoints(columns: Columns): number {
  return columns.numbers.length + columns.histograms.length + columns.exponentials.length + columns.summaries.length;
}

/** Room for `size` points, in every column of a section alike. */
export function reserve(section: Section, size: number): void {
  if (section.stream.length >= size) return;
  const capacity = Math.max(size, section.stream.length * 2, 512);
  const columns = section as unknown as Record<string, unknown>;
  for (const [name, column] of Object.entries(columns)) {
    if (column instanceof Float64Array) columns[name] = grown(column, new Float64Array(capacity));
    else if (column instanceof Int32Array) columns[name] = grown(column, new Int32Array(capacity));
    else if (column instanceof Uint32Array) columns[name] = grown(column, new Uint32Array(capacity));
  }
}

export function reservePool(pool: Pool, size: number): void {
  if (pool.data.length < size) pool.data = grown(pool.data, new Float64Array(Math.max(size, pool.data.length * 2)));
}

function grown<A extends { set(from: A): void }>(from: A, to: A): A {
  to.set(from);
  return to;
}

/** Hands every point to the sink. Points of one stream keep their order, because a stream has one kind. */
export function replay(columns: Columns, sink: PointSink): void {
  replayNumbers(columns.numbers, sink);
  replayHistograms(columns, sink);
  replayExponentials(columns, sink);
  replaySummaries(columns.summaries, sink);
}

const word = 4294967296n;
const noCounts = new Float64Array(0);

/** A reader of 64-bit times that makes a BigInt only where the time differs from the point before. */
function clock(low: Uint32Array, high: Uint32Array): (i: number) => bigint {
  let lastLow = 0;
  let lastHigh = 0;
  let last = 0n;
  return (i) => {
    const l = low[i] as number;
    const h = high[i] as number;
    if (l !== lastLow || h !== lastHigh) {
      lastLow = l;
      lastHigh = h;
      last = BigInt(h) * word + BigInt(l);
    }
    return last;
  };
}

/** Arrays to lend to a sink, one for each length, overwritten by the next point. */
function lender(pool: Pool): (at: number, length: number) => Float64Array {
  const byLength = new Map<number, Float64Array>();
  return (at, length) => {
    if (length === 0) return noCounts;
    let array = byLength.get(length);
    if (!array) {
      array = new Float64Array(length);
      byLength.set(length, array);
    }
    for (let i = 0; i < length; i++) array[i] = pool.data[at + i] as number;
    return array;
  };
}

function replayNumbers(s: NumberColumns, sink: PointSink): void {
  const start = clock(s.startLow, s.startHigh);
  const time = clock(s.timeLow, s.timeHigh);
  for (let i = 0; i < s.length; i++) {
    sink.number(s.stream[i] as number, start(i), time(i), s.flags[i] as number, s.value[i] as number);
  }
}

function replayHistograms(columns: Columns, sink: PointSink): void {
  const s = columns.histograms;
  const start = clock(s.startLow, s.startHigh);
  const time = clock(s.timeLow, s.timeHigh);
  const lend = lender(columns.counts);
  let at = 0;
  for (let i = 0; i < s.length; i++) {
    const which = s.bounds[i] as number;
    const bounds = which === 0 ? noCounts : (columns.bounds[which - 1] as Float64Array);
    const length = which === 0 ? 0 : bounds.length + 1;
    sink.histogram(
      s.stream[i] as number,
      start(i),
      time(i),
      s.flags[i] as number,
      s.count[i] as number,
      s.sum[i] as number,
      s.min[i] as number,
      s.max[i] as number,
      bounds,
      lend(at, length),
    );
    at += length;
  }
}

function replayExponentials(columns: Columns, sink: PointSink): void {
  const s = columns.exponentials;
  const start = clock(s.startLow, s.startHigh);
  const time = clock(s.timeLow, s.timeHigh);
  const lendPositive = lender(columns.exponentialCounts);
  const lendNegative = lender(columns.exponentialCounts);
  let at = 0;
  for (let i = 0; i < s.length; i++) {
    const positive = s.positiveLength[i] as number;
    const negative = s.negativeLength[i] as number;
    sink.exponentialHistogram(
      s.stream[i] as number,
      start(i),
      time(i),
      s.flags[i] as number,
      s.count[i] as number,
      s.sum[i] as number,
      s.min[i] as number,
      s.max[i] as number,
      s.scale[i] as number,
      s.zeroCount[i] as number,
      s.zeroThreshold[i] as number,
      s.positiveOffset[i] as number,
      lendPositive(at, positive),
      s.negativeOffset[i] as number,
      lendNegative(at + positive, negative),
    );
    at += positive + negative;
  }
}

function replaySummaries(s: SummaryColumns, sink: PointSink): void {
  const start = clock(s.startLow, s.startHigh);
  const time = clock(s.timeLow, s.timeHigh);
  for (let i = 0; i < s.length; i++) {
    sink.summary(
      s.stream[i] as number,
      start(i),
      time(i),
      s.flags[i] as number,
      s.count[i] as number,
      s.sum[i] as number,
    );
  }
}
