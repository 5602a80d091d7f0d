/** The points of a block, applied to what the fold remembers. No I/O. */
import { addExplicit, addIncrease, addValue, noBounds } from './bin';
import { type Book, behaviour, type Links, noteOf, overflowFeature, see } from './book';
import { addExponential, type Exponential } from './buckets';
import { intern } from './codec';
import type { Columns, Section } from './columns';
import { addCumulative, addCumulativeCounts, addDelta, addGauge, addRunning, type Increase } from './increase';
import { addCumulativeExponential } from './increase-exponential';
import { boundsOf, gridOf, type Memory, msOf, reserveMemory } from './memory';
import { bucketMs, cellAt, type Shelf, soil } from './shelf';

export type Engine = {
  memory: Memory;
  book: Book;
  shelf: Shelf;
  increase: Increase;
  /** false while batches that were folded before are replayed: memory only */
  emits: boolean;
  /** points that were kept in the ledger and not folded, by environment, metric and why */
  refused: Map<string, { environment: string; metric: string; message: string; points: number }>;
  /** milliseconds of the newest point of this step */
  untilMs: number;
};

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
function linksOf(engine: Engine, section: Section, i: number, ms: number, range: Range): Links | undefined {
  const links = engine.book.links[engine.book.linkOf[section.stream[i] as number] as number];
  if (!links) return undefined;
  if (ms > range.to || ms < range.from) {
    if (engine.emits) refuse(engine, links, ms > range.to);
    return undefined;
  }
  // NoRecordedValue says that the stream ended, not that something is wrong.
  if (((section.flags[i] as number) & 1) === 1) return undefined;
  if (engine.emits) {
    if (ms > engine.untilMs) engine.untilMs = ms;
    for (const note of links.notes) see(note, ms);
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
    const th = c.timeHigh[i] as number;
    const tl = c.timeLow[i] as number;
    const ms = msOf(th, tl);
    const links = linksOf(engine, c, i, ms, range);
    const value = c.value[i] as number;
    if (!links || !Number.isFinite(value)) continue;
    const s = c.stream[i] as number;
    const sh = c.startHigh[i] as number;
    const sl = c.startLow[i] as number;
    increase.violation = false;
    switch (book.behaviour[s]) {
      case behaviour.cumulative: {
        const grown = addCumulative(memory, s, value, increase, sh, sl, th, tl);
        if (!Number.isNaN(grown)) emitSum(engine, links, grown, ms);
        break;
      }
      case behaviour.delta:
        if (addDelta(memory, s, increase, sh, sl, th, tl)) emitSum(engine, links, value, ms);
        break;
      case behaviour.running: {
        const running = addRunning(memory, s, value, sh, sl, th, tl);
        if (!Number.isNaN(running)) emitValue(engine, links, running, ms);
        break;
      }
      default:
        if (addGauge(memory, s, sh, sl, th, tl)) emitValue(engine, links, value, ms);
    }
    if (increase.violation) report(engine, links, ms);
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
    at += bounds ? bounds.length + 1 : 0;
    const th = c.timeHigh[i] as number;
    const tl = c.timeLow[i] as number;
    const ms = msOf(th, tl);
    const links = linksOf(engine, c, i, ms, range);
    if (!links) continue;
    const s = c.stream[i] as number;
    const sh = c.startHigh[i] as number;
    const sl = c.startLow[i] as number;
    const count = c.count[i] as number;
    const sum = c.sum[i] as number;
    increase.violation = false;
    if (book.behaviour[s] === behaviour.delta) {
      if (addDelta(memory, s, increase, sh, sl, th, tl)) {
        increase.n = count;
        increase.sum = sum;
        increase.min = c.min[i] as number;
        increase.max = c.max[i] as number;
        increase.bounds = bounds;
        emitHistogram(engine, links, data, from, ms);
      }
    } else if (addCumulativeCounts(memory, s, count, sum, grid, data, from, increase, sh, sl, th, tl))
      emitHistogram(engine, links, increase.counts, 0, ms);
    if (increase.violation) report(engine, links, ms);
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
    const th = c.timeHigh[i] as number;
    const tl = c.timeLow[i] as number;
    const ms = msOf(th, tl);
    const links = linksOf(engine, c, i, ms, range);
    if (!links) continue;
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
        increase.n = count;
        increase.sum = sum;
        increase.min = c.min[i] as number;
        increase.max = c.max[i] as number;
        emitExponential(engine, links, x, ms);
      }
    } else {
      const grown = addCumulativeExponential(memory, s, count, sum, x, increase, sh, sl, th, tl);
      if (grown) emitExponential(engine, links, grown, ms);
    }
    if (increase.violation) report(engine, links, ms);
  }
}

