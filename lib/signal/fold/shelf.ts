/**
 * The bins that the fold holds in memory, by 10 s bucket. A bin holds the absolute value: what is written
 * replaces what the table has. So a bin that the table may already hold is completed from it before it is written.
 *
 * Their numbers lie side by side in slabs: a field of a JavaScript object that holds a double is a box of its own.
 */
import { type Bin, emptyBin, mergeBin } from '../bin/bin';
import type { Exponential } from '../bin/buckets';
import type { Series } from './book';

export const bucketMs = 10_000;
export const bucketsPerMinute = 6;

/** Where each number of a cell lies, from `at` on. */
export const n = 0;
export const sum = 1;
export const sum2 = 2;
export const min = 3;
export const max = 4;
export const last = 5;
export const lastAt = 6;
/** time of the newest point of this step */
export const until = 7;
const numbers = 8;

export type Cell = {
  series: Series;
  /** number of the 10 s bucket since the epoch */
  bucket: number;
  /** step that touched it last */
  step: number;
  /** false: what the table holds is still to be added */
  whole: boolean;
  /** the table has a row for it */
  stored: boolean;
  data: Float64Array;
  at: number;
  /** bounds of the counts, which lie in `countsData` from `countsAt` on; null: no counts */
  bounds: Float64Array | null;
  countsData: Float64Array;
  countsAt: number;
  exponential: Exponential | null;
};

export type Shelf = {
  step: number;
  /** the table holds no bin of a later bucket than this that is not on the shelf */
  knownAfter: number;
  buckets: Map<number, { cells: Cell[]; step: number }>;
  /** touched by this step */
  touched: Cell[];
  /** minutes whose coarser roll-ups are out of date */
  dirty: Map<number, Set<Series>>;
  slab: Float64Array;
  slabEnd: number;
};

const slabSize = 16_384;

export function openShelf(knownAfter: number): Shelf {
  return {
    step: 1,
    knownAfter,
    buckets: new Map(),
    touched: [],
    dirty: new Map(),
    slab: new Float64Array(slabSize),
    slabEnd: 0,
  };
}

/** Room for `size` numbers at `shelf.slabEnd - size` of `shelf.slab`. A slab goes when the last cell in it goes. */
function takeSlab(shelf: Shelf, size: number): number {
  if (shelf.slabEnd + size > shelf.slab.length) {
    shelf.slab = new Float64Array(Math.max(slabSize, size));
    shelf.slabEnd = 0;
  }
  shelf.slabEnd += size;
  return shelf.slabEnd - size;
}

/** The bin of `series` at `bucket`, marked as touched. */
export function cellAt(shelf: Shelf, series: Series, bucket: number): Cell {
  let cell = series.recent;
  if (cell === null || cell.bucket !== bucket) {
    cell = series.cells.get(bucket) ?? newCell(shelf, series, bucket);
    series.recent = cell;
  }
  if (cell.step !== shelf.step) touch(shelf, cell);
  return cell;
}

function newCell(shelf: Shelf, series: Series, bucket: number): Cell {
  const at = takeSlab(shelf, numbers);
  const data = shelf.slab;
  data[at + n] = data[at + sum] = data[at + sum2] = 0;
  data[at + min] = data[at + max] = data[at + last] = Number.NaN;
  data[at + lastAt] = Number.NEGATIVE_INFINITY;
  const whole = bucket > shelf.knownAfter || series.id === 0;
  const cell: Cell = {
    series,
    bucket,
    step: 0,
    whole,
    stored: false,
    data,
    at,
    bounds: null,
    countsData: data,
    countsAt: -1,
    exponential: null,
  };
  series.cells.set(bucket, cell);
  const shelved = shelf.buckets.get(bucket);
  if (shelved) shelved.cells.push(cell);
  else shelf.buckets.set(bucket, { cells: [cell], step: shelf.step });
  return cell;
}

function touch(shelf: Shelf, cell: Cell): void {
  cell.step = shelf.step;
  cell.data[cell.at + until] = Number.NEGATIVE_INFINITY;
  shelf.touched.push(cell);
  const shelved = shelf.buckets.get(cell.bucket);
  if (shelved) shelved.step = shelf.step;
  soil(shelf, cell.series, cell.bucket);
}

/** The minute of this bucket is to be rolled up again. */
export function soil(shelf: Shelf, series: Series, bucket: number): void {
  const minute = Math.floor(bucket / bucketsPerMinute);
  const set = shelf.dirty.get(minute);
  if (set) set.add(series);
  else shelf.dirty.set(minute, new Set([series]));
}

/** A copy of what the cell holds. */
export function binOfCell(cell: Cell): Bin {
  const { data, at, bounds } = cell;
  const bin = emptyBin();
  bin.n = data[at + n] as number;
  bin.sum = data[at + sum] as number;
  bin.sum2 = data[at + sum2] as number;
  bin.min = data[at + min] as number;
  bin.max = data[at + max] as number;
  bin.last = data[at + last] as number;
  bin.lastAt = data[at + lastAt] as number;
  bin.bounds = bounds;
  if (bounds) bin.counts = cell.countsData.slice(cell.countsAt, cell.countsAt + bounds.length + 1);
  bin.exponential = cell.exponential;
  return bin;
}

/** Adds a bin by the general rules: other bounds, or what the table held. */
export function mergeIntoCell(shelf: Shelf, cell: Cell, from: Bin): void {
  const both = binOfCell(cell);
  mergeBin(both, from);
  const { data, at } = cell;
  data[at + n] = both.n;
  data[at + sum] = both.sum;
  data[at + sum2] = both.sum2;
  data[at + min] = both.min;
  data[at + max] = both.max;
  data[at + last] = both.last;
  data[at + lastAt] = both.lastAt;
  cell.exponential = both.exponential;
  if (both.bounds && both.counts) {
    const at = countsOf(shelf, cell, both.bounds);
    cell.countsData.set(both.counts, at);
  }
}

/** Where the cell's counts for these bounds begin; they are whatever they were. */
export function countsOf(shelf: Shelf, cell: Cell, bounds: Float64Array): number {
  if (cell.bounds === null || cell.bounds.length < bounds.length) {
    cell.countsAt = takeSlab(shelf, bounds.length + 1);
    cell.countsData = shelf.slab;
  }
  cell.bounds = bounds;
  return cell.countsAt;
}

/** Keeps the `keep` buckets that were touched last. Only between steps, when everything is written. */
export function tidy(shelf: Shelf, keep: number): void {
  if (shelf.buckets.size <= keep) return;
  const oldest = [...shelf.buckets].sort((a, b) => a[1].step - b[1].step || a[0] - b[0]);
  for (const [bucket, { cells }] of oldest.slice(0, shelf.buckets.size - keep)) {
    for (const cell of cells) {
      cell.series.cells.delete(bucket);
      if (cell.series.recent === cell) cell.series.recent = null;
    }
    shelf.buckets.delete(bucket);
    if (bucket > shelf.knownAfter) shelf.knownAfter = bucket;
  }
}
