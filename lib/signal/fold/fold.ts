/**
 * Ledger rows become increases per series and 10 s bucket, exactly once.
 *
 * A step takes pending rows in order and in one transaction deletes them from `ledger_pending`, writes the bins
 * they touched with absolute values, and writes `fold_batch` no = last + 1. What the fold remembers of streams is
 * in memory and checkpointed now and then. After a crash the newest checkpoint is loaded and the batches after it
 * are read again from the ledger in their order, without writing: the memory is then what it was.
 *
 * A failed step, or a COMMIT whose answer was lost, throws the memory away: the next step loads it again and
 * finds out from the tables what happened. A second leader is fenced off by the batch number.
 */

import type { Database } from '@/lib/db';
import { getSetting } from '@/lib/event/setting';
import { decodeBlock } from '../ledger/block';
import { type Columns, newColumns } from '../ledger/columns';
import { defaultMapping, type Mapping, retentionInput } from '../model';
import { addSeries, enter, openBook, remap } from './book';
import { writeCheckpoint } from './checkpoint';
import { applyColumns, type Engine, unresolved, untilMs } from './engine';
import {
  countPending,
  type Fresh,
  type LedgerRow,
  readBinsAt,
  readLedger,
  readPending,
  readSeries,
  readStreams,
  writeSeries,
  writeStep,
} from './fold-store';
import { newIncrease } from './increase';
import { openMemory } from './memory';
import { bucketMs, type Cell, mergeIntoCell, openShelf, type Shelf, tidy, until } from './shelf';
import { deflateParts, restoreMemory, snapshotOf } from './snapshot';

export type FoldStep = {
  points: number;
  rows: number;
  /** pending ledger rows that are left */
  behind: number;
  /** whose bins, and where the earliest of them starts: long ago, when something came late */
  touched: Array<{ environment: string; feature: string; from: Date }>;
  /** time of the newest point of this step */
  until: Date | null;
};
export type Fold = {
  /** About `limit` points. A bin is written once a step: under load, a few large steps cost less than many. */
  step(limit?: number): Promise<FoldStep>;
  checkpoint(): Promise<void>;
  close(): Promise<void>;
};

export type FoldOptions = {
  database: Database;
  now: () => Date;
  /** series an environment may have before new ones are only counted */
  seriesBudget?: number;
  checkpointMs?: number;
};

const stepPoints = 128_000;
const stepRows = 512;
const keptBuckets = 12;
/** A process that began a little before Belay could see it is still counted from its beginning. */
const graceMs = 60_000;

type Live = Engine & {
  /** last batch that this memory holds */
  no: number;
  checkpointNo: number;
  checkpointAtMs: number;
  pastMs: number;
  mappingText: string;
  mappingAtMs: number;
  columns: Columns;
};

/** One leader at a time: the caller holds the lock. A second one is fenced off by the batch number. */
export async function openFold(options: FoldOptions): Promise<Fold> {
  let live: Live | null = await load(options);
  let busy: Promise<unknown> = Promise.resolve();
  // One thing at a time; whatever fails leaves nothing in memory to go wrong later.
  const alone = <T>(run: (engine: Live) => Promise<T>): Promise<T> => {
    const turn = busy.then(async () => {
      live ??= await load(options);
      try {
        return await run(live);
      } catch (error) {
        live = null;
        throw error;
      }
    });
    busy = turn.catch(() => {});
    return turn;
  };
  const save = (engine: Live) => checkpoint(engine, options);
  return {
    step: (limit = stepPoints) => alone((engine) => step(engine, options, limit)),
    checkpoint: () => alone(save),
    // Memory that a failure threw away needs no saving.
    close: async () => {
      if (live) await alone(save);
    },
  };
}

