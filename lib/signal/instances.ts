/**
 * Bins in which instances are told apart. Roll-ups add instances up, because one series an instance would not stay
 * within any budget; but the ledger has every point as it came, with the resource that it came from. So a stretch of it
 * is folded once more, in memory, with the attributes that name an instance kept. What it costs is bounded by points.
 */
import type { Sql } from 'postgres';
import type { Db } from '@/lib/db';
import { getSetting } from '@/lib/event/setting';
import { aggregateOf } from './bin/bin';
import { type Book, enter, openBook, reserveBook, type StreamRow } from './fold/book';
import { applyColumns, type Engine, unresolved } from './fold/engine';
import { type LedgerRow, readStreams } from './fold/fold-store';
import { newIncrease } from './fold/increase';
import { openMemory } from './fold/memory';
import { binOfCell, bucketMs, openShelf } from './fold/shelf';
import { decodeBlock } from './ledger/block';
import { newColumns } from './ledger/columns';
import { type Attributes, type BinQuery, type BinRow, defaultMapping, type Mapping } from './model';
import { segmentsOf } from './segment';

/** What OpenTelemetry calls where something ran, from one process to a zone. */
export const instanceKeys: readonly string[] = [
  'service.instance.id',
  'host.name',
  'host.id',
  'container.id',
  'k8s.pod.name',
  'k8s.node.name',
  'k8s.cluster.name',
  'cloud.availability_zone',
];

/** What is folded once more at most: a second or two of one core. */
const mostPoints = 2_000_000;
const mostSeries = 5_000;
const rowsAtOnce = 100;
/** Totals are counted from a point before: senders report at least this often. */
const warmUpMs = 120_000;
/** What happened at the end of the stretch arrives a little later. */
const lateMs = 15_000;
const leastMs = 20_000;
const dayMs = 86_400_000;

/** Null where the stretch holds more than can be read, or more instances than can be told apart. */
export async function readInstances(db: Db, query: Omit<BinQuery, 'resolution'>): Promise<BinRow[] | null> {
  const sql = db.$client;
  const until = query.to.getTime() + lateMs;
  const from = await readableFrom(sql, query.from.getTime() - warmUpMs, until);
  const countedFrom = Math.ceil(Math.max(query.from.getTime(), from + warmUpMs) / bucketMs) * bucketMs;
  if (query.to.getTime() - countedFrom < leastMs) return null;
  const mapping = await getSetting<Mapping>(db, 'mapping', defaultMapping);
  const engine: Engine = {
    memory: openMemory(from),
    book: openBook(mapping, mostSeries),
    shelf: openShelf(Number.NEGATIVE_INFINITY),
    increase: newIncrease(),
    emits: true,
    refused: new Map(),
    times: Float64Array.of(0, Number.NEGATIVE_INFINITY),
  };
  const columns = newColumns();
  for (let last = 0; ; ) {
    const rows = await readSpan(sql, from, until, last);
    for (const row of rows) {
      const block = decodeBlock(row.block, columns);
      const missing = unresolved(engine, block);
      if (missing.length > 0) meet(engine.book, missing, await readStreams(sql, missing), query);
      applyColumns(engine, block, row.receivedMs, dayMs);
    }
    last = rows.at(-1)?.id ?? last;
    if (rows.length < rowsAtOnce) break;
  }
  if ((engine.book.counts.get(query.environment) ?? 0) >= mostSeries) return null;
  return binsOf(engine, query, countedFrom);
}

/** From when on what was received is no more than can be read. */
async function readableFrom(sql: Sql, from: number, until: number): Promise<number> {
  const [row] = await sql<{ ms: number | null }[]>`
    select (extract(epoch from max(received_at)) * 1000)::float8 as ms
    from (
      select received_at, sum(points) over (order by id desc) as total
      from ledger
      where received_at >= to_timestamp(${from / 1000}::float8) and received_at < to_timestamp(${until / 1000}::float8)
    ) counted
    where total > ${mostPoints}`;
  return Math.max(from, row?.ms ?? from);
}

function readSpan(sql: Sql, from: number, until: number, after: number): Promise<LedgerRow[]> {
  return sql<LedgerRow[]>`
    select id::float8 as id, (extract(epoch from received_at) * 1000)::float8 as "receivedMs", block
    from ledger
    where received_at >= to_timestamp(${from / 1000}::float8) and received_at < to_timestamp(${until / 1000}::float8)
      and id > ${after}
    order by id
    limit ${rowsAtOnce}`;
}

/** Streams that the query does not ask for are known to lead nowhere. */
function meet(book: Book, missing: number[], streams: StreamRow[], query: Omit<BinQuery, 'resolution'>): void {
  for (const id of missing) {
    reserveBook(book, id);
    book.linkOf[id] = -2;
  }
  for (const stream of streams) {
    if (stream.environment !== query.environment || !query.metrics.includes(stream.metric)) continue;
    const segments = segmentsOf(stream.environment, stream.attributes, stream.resource, book.mapping);
    const asked = segments.some((s) => s.feature === query.feature && (query.versions?.includes(s.version) ?? true));
    if (asked) enter(book, { ...stream, attributes: { ...instanceOf(stream.resource), ...stream.attributes } });
  }
}

function instanceOf(resource: Attributes): Attributes {
  return Object.fromEntries(Object.entries(resource).filter(([key]) => instanceKeys.includes(key)));
}

function binsOf({ shelf }: Engine, query: Omit<BinQuery, 'resolution'>, from: number): BinRow[] {
  const rows: BinRow[] = [];
  for (const [bucket, { cells }] of shelf.buckets) {
    const at = bucket * bucketMs;
    if (at < from || at >= query.to.getTime()) continue;
    for (const cell of cells) {
      const { feature, version, cohort, metric, kind, unit, attributes } = cell.series;
      if (feature !== query.feature || !(query.versions?.includes(version) ?? true)) continue;
      rows.push({ at, version, cohort, metric, kind, unit, attributes, aggregate: aggregateOf(binOfCell(cell), kind) });
    }
  }
  return rows.sort((a, b) => a.at - b.at);
}
