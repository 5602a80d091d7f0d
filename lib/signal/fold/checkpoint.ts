/**
 * A checkpoint: the fold's memory as of a batch, and the coarser roll-ups brought up to it, in one transaction.
 * Coarser bins are always made again from the 10 s bins beneath them, so doing it twice changes nothing; which
 * minutes are due is known from memory, and after a crash from the batches since the last checkpoint.
 */
import type { Sql, TransactionSql } from 'postgres';
import { type Bin, copyOfBin, emptyBin, mergeBin } from '../bin/bin';
import { type Changed, type Chunks, chunkKey, coarser, type Level, levels } from '../bin/chunk';
import { encodeChunk, readChunk } from '../bin/codec';
import type { Series } from './book';
import { literal, notTheLeader, readBinsAt, takeFoldLock } from './fold-store';
import { binOfCell, bucketsPerMinute, type Shelf } from './shelf';

export async function writeCheckpoint(sql: Sql, no: number, parts: Buffer[], shelf: Shelf): Promise<void> {
  await sql.begin(async (tx) => {
    await takeFoldLock(tx);
    const [last] = await tx<{ no: number }[]>`select coalesce(max(no), 0)::float8 as no from fold_batch`;
    const [saved] = await tx<{ no: number }[]>`select coalesce(max(no), 0)::float8 as no from fold_checkpoint`;
    if (Math.max(last?.no ?? 0, saved?.no ?? 0) !== no) throw notTheLeader();
    await rollUp(tx, shelf);
    await tx`delete from fold_checkpoint where no = ${no}`;
    await tx`
      insert into fold_checkpoint (no, part, block)
      select ${no}, part - 1, decode(block, 'hex')
      from unnest(${literal(parts.map((p) => p.toString('hex')))}::text::text[]) with ordinality as p(block, part)`;
    await tx`delete from fold_checkpoint where no < ${no}`;
    await tx`delete from fold_batch where no < ${no}`;
  });
  shelf.dirty.clear();
}

type Due = { series: Series; minute: number };

async function rollUp(tx: TransactionSql, shelf: Shelf): Promise<void> {
  const due: Due[] = [];
  for (const [at, set] of shelf.dirty) for (const series of set) due.push({ series, minute: at });
  const portion = 2_000;
  // By series, so that one chunk is written once.
  due.sort((a, b) => a.series.id - b.series.id || a.minute - b.minute);
  for (let from = 0; from < due.length; ) {
    let to = Math.min(due.length, from + portion);
    while (to < due.length && due[to]?.series === due[to - 1]?.series) to++;
    await rollUpPart(tx, shelf, due.slice(from, to));
    from = to;
  }
}

async function rollUpPart(tx: TransactionSql, shelf: Shelf, due: Due[]): Promise<void> {
  const minutes = await minuteBins(tx, shelf, due);
  let changed: Changed[] = [];
  due.forEach(({ series, minute: index }, i) => {
    const bin = minutes[i];
    if (bin) changed.push({ seriesId: series.id, index, bin });
  });
  let chunks = await patch(tx, levels[0], changed);
  for (let i = 1; i < levels.length; i++) {
    const level = levels[i] as Level;
    changed = coarser(levels[i - 1] as Level, level, changed, chunks);
    chunks = await patch(tx, level, changed);
  }
}

/** Every minute from its six 10 s bins: from memory where they are, else from the table. Null where there are none. */
async function minuteBins(tx: TransactionSql, shelf: Shelf, due: Due[]): Promise<Array<Bin | null>> {
  const bins: Array<Bin | null> = due.map(() => null);
  const add = (place: number, bin: Bin) => {
    let sum = bins[place];
    if (!sum) {
      sum = emptyBin();
      bins[place] = sum;
    }
    mergeBin(sum, bin);
  };
  const missing: Array<{ seriesId: number; bucket: number; place: number }> = [];
  due.forEach(({ series, minute: at }, place) => {
    for (let i = 0; i < bucketsPerMinute; i++) {
      const bucket = at * bucketsPerMinute + i;
      const cell = series.cells.get(bucket);
      if (cell?.whole) add(place, binOfCell(cell));
      else if (bucket <= shelf.knownAfter) missing.push({ seriesId: series.id, bucket, place });
    }
  });
  await readBinsAt(tx, missing, (i, bin) => add((missing[i] as { place: number }).place, bin));
  return bins;
}

/** Puts the changed bins into their chunks, and answers the chunks whole. */
async function patch(tx: TransactionSql, level: Level, changed: Changed[]): Promise<Chunks> {
  const chunks: Chunks = new Map();
  const keys: Array<{ seriesId: number; chunk: number; key: string }> = [];
  for (const { seriesId, index } of changed) {
    const chunk = Math.floor(index / level.perChunk);
    const key = chunkKey(seriesId, chunk);
    if (chunks.has(key)) continue;
    chunks.set(key, new Map());
    keys.push({ seriesId, chunk, key });
  }
  const ids = literal(keys.map((k) => k.seriesId));
  const ats = literal(keys.map((k) => (k.chunk * level.perChunk * level.binMs) / 1000));
  const found = await tx<{ place: number; bins: Buffer }[]>`
    select (w.place - 1)::int as place, c.bins
    from unnest(${ids}::text::int[], ${ats}::text::float8[]) with ordinality as w(series_id, at, place)
    join rollup_chunk c on c.series_id = w.series_id and c.resolution = ${level.seconds} and c.at = to_timestamp(w.at)`;
  for (const { place, bins } of found) {
    const chunk = chunks.get((keys[place] as { key: string }).key) as Map<number, Bin>;
    readChunk(bins, true, (index, bin) => chunk.set(index, copyOfBin(bin)));
  }
  for (const { seriesId, index, bin } of changed) {
    const within = index % level.perChunk;
    if (!Number.isNaN(bin.last)) bin.lastAt = within;
    chunks.get(chunkKey(seriesId, Math.floor(index / level.perChunk)))?.set(within, bin);
  }
  const blocks = literal(keys.map((k) => encodeChunk(chunks.get(k.key) as Map<number, Bin>).toString('hex')));
  await tx`
    insert into rollup_chunk (series_id, resolution, at, bins)
    select s, ${level.seconds}, to_timestamp(at), decode(bins, 'hex')
    from unnest(${ids}::text::int[], ${ats}::text::float8[], ${blocks}::text::text[]) as r(s, at, bins)
    on conflict (series_id, resolution, at) do update set bins = excluded.bins`;
  return chunks;
}
