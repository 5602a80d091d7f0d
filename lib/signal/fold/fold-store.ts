/** The fold's SQL. Arrays go over as text literals: one parameter a column, however many rows. */
import type { Sql, TransactionSql } from 'postgres';
import { conflict } from '@/lib/errors';
import { type Bin, emptyBin } from '../bin/bin';
import { bucketsHex, decodeBuckets } from '../bin/codec';
import type { Attributes, PointKind } from '../model';
import type { Note, Series, StreamRow } from './book';
import { binOfCell, bucketMs, type Cell, last, max, min, n, sum, sum2 } from './shelf';

/** Held by whoever writes roll-ups, for the length of a transaction. */
const foldLock = 0x464f4c44;

export type LedgerRow = { id: number; receivedMs: number; block: Buffer };

export function literal(values: Array<number | string | null>): string {
  return `{${values.map((v) => (v === null ? 'NULL' : v)).join(',')}}`;
}
const column = (cells: Cell[], which: number) =>
  literal(cells.map(({ data, at }) => (Number.isFinite(data[at + which]) ? (data[at + which] as number) : null)));

/** The oldest pending rows, together about `points` points, at least one row. */
export function readPending(sql: Sql, points: number, rows: number): Promise<LedgerRow[]> {
  return sql<LedgerRow[]>`
    select id::float8 as id, (extract(epoch from received_at) * 1000)::float8 as "receivedMs", block
    from (
      select l.id, l.received_at, l.block, sum(l.points) over (order by l.id) - l.points as before
      from (select ledger_id from ledger_pending order by ledger_id limit ${rows}) p
      join ledger l on l.id = p.ledger_id
    ) next
    where before < ${points}
    order by id`;
}

export function readLedger(sql: Sql, ids: number[]): Promise<LedgerRow[]> {
  return sql<LedgerRow[]>`
    select l.id::float8 as id, (extract(epoch from l.received_at) * 1000)::float8 as "receivedMs", l.block
    from unnest(${literal(ids)}::text::bigint[]) with ordinality as b(id, place)
    join ledger l on l.id = b.id
    order by b.place`;
}

/** How many rows wait, counted no further than a million. */
export async function countPending(sql: Sql): Promise<number> {
  const [row] = await sql<{ n: number }[]>`
    select count(*)::int as n from (select 1 from ledger_pending limit 1000000) p`;
  return row?.n ?? 0;
}

export function readStreams(sql: Sql, ids: number[]): Promise<StreamRow[]> {
  return sql<StreamRow[]>`
    select id, environment, metric, kind, unit, temporality, monotonic, attributes, resource
    from stream where id = any(${literal(ids)}::text::int[])`;
}

export type SeriesRow = {
  id: number;
  hash: string;
  environment: string;
  feature: string;
  version: string;
  cohort: string;
  metric: string;
  kind: PointKind;
  unit: string;
  attributes: Attributes;
};
/** Series that still have 10 s bins; one that has none and comes back is made again, with the id that it had. */
export function readSeries(sql: Sql): Promise<SeriesRow[]> {
  return sql<SeriesRow[]>`
    select id, encode(hash, 'hex') as hash, environment, feature, version, cohort, metric, kind, unit, attributes
    from series s where exists (select 1 from rollup r where r.series_id = s.id) order by id`;
}

export type BinColumns = {
  n: number;
  sum: number | null;
  sum2: number | null;
  min: number | null;
  max: number | null;
  last: number | null;
  buckets: Buffer | null;
};

export function binOf(row: BinColumns, atMs: number): Bin {
  const bin = emptyBin();
  const known = (v: number | null) => (v === null ? Number.NaN : v);
  bin.n = row.n;
  bin.sum = known(row.sum);
  bin.sum2 = known(row.sum2);
  bin.min = known(row.min);
  bin.max = known(row.max);
  bin.last = known(row.last);
  if (row.last !== null) bin.lastAt = atMs;
  if (row.buckets) decodeBuckets(row.buckets, bin);
  return bin;
}

