/** Deleting what is past its keep: many short statements instead of one that holds locks for minutes. */
import type { Sql } from 'postgres';
import { hour, levels } from './bin/chunk';
import type { Retention } from './model';

export type Dropped = { ledger: number; receipts: number; rollups: number; rejections: number };

const portion = 5_000;
const keptRejections = 10_000;

export async function dropExpired(sql: Sql, now: Date, keep: Retention): Promise<Dropped> {
  // Text, because drizzle takes the date serialiser from the client that it wraps.
  const before = (hours: number, extraMs = 0) => new Date(now.getTime() - hours * 3_600_000 - extraMs).toISOString();
  const ledger = await dropLedger(sql, before(keep.ledgerHours));
  const receipts = await inPortions(
    () => sql`
      delete from receipt where digest in (
        select digest from receipt where received_at < ${before(keep.receiptHours)}::timestamptz limit ${portion})`,
  );
  let rollups = await inPortions(
    () => sql`
      delete from rollup where (series_id, at) in (
        select series_id, at from rollup where at < ${before(keep.rollup10sHours)}::timestamptz limit ${portion})`,
  );
  for (const level of levels) {
    const hours = level === hour ? keep.rollup3600sHours : keep.rollup60sHours;
    const end = before(hours, level.binMs * level.perChunk);
    rollups += await inPortions(
      () => sql`
        delete from rollup_chunk where (series_id, resolution, at) in (
          select series_id, resolution, at from rollup_chunk
          where at < ${end}::timestamptz and resolution = ${level.seconds} limit ${portion})`,
    );
  }
  const rejections = await inPortions(
    () => sql`
      delete from rejection where id in (
        select id from rejection where id <= (select max(id) from rejection) - ${keptRejections} limit ${portion})`,
  );
  return { ledger, receipts, rollups, rejections };
}

/** Rows that wait to be folded, or that a replay would read, stay however old they are. */
function dropLedger(sql: Sql, before: string): Promise<number> {
  return inPortions(
    () => sql`
      with needed as (
        select least(
          (select min(ledger_id) from ledger_pending),
          (select min(i) from fold_batch, unnest(ledger_ids) as i
           where no > (select coalesce(max(no), 0) from fold_checkpoint))) as first
      )
      delete from ledger where id in (
        select id from ledger where received_at < ${before}::timestamptz
          and id < coalesce((select first from needed), 9223372036854775807)
        order by id limit ${portion})`,
  );
}

async function inPortions(run: () => PromiseLike<{ count: number }>): Promise<number> {
  let total = 0;
  for (;;) {
    const { count } = await run();
    total += count;
    if (count < portion) return total;
  }
}
