/** SQL of notices on their way into a mail. Decides nothing. */
import { and, asc, desc, eq, inArray, isNotNull, or, sql } from 'drizzle-orm';
import { notice } from '@/drizzle/schema/notice';
import type { Db, Tx } from '@/lib/db';
import type { NoticeRow } from './store';

/** What waits at a mailbox, in its order; the first is the one whose turn it is. */
export function selectWaiting(db: Db, addressId: string, most: number): Promise<NoticeRow[]> {
  return db
    .select()
    .from(notice)
    .where(and(eq(notice.addressId, addressId), eq(notice.state, 'pending')))
    .orderBy(asc(notice.seq))
    .limit(most);
}

/** How many mails went there since then, and when the last of them did. */
export async function mailsSince(db: Db, addressId: string, since: Date): Promise<{ n: number; last: Date | null }> {
  const rows = await db.execute<{ n: number; last: string | null }>(sql`
    select count(distinct coalesce(handed_over_as, id))::int as n, max(delivered_at)::text as last from ${notice}
    where address_id = ${addressId} and state = 'delivered' and delivered_at > ${since.toISOString()}`);
  const [row] = [...rows];
  return { n: row?.n ?? 0, last: row?.last ? new Date(row.last) : null };
}

/** Waits some more, unless somebody is at it. */
export async function postpone(db: Db, id: string, until: Date): Promise<void> {
  await db
    .update(notice)
    .set({ dueAt: until })
    .where(
      and(
        eq(notice.id, id),
        eq(notice.state, 'pending'),
        sql`(${notice.leaseUntil} is null or ${notice.leaseUntil} < clock_timestamp())`,
      ),
    );
}

/** Locked until the transaction ends; false: somebody else has taken it, or it is gone. */
export async function stillHeld(tx: Tx, { id, attempts }: NoticeRow): Promise<boolean> {
  const rows = await tx
    .select({ id: notice.id })
    .from(notice)
    .where(
      and(
        eq(notice.id, id),
        eq(notice.attempts, attempts),
        eq(notice.state, 'pending'),
        sql`${notice.leaseUntil} >= clock_timestamp()`,
      ),
    )
    .for('update');
  return rows.length > 0;
}

/** Those that wait still; the others are not told of again. */
export async function markHandedOver(tx: Tx, ids: string[], messageId: string): Promise<number> {
  const marked = await tx
    .update(notice)
    .set({ handedOverAs: messageId, handovers: sql`${notice.handovers} + 1` })
    .where(and(inArray(notice.id, ids), eq(notice.state, 'pending')));
  return marked.count;
}

type Outcome = Partial<
  Pick<NoticeRow, 'state' | 'lastError' | 'deliveredAt' | 'handedOverAs' | 'handovers' | 'alone' | 'leftOut'>
>;

/** What went into one mail and waits still. */
export async function keepTogether(tx: Tx, ids: string[], set: Outcome): Promise<void> {
  if (ids.length === 0) return;
  await tx
    .update(notice)
    .set(set)
    .where(and(inArray(notice.id, ids), eq(notice.state, 'pending')));
}

/** Of somebody who is not told any more; what a person sent them is answered, for that one is to know of it. */
export async function dropWaiting(tx: Tx, addressId: string, why: string): Promise<NoticeRow[]> {
  const waits = and(eq(notice.addressId, addressId), eq(notice.state, 'pending'));
  const failed = await tx
    .update(notice)
    .set({ state: 'failed', lastError: why, leaseUntil: null })
    .where(and(waits, isNotNull(notice.copyId)))
    .returning();
  await tx.delete(notice).where(waits);
  return failed;
}

/** Why the newest that was tried there has not arrived; null: it has, or none was tried. */
export async function troubleAt(db: Db, addressId: string): Promise<string | null> {
  const [row] = await db
    .select({ state: notice.state, lastError: notice.lastError })
    .from(notice)
    .where(and(eq(notice.addressId, addressId), or(eq(notice.state, 'delivered'), isNotNull(notice.lastError))))
    .orderBy(desc(notice.seq))
    .limit(1);
  return row && row.state !== 'delivered' ? row.lastError : null;
}
