/**
 * Following the history. Whoever follows it has a cursor of its own, a table of one row, which moves in the transaction
 * that writes what is made of the events: whatever is killed in between sees each event once. Events are seen in the
 * order of their numbers, for the history has no gaps.
 */
import { and, asc, eq, gt, inArray, lte, min } from 'drizzle-orm';
import type { cursorTable } from '@/drizzle/schema/columns';
import { event, eventHead } from '@/drizzle/schema/event';
import type { Context } from '@/lib/context';
import type { Tx } from '@/lib/db';
import type { EventKind } from './model';

export type Seen = Pick<
  typeof event.$inferSelect,
  'seq' | 'at' | 'kind' | 'reason' | 'environment' | 'feature' | 'rolloutId' | 'data'
>;
export const seenColumns = {
  seq: event.seq,
  at: event.at,
  kind: event.kind,
  reason: event.reason,
  environment: event.environment,
  feature: event.feature,
  rolloutId: event.rolloutId,
  data: event.data,
};

type Follower = {
  cursor: ReturnType<typeof cursorTable>;
  kinds: EventKind[];
  atOnce: number;
  /** An installation that meets its history for the first time makes nothing of what is older. */
  firstLookMs: number;
  /** Some events at a time, and with none too. What it records itself it records last: that keeps everybody waiting. */
  take: (tx: Tx, now: Date, seen: Seen[]) => Promise<void>;
};

export async function followEvents(home: Pick<Context, 'db' | 'now'>, follower: Follower): Promise<void> {
  for (;;) {
    const [at] = await home.db.select({ cursor: follower.cursor.seq }).from(follower.cursor);
    const [head] = await home.db.select({ seq: eventHead.seq }).from(eventHead);
    if (!head || (at && at.cursor >= head.seq)) return;
    const whole = await home.db.transaction((tx) => followSome(tx, home.now(), follower));
    if (whole) return;
  }
}

/** false: there is more. */
async function followSome(tx: Tx, now: Date, follower: Follower): Promise<boolean> {
  const { cursor, kinds, atOnce, take } = follower;
  const from = await lockCursor(tx, now, follower);
  const [head] = await tx.select({ seq: eventHead.seq }).from(eventHead);
  const seen = await tx
    .select(seenColumns)
    .from(event)
    .where(and(gt(event.seq, from), lte(event.seq, head?.seq ?? from), inArray(event.kind, kinds)))
    .orderBy(asc(event.seq))
    .limit(atOnce);
  const last = seen.length === atOnce ? (seen.at(-1)?.seq ?? from) : (head?.seq ?? from);
  await tx.update(cursor).set({ seq: last }).where(eq(cursor.id, 1));
  await take(tx, now, seen);
  return seen.length < atOnce;
}

async function lockCursor(tx: Tx, now: Date, { cursor, firstLookMs }: Follower): Promise<number> {
  const [recent] = await tx
    .select({ first: min(event.seq) })
    .from(event)
    .where(gt(event.at, new Date(now.getTime() - firstLookMs)));
  const [head] = await tx.select({ seq: eventHead.seq }).from(eventHead);
  const from = recent?.first == null ? (head?.seq ?? 0) : Number(recent.first) - 1;
  await tx.insert(cursor).values({ id: 1, seq: from }).onConflictDoNothing();
  const [row] = await tx.select().from(cursor).where(eq(cursor.id, 1)).for('update');
  return row?.seq ?? from;
}
