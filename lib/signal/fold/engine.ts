/** The points of a block, applied to what the fold remembers. No I/O. */
import { type Bin, emptyBin, noBounds } from '../bin/bin';
import { addExponential, type Exponential } from '../bin/buckets';
import { intern } from '../bin/codec';
import type { Columns, Section } from '../ledger/columns';
import { type Book, behaviour, type Links, noteOf, overflowFeature, see } from './book';
import {
  addCumulative,
  addCumulativeCounts,
  addDelta,
  addGauge,
  addRunning,
  grownMax,
  grownMin,
  grownN,
  grownSum,
  type Increase,
} from './increase';
import { addCumulativeExponential } from './increase-exponential';
import { boundsOf, gridOf, type Memory, msOf, reserveMemory } from './memory';
import {
  bucketMs,
  type Cell,
  cellAt,
  countsOf,
  last,
  lastAt,
  max,
  mergeIntoCell,
  min,
  n,
  type Shelf,
  soil,
  sum,
  sum2,
  until,
} from './shelf';

export type Engine = {
  memory: Memory;
  book: Book;
  shelf: Shelf;
  increase: Increase;
  /** false while batches that were folded before are replayed: memory only */
  emits: boolean;
  /** points that were kept in the ledger and not folded, by environment, metric and why */
  refused: Map<string, { environment: string; metric: string; message: string; points: number }>;
  /** milliseconds: of the point at hand, and of the newest point of this step */
  times: Float64Array;
};

export const atMs = 0;
export const untilMs = 1;

/** Farther from the time of arrival than this, and a point is not folded into any bucket. */
export const futureMs = 5 * 60_000;

/** Streams of the block that the book does not know yet. */
export function unresolved(engine: Engine, columns: Columns): number[] {
  const missing = new Set<number>();
  const linkOf = engine.book.linkOf;
  for (const section of sections(columns))
    for (let i = 0; i < section.length; i++) {
      const stream = section.stream[i] as number;
      if (stream >= linkOf.length || linkOf[stream] === -1) missing.add(stream);
    }
  return [...missing];
}

const sections = (c: Columns): Section[] => [c.numbers, c.histograms, c.exponentials, c.summaries];

export function applyColumns(engine: Engine, columns: Columns, receivedMs: number, pastMs: number): void {
  for (const section of sections(columns))
    for (let i = 0; i < section.length; i++) reserveMemory(engine.memory, section.stream[i] as number);
  const range = { from: receivedMs - pastMs, to: receivedMs + futureMs };
  applyNumbers(engine, columns.numbers, range);
  applyHistograms(engine, columns, range);
  applyExponentials(engine, columns, range);
  applySummaries(engine, columns.summaries, range);
}

type Range = { from: number; to: number };

/** Where the point goes, or undefined when it goes nowhere: stale marker, time out of range. */
function linksOf(engine: Engine, section: Section, i: number, range: Range): Links | undefined {
  const links = engine.book.links[engine.book.linkOf[section.stream[i] as number] as number];
  if (!links) return undefined;
  const ms = msOf(section.timeHigh[i] as number, section.timeLow[i] as number);
  engine.times[atMs] = ms;
  if (ms > range.to || ms < range.from) {
    if (engine.emits) refuse(engine, links, ms > range.to);
    return undefined;
  }
  // NoRecordedValue says that the stream ended, not that something is wrong.
  if (((section.flags[i] as number) & 1) === 1) return undefined;
  if (engine.emits) {
    if (ms > (engine.times[untilMs] as number)) engine.times[untilMs] = ms;
    for (let k = 0; k < links.notes.length; k++) see(links.notes[k] as Links['notes'][number], ms);
  }
  return links;
}

function refuse(engine: Engine, links: Links, future: boolean): void {
  const { environment, metric } = links;
  const message = future
    ? 'the time of the point lies more than 5 minutes ahead: kept, not shown'
    : 'the time of the point lies before what roll-ups are kept for: kept, not shown';
  const key = `${environment}\n${metric}\n${future}`;
  const known = engine.refused.get(key);
  if (known) known.points++;
  else engine.refused.set(key, { environment, metric, message, points: 1 });
}

function applyNumbers(engine: Engine, c: Columns['numbers'], range: Range): void {
  const { memory, book, increase } = engine;
  for (let i = 0; i < c.length; i++) {
    const links = linksOf(engine, c, i, range);
    const value = c.value[i] as number;
    if (!links || !Number.isFinite(value)) continue;
    const s = c.stream[i] as number;
    const sh = c.startHigh[i] as number;
    const sl = c.startLow[i] as number;
    const th = c.timeHigh[i] as number;
    const tl = c.timeLow[i] as number;
    increase.violation = false;
    increase.grown[grownN] = value;
    switch (book.behaviour[s]) {
      case behaviour.cumulative:
        if (addCumulative(memory, s, value, increase, sh, sl, th, tl)) emitSum(engine, links);
        break;
      case behaviour.delta:
        if (addDelta(memory, s, increase, sh, sl, th, tl)) emitSum(engine, links);
        break;
      case behaviour.running:
        if (addRunning(memory, s, value, increase, sh, sl, th, tl)) emitValue(engine, links);
        break;
      default:
        if (addGauge(memory, s, sh, sl, th, tl)) emitValue(engine, links);
    }
    if (increase.violation) report(engine, links);
  }
}

