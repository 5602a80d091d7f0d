/**
 * The bins that the fold holds in memory, by 10 s bucket. A bin holds the absolute value: what is written
 * replaces what the table has. So a bin that the table may already hold is completed from it before it is written.
 */
import { emptyBin } from './bin';
import type { Cell, Series } from './book';

export const bucketMs = 10_000;
export const bucketsPerMinute = 6;

export type Shelf = {
  step: number;
  /** the table holds no bin of a later bucket than this that is not on the shelf */
  knownAfter: number;
  buckets: Map<number, { cells: Cell[]; step: number }>;
  /** touched by this step */
  touched: Cell[];
  /** minutes whose coarser roll-ups are out of date */
  dirty: Map<number, Set<Series>>;
};

export function openShelf(knownAfter: number): Shelf {
  return { step: 1, knownAfter, buckets: new Map(), touched: [], dirty: new Map() };
}

/** The bin of `series` at `ms`, marked as touched. */
export function cellAt(shelf: Shelf, series: Series, ms: number): Cell {
  const bucket = Math.floor(ms / bucketMs);
  let cell = series.recent;
  if (cell === null || cell.bucket !== bucket) {
    cell = series.cells.get(bucket) ?? newCell(shelf, series, bucket);
    series.recent = cell;
  }
  if (cell.step !== shelf.step) touch(shelf, cell);
  if (ms > cell.untilMs) cell.untilMs = ms;
  return cell;
}

function newCell(shelf: Shelf, series: Series, bucket: number): Cell {
  const whole = bucket > shelf.knownAfter || series.id === 0;
  const cell: Cell = { ...emptyBin(), series, bucket, step: 0, whole, untilMs: Number.NEGATIVE_INFINITY };
  series.cells.set(bucket, cell);
  const shelved = shelf.buckets.get(bucket);
  if (shelved) shelved.cells.push(cell);
  else shelf.buckets.set(bucket, { cells: [cell], step: shelf.step });
  return cell;
}

function touch(shelf: Shelf, cell: Cell): void {
  cell.step = shelf.step;
  cell.untilMs = Number.NEGATIVE_INFINITY;
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
