/**
 * Where a point stands in its stream. Pure over the stream's memory.
 *
 * Cumulative streams are sequences: points of one start time, each counting from it. A later start is a true
 * reset (zero is implied at it), unless it lies before the last point: then two writers share the stream, and
 * the point becomes a new baseline beside a finding. A start equal to the time is an unknown start and counts
 * for nothing. A start of 0 is absent: only a falling value tells a reset. Two sequences are remembered, so that
 * late points of the one before the reset still count.
 * @see https://opentelemetry.io/docs/specs/otel/metrics/data-model/#resets-and-gaps
 */
import { type Memory, ownRecord, type Sequence } from './memory';

/** What to do with a cumulative point. `late…` is about the other sequence, not the current one. */
export const place = {
  nothing: 0,
  baseline: 1,
  fromZero: 2,
  difference: 3,
  /** start absent: a fall is a reset to zero */
  differenceOrReset: 4,
  lateDifference: 5,
  lateFromZero: 6,
  lateBaseline: 7,
} as const;
/** Added to a place: the window overlaps another writer's. */
export const overlaps = 16;

const before = (aHigh: number, aLow: number, bHigh: number, bLow: number) =>
  aHigh < bHigh || (aHigh === bHigh && aLow < bLow);

export function placeOf(m: Memory, s: number, startHigh: number, startLow: number, timeHigh: number, timeLow: number) {
  const unknownStart = startHigh === timeHigh && startLow === timeLow;
  const noStart = startHigh === 0 && startLow === 0;
  if (m.seen[s] === 0) {
    if (noStart || unknownStart || before(startHigh, startLow, m.originHigh, m.originLow)) return place.baseline;
    return place.fromZero;
  }
  const curStartHigh = m.startHigh[s] as number;
  const curStartLow = m.startLow[s] as number;
  const curTimeHigh = m.timeHigh[s] as number;
  const curTimeLow = m.timeLow[s] as number;
  const newer = before(curTimeHigh, curTimeLow, timeHigh, timeLow);
  if (startHigh === curStartHigh && startLow === curStartLow) {
    if (!newer) return place.nothing;
    return noStart ? place.differenceOrReset : place.difference;
  }
  if (noStart) return newer ? place.differenceOrReset : place.nothing;
  if (before(startHigh, startLow, curStartHigh, curStartLow))
    return placeOfOlder(m, s, startHigh, startLow, timeHigh, timeLow);
  if (!newer) return place.nothing + overlaps;
  if (unknownStart) return place.baseline;
  if (curStartHigh === 0 && curStartLow === 0) return place.differenceOrReset;
  return before(startHigh, startLow, curTimeHigh, curTimeLow) ? place.baseline + overlaps : place.fromZero;
}

/** A point whose sequence began before the current one: late, or another writer's. */
function placeOfOlder(m: Memory, s: number, startHigh: number, startLow: number, timeHigh: number, timeLow: number) {
  const over = before(m.startHigh[s] as number, m.startLow[s] as number, timeHigh, timeLow) ? overlaps : 0;
  const other = m.others.get(s);
  if (other && startHigh === other.startHigh && startLow === other.startLow) {
    if (!before(other.timeHigh, other.timeLow, timeHigh, timeLow)) return place.nothing + over;
    return over ? place.lateBaseline + over : place.lateDifference;
  }
  if (other && before(startHigh, startLow, other.timeHigh, other.timeLow)) return place.nothing + over;
  const unknownStart = startHigh === timeHigh && startLow === timeLow;
  if (over || unknownStart || before(startHigh, startLow, m.originHigh, m.originLow)) return place.lateBaseline + over;
  return place.lateFromZero;
}

/** The current sequence becomes the other one when a point of a new start replaces it. */
export function setAside(m: Memory, s: number, startHigh: number, startLow: number): void {
  if (m.seen[s] === 0) return;
  if (m.startHigh[s] === startHigh && m.startLow[s] === startLow) return;
  const at = m.record[s] as number;
  m.others.set(s, {
    startHigh: m.startHigh[s] as number,
    startLow: m.startLow[s] as number,
    timeHigh: m.timeHigh[s] as number,
    timeLow: m.timeLow[s] as number,
    value: m.value[s] as number,
    sum: m.sum[s] as number,
    grid: m.grid[s] as number,
    record: at < 0 ? null : m.heap.data.slice(at, at + (m.recordSize[s] as number)),
  });
}

export function setTimes(m: Memory, s: number, startHigh: number, startLow: number, timeHigh: number, timeLow: number) {
  m.seen[s] = 1;
  m.startHigh[s] = startHigh;
  m.startLow[s] = startLow;
  m.timeHigh[s] = timeHigh;
  m.timeLow[s] = timeLow;
}

export function otherOf(
  m: Memory,
  s: number,
  startHigh: number,
  startLow: number,
  timeHigh: number,
  timeLow: number,
): Sequence {
  let other = m.others.get(s);
  if (!other) {
    other = { startHigh, startLow, timeHigh, timeLow, value: 0, sum: 0, grid: 0, record: null };
    m.others.set(s, other);
  }
  other.startHigh = startHigh;
  other.startLow = startLow;
  other.timeHigh = timeHigh;
  other.timeLow = timeLow;
  return other;
}

/** Recent windows of a stream without sequences (deltas, gauges): position, then four words a window. */
const windows = 6;
const ringSize = 1 + windows * 4;
export const windowIs = { repeated: 0, fresh: 1, overlapping: 2 } as const;

/** Is this (start, time] window new? Remembers it. Only deltas can overlap; a start of 0 is no window. */
export function windowOf(
  m: Memory,
  s: number,
  startHigh: number,
  startLow: number,
  timeHigh: number,
  timeLow: number,
  delta: boolean,
): number {
  let at = m.record[s] as number;
  if (at < 0) {
    at = ownRecord(m, s, ringSize);
    m.heap.data.fill(0, at, at + ringSize);
  }
  const data = m.heap.data;
  const window = delta && (startHigh !== 0 || startLow !== 0);
  let found: number = windowIs.fresh;
  for (let i = 0, w = at + 1; i < windows; i++, w += 4) {
    const endHigh = data[w + 2] as number;
    if (endHigh === 0) continue;
    const endLow = data[w + 3] as number;
    const fromHigh = data[w] as number;
    const fromLow = data[w + 1] as number;
    if (endHigh === timeHigh && endLow === timeLow && fromHigh === startHigh && fromLow === startLow)
      return windowIs.repeated;
    if (
      window &&
      (fromHigh !== 0 || fromLow !== 0) &&
      before(startHigh, startLow, endHigh, endLow) &&
      before(fromHigh, fromLow, timeHigh, timeLow)
    )
      found = windowIs.overlapping;
  }
  const next = data[at] as number;
  const w = at + 1 + next * 4;
  data[at] = (next + 1) % windows;
  data[w] = startHigh;
  data[w + 1] = startLow;
  data[w + 2] = timeHigh;
  data[w + 3] = timeLow;
  if (m.seen[s] === 0 || before(m.timeHigh[s] as number, m.timeLow[s] as number, timeHigh, timeLow))
    setTimes(m, s, startHigh, startLow, timeHigh, timeLow);
  return found;
}
