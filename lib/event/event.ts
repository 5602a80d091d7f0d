/**
 * The history. An event is written in the transaction of the change that it tells of, under one advisory lock,
 * so that `seq` has no gaps and each hash covers the one before: hash = SHA-256(previous hash ‖ canonical JSON).
 * `event_head` repeats the newest seq and hash, so that cutting off the end shows too.
 */
import { and, asc, desc, eq, gt, inArray, isNull, lt, notLike, or, sql } from 'drizzle-orm';
import { event, eventHead } from '@/drizzle/schema/event';
import { authorise } from '@/lib/access/authorise';
import type { Actor } from '@/lib/access/model';
import type { Context } from '@/lib/context';
import type { Db, Tx } from '@/lib/db';
import { drillPrefix } from '@/lib/drill/model';
import { storable } from './canonical';
import { chainHash, type Entry } from './chain';
import type { EventInput, EventKind, EventView } from './model';

/** Names the advisory lock of the chain. */
const chainLock = 0x42454c43;
const noHash = Buffer.alloc(32);

/** Appends one event in the caller's transaction, which holds the chain until it ends: record late, commit soon. */
export async function record(tx: Tx, at: Date, actor: Actor, input: EventInput): Promise<number> {
  const [, heads] = await Promise.all([
    tx.execute(sql`select pg_advisory_xact_lock(${chainLock})`),
    tx.select({ seq: eventHead.seq, hash: eventHead.hash }).from(eventHead).where(eq(eventHead.id, 1)),
  ]);
  const head = heads[0] ?? { seq: 0, hash: noHash };
  const entry: Entry = storable({
    seq: head.seq + 1,
    at: at.toISOString(),
    kind: input.kind,
    actor: { kind: actor.kind, id: actor.id, name: actor.name },
    reason: input.reason,
    environment: input.environment ?? null,
    feature: input.feature ?? null,
    rolloutId: input.rolloutId ?? null,
    data: input.data ?? {},
  });
  const hash = chainHash(head.hash, entry);
  await Promise.all([
    tx.insert(event).values({
      seq: entry.seq,
      at,
      kind: entry.kind,
      actorKind: entry.actor.kind,
      actorId: entry.actor.id,
      actorName: entry.actor.name,
      reason: entry.reason,
      environment: entry.environment,
      feature: entry.feature,
      rolloutId: entry.rolloutId,
      data: entry.data,
      previousHash: head.hash,
      hash,
    }),
    tx
      .insert(eventHead)
      .values({ id: 1, seq: entry.seq, hash })
      .onConflictDoUpdate({ target: eventHead.id, set: { seq: entry.seq, hash } }),
    tx.execute(sql`select pg_notify('belay_change', ${String(entry.seq)})`),
  ]);
  return entry.seq;
}

export type HistoryFilter = {
  feature?: string;
  rolloutId?: string;
  environment?: string;
  kinds?: EventKind[];
  before?: number;
  after?: number;
  limit?: number;
};

/** What happens within a rehearsal is told where its environment or rollout is asked for. */
const withoutDrills = ({ rolloutId }: HistoryFilter) =>
  rolloutId === undefined ? or(isNull(event.environment), notLike(event.environment, `${drillPrefix}%`)) : undefined;

/** Newest first; with `after`, oldest first. A key of one environment sees that one and what concerns all. */
export async function history(ctx: Context, filter: HistoryFilter = {}): Promise<EventView[]> {
  authorise(ctx.actor, 'view', filter.environment);
  const own = ctx.actor.environment;
  const rows = await ctx.db
    .select()
    .from(event)
    .where(
      and(
        filter.feature === undefined ? undefined : eq(event.feature, filter.feature),
        filter.rolloutId === undefined ? undefined : eq(event.rolloutId, filter.rolloutId),
        filter.environment === undefined ? withoutDrills(filter) : eq(event.environment, filter.environment),
        filter.kinds?.length ? inArray(event.kind, filter.kinds) : undefined,
        filter.before === undefined ? undefined : lt(event.seq, filter.before),
        filter.after === undefined ? undefined : gt(event.seq, filter.after),
        own === null ? undefined : or(eq(event.environment, own), isNull(event.environment)),
      ),
    )
    .orderBy(filter.after === undefined ? desc(event.seq) : asc(event.seq))
    .limit(Math.min(Math.max(filter.limit ?? 100, 1), 1000));
  return rows.map(eventView);
}

export function eventView(row: typeof event.$inferSelect): EventView {
  return {
    seq: row.seq,
    at: row.at.toISOString(),
    kind: row.kind,
    actor: { kind: row.actorKind, id: row.actorId, name: row.actorName },
    reason: row.reason,
    environment: row.environment,
    feature: row.feature,
    rolloutId: row.rolloutId,
    data: row.data,
    hash: row.hash.toString('hex'),
  };
}

export type ChainReport = { ok: true; length: number } | { ok: false; seq: number; why: string };

/** Reads the whole chain in one snapshot; names the first event that is not as it was recorded. */
export async function verifyChain(db: Db, batch = 2_000): Promise<ChainReport> {
  return db.transaction(
    async (tx) => {
      let previous: Buffer = noHash;
      let seq = 0;
      for (;;) {
        const rows = await tx
          .select({ event, microseconds: sql<string>`extract(microseconds from ${event.at})::bigint % 1000` })
          .from(event)
          .where(gt(event.seq, seq))
          .orderBy(asc(event.seq))
          .limit(batch);
        for (const { event: row, microseconds } of rows) {
          const why = fault(row, seq + 1, previous, Number(microseconds));
          if (why) return { ok: false, seq: Math.min(row.seq, seq + 1), why };
          previous = row.hash;
          seq = row.seq;
        }
        if (rows.length < batch) break;
      }
      const [head] = await tx.select().from(eventHead).where(eq(eventHead.id, 1));
      if ((head?.seq ?? 0) !== seq || !(head?.hash ?? noHash).equals(previous))
        return {
          ok: false,
          seq: Math.max(seq, head?.seq ?? 0),
          why: 'the end of the history is not its recorded head',
        };
      return { ok: true, length: seq };
    },
    { isolationLevel: 'repeatable read', accessMode: 'read only' },
  );
}

function fault(row: typeof event.$inferSelect, seq: number, previous: Buffer, microseconds: number): string | null {
  if (row.seq !== seq) return `event ${seq} is missing`;
  if (!row.previousHash.equals(previous)) return 'it does not follow from the event before it';
  const { hash, ...entry } = eventView(row);
  // Dates are recorded in whole milliseconds; a finer edit would not reach the hash.
  if (microseconds !== 0 || chainHash(previous, entry).toString('hex') !== hash) return 'it is not what was recorded';
  return null;
}
