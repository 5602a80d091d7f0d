/**
 * From points to increases. Each function takes one point, brings the stream's memory up to it and answers what
 * it adds. Nothing here knows of series, buckets of time or the database; the same points in the same order give
 * the same memory, which is what a replay relies on.
 */
import { commonBounds, regroup } from '../bin/buckets';
import { boundsOf, type Memory, ownRecord, type Sequence } from './memory';
import { otherOf, overlaps, place, placeOf, setAside, setTimes, windowIs, windowOf } from './sequence';

/** What the last point added; one per fold, written by each call. */
export type Increase = {
  /** increase (or value) at `grownN`, then sum, min, max: an array, because a double in an object is boxed */
  grown: Float64Array;
  bounds: Float64Array | null;
  /** only the first `bounds.length + 1` belong to the point */
  counts: Float64Array;
  /** another writer's window overlaps, or a value fell that may not */
  violation: boolean;
};

export const grownN = 0;
export const grownSum = 1;
export const grownMin = 2;
export const grownMax = 3;

export function newIncrease(): Increase {
  return {
    grown: new Float64Array(4),
    bounds: null,
    counts: new Float64Array(0),
    violation: false,
  };
}

/** A gauge, or a sum that may fall: each point is a value of its own. False: seen before. */
export function addGauge(m: Memory, s: number, sh: number, sl: number, th: number, tl: number): boolean {
  return windowOf(m, s, sh, sl, th, tl, false) !== windowIs.repeated;
}

/** Deltas of a sum that may fall add up to a running value, which then is a gauge. False: seen before. */
export function addRunning(
  m: Memory,
  s: number,
  value: number,
  inc: Increase,
  sh: number,
  sl: number,
  th: number,
  tl: number,
): boolean {
  if (windowOf(m, s, sh, sl, th, tl, true) === windowIs.repeated) return false;
  const running = (m.value[s] as number) + value;
  m.value[s] = running;
  inc.grown[grownN] = running;
  return true;
}

/** False: seen before. */
export function addDelta(m: Memory, s: number, inc: Increase, sh: number, sl: number, th: number, tl: number): boolean {
  const found = windowOf(m, s, sh, sl, th, tl, true);
  inc.violation = found === windowIs.overlapping;
  return found !== windowIs.repeated;
}

/** The increase of a monotonic cumulative sum. False: it adds nothing, not even a zero. */
export function addCumulative(
  m: Memory,
  s: number,
  value: number,
  inc: Increase,
  sh: number,
  sl: number,
  th: number,
  tl: number,
): boolean {
  const found = placeOf(m, s, sh, sl, th, tl);
  inc.violation = found >= overlaps;
  const where = found & (overlaps - 1);
  if (where === place.nothing) return false;
  if (where >= place.lateDifference) {
    const other = otherOf(m, s, sh, sl, th, tl);
    const grown = where === place.lateFromZero ? value : value - other.value;
    other.value = value;
    inc.grown[grownN] = grown;
    return where !== place.lateBaseline && grown >= 0;
  }
  if (where <= place.fromZero) setAside(m, s, sh, sl);
  const grown = value - (m.value[s] as number);
  setTimes(m, s, sh, sl, th, tl);
  m.value[s] = value;
  if (where === place.baseline) return false;
  inc.grown[grownN] = where === place.fromZero || (where === place.differenceOrReset && grown < 0) ? value : grown;
  if (where !== place.difference || grown >= 0) return true;
  inc.violation = true;
  return false;
}

/**
 * A cumulative histogram (`counts` from `from` on, one more than `bounds`; `grid` names the bounds) or summary
 * (`bounds` null). Answers whether `inc` holds something to add.
 */