function applyHistograms(engine: Engine, columns: Columns, range: Range): void {
  const { memory, book, increase } = engine;
  const c = columns.histograms;
  const data = columns.counts.data;
  const grids = columns.bounds.map((b) => gridOf(memory, intern(b)));
  for (let i = 0, at = 0; i < c.length; i++) {
    const grid = c.bounds[i] === 0 ? 0 : (grids[(c.bounds[i] as number) - 1] as number);
    const bounds = boundsOf(memory, grid);
    const from = at;
    at += c.bounds[i] === 0 ? 0 : (columns.bounds[(c.bounds[i] as number) - 1] as Float64Array).length + 1;
    const links = linksOf(engine, c, i, range);
    if (!links) continue;
    const th = c.timeHigh[i] as number;
    const tl = c.timeLow[i] as number;
    const s = c.stream[i] as number;
    const sh = c.startHigh[i] as number;
    const sl = c.startLow[i] as number;
    const count = c.count[i] as number;
    const sum = c.sum[i] as number;
    increase.violation = false;
    if (book.behaviour[s] === behaviour.delta) {
      if (addDelta(memory, s, increase, sh, sl, th, tl)) {
        increase.grown[grownN] = count;
        increase.grown[grownSum] = sum;
        increase.grown[grownMin] = c.min[i] as number;
        increase.grown[grownMax] = c.max[i] as number;
        increase.bounds = bounds;
        emitHistogram(engine, links, data, from);
      }
    } else if (addCumulativeCounts(memory, s, count, sum, grid, data, from, increase, sh, sl, th, tl))
      emitHistogram(engine, links, increase.counts, 0);
    if (increase.violation) report(engine, links);
  }
}

function applyExponentials(engine: Engine, columns: Columns, range: Range): void {
  const { memory, book, increase } = engine;
  const c = columns.exponentials;
  const data = columns.exponentialCounts.data;
  for (let i = 0, at = 0; i < c.length; i++) {
    const split = at + (c.positiveLength[i] as number);
    const end = split + (c.negativeLength[i] as number);
    const from = at;
    at = end;
    const links = linksOf(engine, c, i, range);
    if (!links) continue;
    const th = c.timeHigh[i] as number;
    const tl = c.timeLow[i] as number;
    const s = c.stream[i] as number;
    const sh = c.startHigh[i] as number;
    const sl = c.startLow[i] as number;
    const x: Exponential = {
      scale: c.scale[i] as number,
      zeroCount: c.zeroCount[i] as number,
      zeroThreshold: c.zeroThreshold[i] as number,
      positive: { offset: c.positiveOffset[i] as number, counts: data.subarray(from, split) },
      negative: { offset: c.negativeOffset[i] as number, counts: data.subarray(split, end) },
    };
    const count = c.count[i] as number;
    const sum = c.sum[i] as number;
    increase.violation = false;
    if (book.behaviour[s] === behaviour.delta) {
      if (addDelta(memory, s, increase, sh, sl, th, tl)) {
        increase.grown[grownN] = count;
        increase.grown[grownSum] = sum;
        increase.grown[grownMin] = c.min[i] as number;
        increase.grown[grownMax] = c.max[i] as number;
        emitExponential(engine, links, x);
      }
    } else {
      const grown = addCumulativeExponential(memory, s, count, sum, x, increase, sh, sl, th, tl);
      if (grown) emitExponential(engine, links, grown);
    }
    if (increase.violation) report(engine, links);
  }
}

function applySummaries(engine: Engine, c: Columns['summaries'], range: Range): void {
  const { memory, increase } = engine;
  for (let i = 0; i < c.length; i++) {
    const links = linksOf(engine, c, i, range);
    if (!links) continue;
    const th = c.timeHigh[i] as number;
    const tl = c.timeLow[i] as number;
    const s = c.stream[i] as number;
    const [sh, sl] = [c.startHigh[i] as number, c.startLow[i] as number];
    const [count, sum] = [c.count[i] as number, c.sum[i] as number];
    increase.violation = false;
    if (addCumulativeCounts(memory, s, count, sum, 0, noBounds, 0, increase, sh, sl, th, tl))
      emitHistogram(engine, links, null, 0);
    if (increase.violation) report(engine, links);
  }
}

function emitSum(engine: Engine, links: Links): void {
  const bucket = bucketNow(engine);
  for (let k = 0; k < links.series.length; k++) {
    const cell = cellFor(engine, links, k, bucket);
    if (cell === null) continue;
    const at = cell.at + n;
    cell.data[at] = (cell.data[at] as number) + grown(engine, links, k, grownN);
  }
}