async function load(options: FoldOptions): Promise<Live> {
  const { sql, db } = options.database;
  const now = options.now().getTime();
  const mapping = await getSetting<Mapping>(db, 'mapping', defaultMapping);
  const parts = await sql<{ no: number; block: Buffer }[]>`
    select no::float8 as no, block from fold_checkpoint
    where no = (select max(no) from fold_checkpoint) order by part`;
  const [edge] = await sql<{ latest: number | null }[]>`
    select floor(extract(epoch from max(at)) / 10)::float8 as latest from rollup`;
  const live: Live = {
    memory: parts.length > 0 ? restoreMemory(parts.map((p) => p.block)) : openMemory(await firstSight(options)),
    book: openBook(mapping, options.seriesBudget ?? 20_000),
    shelf: openShelf(edge?.latest ?? Number.NEGATIVE_INFINITY),
    increase: newIncrease(),
    emits: false,
    refused: new Map(),
    times: Float64Array.of(0, Number.NEGATIVE_INFINITY),
    no: parts[0]?.no ?? 0,
    checkpointNo: parts[0]?.no ?? -1,
    checkpointAtMs: now,
    pastMs: await pastOf(options),
    mappingText: JSON.stringify(mapping),
    mappingAtMs: now,
    columns: newColumns(),
  };
  for (const row of await readSeries(sql)) {
    addSeries(live.book, row);
    const unitKey = `${row.environment}\n${row.metric}`;
    if (!live.book.units.has(unitKey)) live.book.units.set(unitKey, row.unit);
  }
  await replay(live, options);
  live.emits = true;
  live.book.notes.clear();
  remap(live.book, mapping);
  // The origin must outlive the ledger rows that it was taken from.
  if (live.checkpointNo < 0) await checkpoint(live, options);
  return live;
}

async function replay(live: Live, options: FoldOptions): Promise<void> {
  const { sql } = options.database;
  const batches = await sql<{ no: number; ids: string[] }[]>`
    select no::float8 as no, ledger_ids::text[] as ids from fold_batch where no > ${live.no} order by no`;
  for (const batch of batches) {
    const rows = await readLedger(sql, batch.ids.map(Number));
    for (const row of rows) await applyRow(live, options, row);
    live.no = batch.no;
  }
}

/** When Belay first could have seen a point. */
async function firstSight(options: FoldOptions): Promise<number> {
  const [row] = await options.database.sql<{ ms: number }[]>`
    select (extract(epoch from received_at) * 1000)::float8 as ms from ledger order by id limit 1`;
  return Math.min(row?.ms ?? Number.POSITIVE_INFINITY, options.now().getTime()) - graceMs;
}

/** Points are folded as long as the 10 s bins around them are still there to add to. */
async function pastOf(options: FoldOptions): Promise<number> {
  const kept = retentionInput.safeParse(await getSetting(options.database.db, 'retention', {}));
  return ((kept.success ? kept.data.rollup10sHours : 72) - 2) * 3_600_000;
}

async function applyRow(live: Live, options: FoldOptions, row: LedgerRow): Promise<number> {
  const columns = decoded(live, row);
  if (!columns) return 0;
  const missing = unresolved(live, columns);
  if (missing.length > 0) {
    for (const stream of await readStreams(options.database.sql, missing)) enter(live.book, stream);
    for (const id of missing) if (live.book.linkOf[id] === -1) live.book.linkOf[id] = -2;
  }
  applyColumns(live, columns, row.receivedMs, live.pastMs);
  const { numbers, histograms, exponentials, summaries } = columns;
  return numbers.length + histograms.length + exponentials.length + summaries.length;
}

/** A row that cannot be read must not keep all others waiting: it stays in the ledger, and is reported. */
function decoded(live: Live, row: LedgerRow): Columns | null {
  try {
    return decodeBlock(row.block, live.columns);
  } catch (error) {
    const message = `row ${row.id} of the ledger cannot be read: ${error instanceof Error ? error.message : error}`;
    if (live.emits) live.refused.set(message, { environment: '', metric: '', message, points: 1 });
    return null;
  }
}

async function step(live: Live, options: FoldOptions, limit: number): Promise<FoldStep> {
  const { sql } = options.database;
  await followMapping(live, options);
  const rows = await readPending(sql, limit, stepRows);
  if (rows.length === 0) {
    await checkpointWhenDue(live, options);
    return { points: 0, rows: 0, behind: 0, touched: [], until: null };
  }
  live.times[untilMs] = Number.NEGATIVE_INFINITY;
  let points = 0;
  for (const row of rows) points += await applyRow(live, options, row);
  const cells = live.shelf.touched;
  await complete(live.shelf, options, cells);
  const touched = await commit(live, options, rows, cells);
  settle(live);
  const behind = rows.length < stepRows && points < limit ? 0 : await countPending(sql);
  const newest = live.times[untilMs] as number;
  await checkpointWhenDue(live, options);
  return { points, rows: rows.length, behind, touched, until: Number.isFinite(newest) ? new Date(newest) : null };
}

