/**
 * Reading bins back. Coarse bins come from chunks as of the last checkpoint; what may have grown since then is
 * read from the 10 s bins, so that no reader sees a chart that lags.
 */
import type { Sql } from 'postgres';
import type { Bin } from './bin/bin';
import { hour, type Level, levels, minute } from './bin/chunk';
import { readChunk } from './bin/codec';
import { type BinColumns, binOf, literal, type SeriesRow } from './fold/fold-store';
import { bucketMs } from './fold/shelf';

export type SeriesFilter = { environment: string; feature: string; metrics: string[]; versions?: string[] };

export async function findSeries(sql: Sql, f: SeriesFilter): Promise<SeriesRow[]> {
  return sql<SeriesRow[]>`
    select id, '' as hash, environment, feature, version, cohort, metric, kind, unit, attributes
    from series
    where environment = ${f.environment} and feature = ${f.feature} and metric = any(${f.metrics}::text[])
      ${f.versions ? sql`and version = any(${f.versions}::text[])` : sql``}
    order by id`;
}

export type Visit = (seriesId: number, atMs: number, bin: Bin) => void;
type Range = { fromMs: number; toMs: number };
export type Scan = Range & {
  ids: number[];
  /** one of `fineness` */
  binMs: number;
  /** false: bins come without their buckets, which are most of the work */
  buckets: boolean;
};

/** How fine the bins of a level are, in milliseconds; 10 s bins are no level. */
export const fineness = [bucketMs, ...levels.map((l) => l.binMs)];

/**
 * Visits bins within [from, to). Those at the end may be visited in parts: the visitor adds up what it gets for one
 * series and time. A bin is only good during the call.
 */
export async function scan(sql: Sql, query: Scan, visit: Visit): Promise<void> {
  const { ids, binMs } = query;
  const range = query;
  if (ids.length === 0 || range.fromMs >= range.toMs) return;
  const level = levels.find((l) => l.binMs === binMs);
  if (!level) return scanFine(sql, query, range, visit);
  const onto = (ms: number) => Math.floor(ms / binMs) * binMs;
  const fromMs = onto(range.fromMs);
  // Whole coarse bins up to `coarseMs`, minutes up to `minuteMs`, then 10 s bins.
  const minuteMs = Math.min(range.toMs, Math.max(fromMs, await settledUntil(sql)));
  const coarseMs = onto(minuteMs);
  const put: Visit = (id, at, bin) => visit(id, onto(at), bin);
  await Promise.all([
    scanChunks(sql, level, query, { fromMs, toMs: coarseMs }, put),
    level === minute ? undefined : scanChunks(sql, minute, query, { fromMs: coarseMs, toMs: minuteMs }, put),
    scanFine(sql, query, { fromMs: level === minute ? coarseMs : minuteMs, toMs: range.toMs }, put),
  ]);
}

/** Before this, coarser bins are whole but for points that come later than two minutes. */
async function settledUntil(sql: Sql): Promise<number> {
  const [row] = await sql<{ ms: number | null }[]>`
    select (extract(epoch from folded_at) * 1000)::float8 as ms
    from fold_batch where no = (select max(no) from fold_checkpoint)`;
  if (row?.ms == null) return 0;
  return Math.floor(row.ms / minute.binMs) * minute.binMs - minute.binMs;
}

async function scanFine(sql: Sql, { ids, buckets }: Scan, range: Range, visit: Visit): Promise<void> {
  if (range.fromMs >= range.toMs) return;
  const rows = await sql<Array<BinColumns & { id: number; at: number }>>`
    select series_id as id, (extract(epoch from at) * 1000)::float8 as at, n, sum, sum2, min, max, last,
      ${buckets ? sql`buckets` : sql`null::bytea as buckets`}
    from rollup
    where series_id = any(${literal(ids)}::text::int[])
      and at >= to_timestamp(${range.fromMs / 1000}::float8) and at < to_timestamp(${range.toMs / 1000}::float8)
    order by series_id, at`;
  for (const row of rows) visit(row.id, row.at, binOf(row, row.at));
}

async function scanChunks(sql: Sql, level: Level, { ids, buckets }: Scan, range: Range, visit: Visit): Promise<void> {
  if (range.fromMs >= range.toMs) return;
  const chunkMs = level.binMs * level.perChunk;
  const first = Math.floor(range.fromMs / chunkMs) * chunkMs;
  const rows = await sql<{ id: number; at: number; bins: Buffer }[]>`
    select series_id as id, (extract(epoch from at) * 1000)::float8 as at, bins
    from rollup_chunk
    where series_id = any(${literal(ids)}::text::int[]) and resolution = ${level.seconds}
      and at >= to_timestamp(${first / 1000}::float8) and at < to_timestamp(${range.toMs / 1000}::float8)
    order by series_id, at`;
  for (const { id, at, bins } of rows)
    readChunk(bins, buckets, (index, bin) => {
      const binAt = at + index * level.binMs;
      if (binAt >= range.fromMs && binAt < range.toMs) visit(id, binAt, bin);
    });
}

/** The coarsest bins that a step is made of. */
export function binFor(stepMs: number): number {
  return [hour.binMs, ...fineness].sort((a, b) => b - a).find((ms) => stepMs % ms === 0) ?? bucketMs;
}