function emitValue(engine: Engine, links: Links): void {
  const bucket = bucketNow(engine);
  const ms = engine.times[atMs] as number;
  for (let k = 0; k < links.series.length; k++) {
    const cell = cellFor(engine, links, k, bucket);
    if (cell === null) continue;
    const value = grown(engine, links, k, grownN);
    const { data, at } = cell;
    data[at + n] = (data[at + n] as number) + 1;
    data[at + sum] = (data[at + sum] as number) + value;
    data[at + sum2] = (data[at + sum2] as number) + value * value;
    if (!((data[at + min] as number) <= value)) data[at + min] = value;
    if (!((data[at + max] as number) >= value)) data[at + max] = value;
    if (ms >= (data[at + lastAt] as number)) {
      data[at + last] = value;
      data[at + lastAt] = ms;
    }
  }
}

/** `counts` null: a summary, which has none and wants none. */
function emitHistogram(engine: Engine, links: Links, counts: Float64Array | null, from: number): void {
  const bucket = bucketNow(engine);
  const given = engine.increase.bounds;
  for (let k = 0; k < links.series.length; k++) {
    const cell = cellFor(engine, links, k, bucket);
    if (cell === null) continue;
    if (counts !== null) {
      const bounds = given === null || links.plain ? given : scaledBounds(links, k, given);
      addCounts(engine, cell, bounds, counts, from);
    }
    addMoments(engine, links, k, cell);
  }
}

/** Counts only: the number of observations and their sum follow in `addMoments`. */
function addCounts(engine: Engine, cell: Cell, given: Float64Array | null, counts: Float64Array, from: number): void {
  const bounds = given ?? noBounds;
  if (cell.bounds === bounds && given !== null) {
    const own = cell.countsData;
    const at = cell.countsAt;
    for (let i = 0; i <= bounds.length; i++) own[at + i] = (own[at + i] as number) + (counts[from + i] as number);
    return;
  }
  const added = given ? counts.slice(from, from + given.length + 1) : engine.increase.grown.slice(grownN, grownN + 1);
  if (cell.bounds === null) {
    const at = countsOf(engine.shelf, cell, bounds);
    cell.countsData.set(added, at);
    return;
  }
  const bin: Bin = { ...emptyBin(), bounds, counts: added };
  mergeIntoCell(engine.shelf, cell, bin);
}

function addMoments(engine: Engine, links: Links, k: number, cell: Cell): void {
  const { data, at } = cell;
  data[at + n] = (data[at + n] as number) + (engine.increase.grown[grownN] as number);
  data[at + sum] = (data[at + sum] as number) + grown(engine, links, k, grownSum);
  const low = grown(engine, links, k, grownMin);
  const high = grown(engine, links, k, grownMax);
  if (!((data[at + min] as number) <= low) && !Number.isNaN(low)) data[at + min] = low;
  if (!((data[at + max] as number) >= high) && !Number.isNaN(high)) data[at + max] = high;
}

function emitExponential(engine: Engine, links: Links, x: Exponential): void {
  const bucket = bucketNow(engine);
  for (let k = 0; k < links.series.length; k++) {
    const cell = cellFor(engine, links, k, bucket);
    if (cell === null) continue;
    cell.exponential = addExponential(cell.exponential, x);
    addMoments(engine, links, k, cell);
  }
}

const bucketNow = (engine: Engine) => Math.floor((engine.times[atMs] as number) / bucketMs);

/** The bin to add to; null where the overflow series only counts the point, and in a replay. */
function cellFor(engine: Engine, links: Links, k: number, bucket: number): Cell | null {
  const series = links.series[k] as Links['series'][number];
  if (!engine.emits) {
    soil(engine.shelf, series, bucket);
    return null;
  }
  const cell = cellAt(engine.shelf, series, bucket);
  const ms = engine.times[atMs] as number;
  if (ms > (cell.data[cell.at + until] as number)) cell.data[cell.at + until] = ms;
  if (links.plain || series.feature !== overflowFeature) return cell;
  cell.data[cell.at + n] = (cell.data[cell.at + n] as number) + 1;
  return null;
}

/** One of the numbers of the increase, in the unit of the series. */
function grown(engine: Engine, links: Links, k: number, which: number): number {
  const value = engine.increase.grown[which] as number;
  return links.plain ? value : (value * (links.times[k] as number)) / (links.over[k] as number);
}

const scaledGrids = new WeakMap<Float64Array, Map<number, Float64Array>>();
function scaledBounds(links: Links, k: number, bounds: Float64Array): Float64Array {
  const times = links.times[k] as number;
  const over = links.over[k] as number;
  if (times === over) return bounds;
  let byRatio = scaledGrids.get(bounds);
  if (!byRatio) {
    byRatio = new Map();
    scaledGrids.set(bounds, byRatio);
  }
  const ratio = times / over;
  let grid = byRatio.get(ratio);
  if (!grid) {
    grid = intern(bounds.map((b) => (b * times) / over));
    byRatio.set(ratio, grid);
  }
  return grid;
}

function report(engine: Engine, links: Links): void {
  if (!engine.emits) return;
  const ms = engine.times[atMs] as number;
  const detail = 'two writers share one stream: their windows overlap, or a total fell without a reset';
  for (const feature of new Set(links.series.map((s) => s.feature)))
    see(noteOf(engine.book, 'single_writer_violation', links.environment, feature, links.metric, detail), ms);
}