/** Bins that the table may hold from before are added to what this process saw. */
async function complete(shelf: Shelf, options: FoldOptions, cells: Cell[]): Promise<void> {
  const partial = cells.filter((c) => !c.whole);
  if (partial.length === 0) return;
  const wanted = partial.map((c) => ({ seriesId: c.series.id, bucket: c.bucket }));
  await readBinsAt(options.database.sql, wanted, (i, bin) => {
    const cell = partial[i] as Cell;
    mergeIntoCell(shelf, cell, bin);
    cell.stored = true;
  });
  for (const cell of partial) cell.whole = true;
}

async function commit(live: Live, options: FoldOptions, rows: LedgerRow[], cells: Cell[]) {
  const now = options.now();
  const fresh = new Map<string, Fresh>();
  for (const { series, data, at, bucket } of cells) {
    const key = `${series.environment}\n${series.feature}`;
    const seen = Math.min(data[at + until] as number, now.getTime());
    const fromMs = bucket * bucketMs;
    const known = fresh.get(key);
    if (!known) fresh.set(key, { environment: series.environment, feature: series.feature, untilMs: seen, fromMs });
    else {
      known.untilMs = Math.max(known.untilMs, seen);
      known.fromMs = Math.min(known.fromMs, fromMs);
    }
  }
  const { sql } = options.database;
  await writeSeries(sql, live.book.fresh, now);
  const written = {
    no: live.no + 1,
    ids: rows.map((r) => r.id),
    cells,
    fresh: [...fresh.values()],
    notes: [...live.book.notes.values()].filter((n) => n.count > 0),
    refused: [...live.refused.values()],
  };
  await writeStep(sql, written, now);
  live.no++;
  return [...fresh.values()].map(({ environment, feature, fromMs }) => {
    return { environment, feature, from: new Date(fromMs) };
  });
}

/** After the commit: what was written is no longer news. */
function settle(live: Live): void {
  live.book.fresh = [];
  live.refused.clear();
  for (const note of live.book.notes.values()) {
    note.count = 0;
    note.firstMs = Number.POSITIVE_INFINITY;
    note.lastMs = Number.NEGATIVE_INFINITY;
  }
  for (const cell of live.shelf.touched) cell.stored = true;
  live.shelf.touched = [];
  live.shelf.step++;
  tidy(live.shelf, keptBuckets);
}

/** A changed mapping holds from the next step on. What was folded under the old one stays where it is. */
async function followMapping(live: Live, options: FoldOptions): Promise<void> {
  const now = options.now().getTime();
  if (Math.abs(now - live.mappingAtMs) < 1_000) return;
  live.mappingAtMs = now;
  const mapping = await getSetting<Mapping>(options.database.db, 'mapping', defaultMapping);
  const text = JSON.stringify(mapping);
  if (text === live.mappingText) return;
  // Roll-ups that are due belong to series that the new mapping would not find again after a crash.
  await checkpoint(live, options);
  live.mappingText = text;
  remap(live.book, mapping);
}

async function checkpointWhenDue(live: Live, options: FoldOptions): Promise<void> {
  if (live.no === live.checkpointNo) return;
  const due = Math.abs(options.now().getTime() - live.checkpointAtMs) >= (options.checkpointMs ?? 30_000);
  if (due) await checkpoint(live, options);
}

async function checkpoint(live: Live, options: FoldOptions): Promise<void> {
  if (live.no === live.checkpointNo && live.shelf.dirty.size === 0) return;
  const parts = await deflateParts(snapshotOf(live.memory));
  await writeCheckpoint(options.database.sql, live.no, parts, live.shelf);
  live.checkpointNo = live.no;
  live.checkpointAtMs = options.now().getTime();
  live.pastMs = await pastOf(options);
}