/** Bins of these series and buckets that the table has, as `visit(index into the arguments, bin)`. */
export async function readBinsAt(
  sql: Sql | TransactionSql,
  wanted: Array<{ seriesId: number; bucket: number }>,
  visit: (index: number, bin: Bin) => void,
): Promise<void> {
  const chunk = 5_000;
  for (let from = 0; from < wanted.length; from += chunk) {
    const part = wanted.slice(from, from + chunk);
    const rows = await sql<Array<BinColumns & { place: number }>>`
      select (w.place - 1)::int as place, n, sum, sum2, min, max, last, buckets
      from unnest(${literal(part.map((w) => w.seriesId))}::text::int[],
                  ${literal(part.map((w) => w.bucket))}::text::int[]) with ordinality as w(series_id, bucket, place)
      join rollup r on r.series_id = w.series_id and r.at = to_timestamp(w.bucket * 10::float8)`;
    for (const row of rows) {
      const at = ((part[row.place] as { bucket: number }).bucket + 1) * bucketMs - 1;
      visit(from + row.place, binOf(row, at));
    }
  }
}

export async function takeFoldLock(tx: TransactionSql): Promise<void> {
  await tx`select pg_advisory_xact_lock(${foldLock})`;
}

/** Not an error of anybody's: the memory is thrown away, and the next step starts from the tables. */
export function notTheLeader(): Error {
  return conflict('Another fold has gone on from here');
}

/** Gives new series their ids. One that no bin ever refers to harms nobody. */
export async function writeSeries(sql: Sql, fresh: Series[], now: Date): Promise<void> {
  if (fresh.length === 0) return;
  const rows = fresh.map(({ hash, environment, feature, version, cohort, metric, kind, unit, attributes }) => {
    return { hash, environment, feature, version, cohort, metric, kind, unit, attributes };
  });
  const made = await sql<{ id: number; hash: string }[]>`
    insert into series (hash, environment, feature, version, cohort, metric, kind, unit, attributes, first_seen_at)
    select decode(hash, 'hex'), environment, feature, version, cohort, metric, kind, unit, attributes, ${now.toISOString()}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as r(hash text, environment text, feature text,
      version text, cohort text, metric text, kind text, unit text, attributes jsonb)
    on conflict (hash) do update set hash = excluded.hash
    returning id, encode(hash, 'hex') as hash`;
  const ids = new Map(made.map((m) => [m.hash, m.id]));
  for (const series of fresh) series.id = ids.get(series.hash) ?? 0;
}

/** `untilMs`: the newest point of this step; `fromMs`: start of the earliest bin that it went into. */
export type Fresh = { environment: string; feature: string; untilMs: number; fromMs: number };
export type Refusal = { environment: string; metric: string; message: string; points: number };
export type Written = {
  no: number;
  ids: number[];
  cells: Cell[];
  fresh: Fresh[];
  notes: Note[];
  refused: Refusal[];
};

/** Division by zero, see below; and a batch or bin that another fold wrote meanwhile. */
const lostCodes = new Set<unknown>(['22012', '23505']);

const binRows = (sql: Sql, cells: Cell[]) => sql`
  unnest(${literal(cells.map((c) => c.series.id))}::text::int[],
         ${literal(cells.map((c) => c.bucket))}::text::int[],
         ${literal(cells.map((c) => c.data[c.at + n] as number))}::text::float8[],
         ${column(cells, sum)}::text::float8[],
         ${column(cells, sum2)}::text::float8[],
         ${column(cells, min)}::text::float8[],
         ${column(cells, max)}::text::float8[],
         ${column(cells, last)}::text::float8[],
         ${literal(cells.map((c) => (c.bounds || c.exponential ? bucketsHex(binOfCell(c)) : null)))}::text::text[])
    as r(s, b, n, sum, sum2, min, max, last, buckets)`;

