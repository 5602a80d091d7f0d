/** SQL of copies: what was sent to whom, and what became of it. Decides nothing. */
import { and, desc, eq, gt, inArray, isNotNull, lt, notExists } from 'drizzle-orm';
import { person } from '@/drizzle/schema/access';
import { notice, noticeAddress } from '@/drizzle/schema/notice';
import { postmortemCopy } from '@/drizzle/schema/postmortem';
import type { Role } from '@/lib/access/model';
import type { Db, Tx } from '@/lib/db';

export type CopyRow = typeof postmortemCopy.$inferSelect;

export async function insertCopy(tx: Tx, row: CopyRow): Promise<void> {
  await tx.insert(postmortemCopy).values(row);
}

export async function findCopy(db: Db | Tx, id: string): Promise<CopyRow | null> {
  const [row] = await db.select().from(postmortemCopy).where(eq(postmortemCopy.id, id));
  return row ?? null;
}

/** Who is disabled too. */
export function selectPeople(db: Db | Tx): Promise<Array<{ id: string; name: string; role: Role; disabled: boolean }>> {
  const { id, name, role, disabledAt } = person;
  return db
    .select({ id, name, role, disabledAt })
    .from(person)
    .then((rows) => rows.map(({ disabledAt, ...rest }) => ({ ...rest, disabled: disabledAt !== null })));
}

/** The same order by the same person since then; whom it went to is for the caller to look at. */
export function selectSame(tx: Tx, of: Pick<CopyRow, 'postmortemId' | 'version' | 'by' | 'note'>, since: Date) {
  const { id, people, postmortemId, version, by, note, at } = postmortemCopy;
  return tx
    .select({ id, people })
    .from(postmortemCopy)
    .where(
      and(eq(postmortemId, of.postmortemId), eq(version, of.version), eq(by, of.by), eq(note, of.note), gt(at, since)),
    );
}

/** Newest first. */
export function selectCopies(db: Db, postmortemId: string, of: { since: Date; most: number }) {
  const { id, version, by, note, people, at } = postmortemCopy;
  return db
    .select({ id, version, by, note, people, at })
    .from(postmortemCopy)
    .where(and(eq(postmortemCopy.postmortemId, postmortemId), gt(at, of.since)))
    .orderBy(desc(at), desc(id))
    .limit(of.most);
}

/** Of these copies, what became of each person's mail. */
export function selectMails(db: Db, copyIds: string[]) {
  const { copyId, state, lastError, leftOut, deliveredAt } = notice;
  return db
    .select({ copyId, state, lastError, leftOut, deliveredAt, personId: noticeAddress.personId })
    .from(notice)
    .innerJoin(noticeAddress, eq(noticeAddress.id, notice.addressId))
    .where(and(isNotNull(copyId), inArray(copyId, copyIds)));
}

/** Those that no notice needs any more. */
export async function deleteOldCopies(db: Db, before: Date): Promise<number> {
  const needed = db.select({ id: notice.id }).from(notice).where(eq(notice.copyId, postmortemCopy.id));
  const gone = await db.delete(postmortemCopy).where(and(lt(postmortemCopy.at, before), notExists(needed)));
  return gone.count;
}