function applySummaries(engine: Engine, c: Columns['summaries'], range: Range): void {
  const { memory, increase } = engine;
  for (let i = 0; i < c.length; i++) {
    const th = c.timeHigh[i] as number;
    const tl = c.timeLow[i] as number;
    const ms = msOf(th, tl);
    const links = linksOf(engine, c, i, ms, range);
    if (!links) continue;
    const s = c.stream[i] as number;
    const [sh, sl] = [c.startHigh[i] as number, c.startLow[i] as number];
    const [count, sum] = [c.count[i] as number, c.sum[i] as number];
    increase.violation = false;
    if (addCumulativeCounts(memory, s, count, sum, 0, noBounds, 0, increase, sh, sl, th, tl))
      emitHistogram(engine, links, null, 0, ms);
    if (increase.violation) report(engine, links, ms);
  }
}

function emitSum(engine: Engine, links: Links, grown: number, ms: number): void {
  for (let k = 0; k < links.series.length; k++) {
    const cell = cellFor(engine, links, k, ms);
    if (cell) cell.n += scaled(links, k, grown);
  }
}

function emitValue(engine: Engine, links: Links, value: number, ms: number): void {
  for (let k = 0; k < links.series.length; k++) {
    const cell = cellFor(engine, links, k, ms);
    if (cell) addValue(cell, scaled(links, k, value), ms);
  }
}

/** `counts` null: a summary, which has none and wants none. */
function emitHistogram(engine: Engine, links: Links, counts: Float64Array | null, from: number, ms: number): void {
  const inc = engine.increase;
  for (let k = 0; k < links.series.length; k++) {
    const cell = cellFor(engine, links, k, ms);
    if (!cell) continue;
    if (counts) addExplicit(cell, inc.n, inc.bounds && scaledBounds(links, k, inc.bounds), counts, from);
    addIncrease(cell, inc.n, scaled(links, k, inc.sum), scaled(links, k, inc.min), scaled(links, k, inc.max));
  }
}

function emitExponential(engine: Engine, links: Links, x: Exponential, ms: number): void {
  const inc = engine.increase;
  for (let k = 0; k < links.series.length; k++) {
    const cell = cellFor(engine, links, k, ms);
    if (!cell) continue;
    cell.exponential = addExponential(cell.exponential, x);
    addIncrease(cell, inc.n, inc.sum, inc.min, inc.max);
  }
}

/** The bin to add to; undefined where the overflow series only counts the point, and in a replay. */
function cellFor(engine: Engine, links: Links, k: number, ms: number) {
  const series = links.series[k];
  if (!series) return undefined;
  if (!engine.emits) {
    soil(engine.shelf, series, Math.floor(ms / bucketMs));
    return undefined;
  }
  const cell = cellAt(engine.shelf, series, ms);
  if (series.feature !== overflowFeature) return cell;
  cell.n += 1;
  return undefined;
}

function scaled(links: Links, k: number, value: number): number {
  return (value * (links.times[k] as number)) / (links.over[k] as number);
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

function report(engine: Engine, links: Links, ms: number): void {
  if (!engine.emits) return;
  const detail = 'two writers share one stream: their windows overlap, or a total fell without a reset';
  for (const feature of new Set(links.series.map((s) => s.feature)))
    see(noteOf(engine.book, 'single_writer_violation', links.environment, feature, links.metric, detail), ms);
}