/**
 * A whole step in one statement: what it folded is no longer pending, and the bins hold it. The division fails,
 * and everything with it, when another fold took one of the rows or has gone on to a later batch, or a bin is not
 * there any more. New bins and those to be changed go apart: `on conflict` costs half as much again.
 *
 * One statement rather than a transaction, because it costs one round trip, and because postgres.js crashes the
 * process when a connection breaks inside `begin` (it writes the rollback to a socket that is gone).
 */
export async function writeStep(
  sql: Sql,
  { no, ids, cells, fresh, notes, refused }: Written,
  now: Date,
): Promise<void> {
  const list = literal(ids);
  const added = cells.filter((c) => !c.stored);
  const changed = cells.filter((c) => c.stored);
  const at = now.toISOString();
  try {
    await sql`
    with last as (
      select greatest((select max(no) from fold_batch), (select max(no) from fold_checkpoint), 0) as no
    ), gone as (
      delete from ledger_pending where ledger_id = any(${list}::text::bigint[]) returning 1
    ), batch as (
      insert into fold_batch (no, ledger_ids, folded_at) values (${no}, ${list}::text::bigint[], ${at}::timestamptz)
    ), added as (
      insert into rollup (series_id, at, n, sum, sum2, min, max, last, buckets)
      select s, to_timestamp(b * 10::float8), n, sum, sum2, min, max, last, decode(buckets, 'hex')
      from ${binRows(sql, added)}
    ), changed as (
      update rollup set n = r.n, sum = r.sum, sum2 = r.sum2, min = r.min, max = r.max, last = r.last,
        buckets = decode(r.buckets, 'hex')
      from ${binRows(sql, changed)}
      where rollup.series_id = s and rollup.at = to_timestamp(b * 10::float8)
      returning 1
    ), fresh as (
      insert into freshest_point (environment, feature, last_at)
      select environment, feature, to_timestamp("untilMs" / 1000)
      from jsonb_to_recordset(${JSON.stringify(fresh)}::text::jsonb)
        as r(environment text, feature text, "untilMs" float8)
      on conflict (environment, feature) do update set last_at = greatest(freshest_point.last_at, excluded.last_at)
    ), unjudged as (
      -- What was judged of bins that hold more now must not be gone on from, whoever leads next.
      delete from judgement using rollout, jsonb_to_recordset(${JSON.stringify(fresh)}::text::jsonb)
        as r(environment text, feature text, "fromMs" float8)
      where rollout.id = judgement.rollout_id and rollout.environment = r.environment
        and rollout.feature_key = r.feature and judgement.until > to_timestamp(r."fromMs" / 1000)
    ), noted as (
      insert into finding (kind, environment, feature, metric, detail, first_at, last_at, count)
      select kind, environment, feature, metric, detail, to_timestamp("firstMs" / 1000), to_timestamp("lastMs" / 1000),
        count
      from jsonb_to_recordset(${JSON.stringify(notes)}::text::jsonb)
        as r(kind text, environment text, feature text, metric text, detail text, "firstMs" float8, "lastMs" float8,
             count bigint)
      on conflict (kind, environment, feature, metric) do update set detail = excluded.detail,
        last_at = greatest(finding.last_at, excluded.last_at), count = finding.count + excluded.count
    ), refused as (
      insert into rejection (at, environment, metric, message, points)
      select ${at}::timestamptz, environment, metric, message, points
      from jsonb_to_recordset(${JSON.stringify(refused)}::text::jsonb)
        as r(environment text, metric text, message text, points int)
    )
    select 1 / (case when (select count(*) from gone) = ${ids.length} and (select no from last) = ${no - 1}
                  and (select count(*) from changed) = ${changed.length} then 1 else 0 end)`;
  } catch (error) {
    throw lostCodes.has((error as { code?: unknown }).code) ? notTheLeader() : error;
  }
}