export function addCumulativeCounts(
  m: Memory,
  s: number,
  count: number,
  sum: number,
  grid: number,
  counts: Float64Array,
  from: number,
  inc: Increase,
  sh: number,
  sl: number,
  th: number,
  tl: number,
): boolean {
  const found = placeOf(m, s, sh, sl, th, tl);
  inc.violation = found >= overlaps;
  inc.grown[grownMin] = inc.grown[grownMax] = Number.NaN;
  const where = found & (overlaps - 1);
  if (where === place.nothing) return false;
  if (where >= place.lateDifference) {
    const other = otherOf(m, s, sh, sl, th, tl);
    const adds = where !== place.lateBaseline;
    const fits = adds && subtract(m, where === place.lateFromZero ? null : other, count, sum, grid, counts, from, inc);
    keepOther(m, other, count, sum, grid, counts, from);
    return adds && fits;
  }
  const same = where >= place.difference;
  if (!same) setAside(m, s, sh, sl);
  let fits = true;
  if (same) {
    if (grid !== 0 && m.grid[s] === grid) fits = subtractInPlace(m, s, count, sum, grid, counts, from, inc);
    else fits = subtract(m, currentOf(m, s), count, sum, grid, counts, from, inc);
    if (!fits && where === place.differenceOrReset) fits = subtract(m, null, count, sum, grid, counts, from, inc);
    else if (!fits) inc.violation = true;
  } else if (where === place.fromZero) subtract(m, null, count, sum, grid, counts, from, inc);
  setTimes(m, s, sh, sl, th, tl);
  keepCurrent(m, s, count, sum, grid, counts, from);
  return fits && where !== place.baseline;
}

/** The ordinary case, without a copy: same bounds as last time. */
function subtractInPlace(
  m: Memory,
  s: number,
  count: number,
  sum: number,
  grid: number,
  counts: Float64Array,
  from: number,
  inc: Increase,
): boolean {
  const bounds = boundsOf(m, grid) as Float64Array;
  const size = bounds.length + 1;
  const data = m.heap.data;
  const at = m.record[s] as number;
  if (inc.counts.length < size) inc.counts = new Float64Array(size);
  const out = inc.counts;
  let fell = count < (m.value[s] as number);
  for (let i = 0; i < size; i++) {
    const grown = (counts[from + i] as number) - (data[at + i] as number);
    if (grown < 0) fell = true;
    out[i] = grown;
  }
  inc.grown[grownN] = count - (m.value[s] as number);
  inc.grown[grownSum] = sum - (m.sum[s] as number);
  inc.bounds = bounds;
  return !fell;
}

/** Into `inc`, what was counted beyond `last` (null: beyond zero), on the bounds that both have. */
function subtract(
  m: Memory,
  last: Sequence | null,
  count: number,
  sum: number,
  grid: number,
  counts: Float64Array,
  from: number,
  inc: Increase,
): boolean {
  const bounds = boundsOf(m, grid);
  inc.grown[grownN] = last ? count - last.value : count;
  inc.grown[grownSum] = last ? sum - last.sum : sum;
  inc.bounds = bounds;
  if (bounds) inc.counts = counts.slice(from, from + bounds.length + 1);
  if (!last) return true;
  const lastBounds = boundsOf(m, last.grid);
  if (!bounds || !lastBounds || !last.record) {
    inc.bounds = null;
    return (inc.grown[grownN] as number) >= 0;
  }
  const common = commonBounds(bounds, lastBounds);
  const target = common.length === bounds.length ? bounds : common;
  const grown = regroup(bounds, inc.counts, target).slice();
  const less = regroup(lastBounds, last.record, target);
  for (let i = 0; i < grown.length; i++) grown[i] = (grown[i] as number) - (less[i] as number);
  inc.bounds = target;
  inc.counts = grown;
  return (inc.grown[grownN] as number) >= 0 && grown.every((c) => c >= 0);
}

function currentOf(m: Memory, s: number): Sequence {
  const at = m.record[s] as number;
  return {
    startHigh: 0,
    startLow: 0,
    timeHigh: 0,
    timeLow: 0,
    value: m.value[s] as number,
    sum: m.sum[s] as number,
    grid: m.grid[s] as number,
    record: at < 0 ? null : m.heap.data.slice(at, at + (m.recordSize[s] as number)),
  };
}

function keepCurrent(
  m: Memory,
  s: number,
  count: number,
  sum: number,
  grid: number,
  counts: Float64Array,
  from: number,
): void {
  m.value[s] = count;
  m.sum[s] = sum;
  const bounds = boundsOf(m, grid);
  m.grid[s] = grid;
  if (!bounds) return;
  const size = bounds.length + 1;
  const at = ownRecord(m, s, size);
  const data = m.heap.data;
  for (let i = 0; i < size; i++) data[at + i] = counts[from + i] as number;
}

function keepOther(
  m: Memory,
  other: Sequence,
  count: number,
  sum: number,
  grid: number,
  counts: Float64Array,
  from: number,
): void {
  other.value = count;
  other.sum = sum;
  other.grid = grid;
  const bounds = boundsOf(m, grid);
  other.record = bounds ? counts.slice(from, from + bounds.length + 1) : null;
}
