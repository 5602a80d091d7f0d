/** SQL of notices and of where they go. The lease runs on the database's clock. Decides nothing. */
import { and, asc, desc, eq, inArray, isNull, lt, lte, or, sql } from 'drizzle-orm';
import { person } from '@/drizzle/schema/access';
import { notice, noticeAddress } from '@/drizzle/schema/notice';
import { webhookTarget } from '@/drizzle/schema/plane';
import type { Db, Tx } from '@/lib/db';
import { unconfirmedOf } from './code-state';
import type { AddressView, NoticeView } from './model';
import type { Recipient } from './wants';

export type NoticeRow = typeof notice.$inferSelect;
export type AddressRow = typeof noticeAddress.$inferSelect;

/** Longer than a delivery may take: who still holds it then is not coming back. */
const leaseMs = 30_000;

/** `person`: whose own it is; `name`: what people call it. */
export type Address = { row: AddressRow; name: string; person: Recipient | null };

const addressed = {
  row: noticeAddress,
  name: sql<string>`coalesce(${person.name}, ${webhookTarget.name}, ${noticeAddress.email}, ${noticeAddress.newEmail}, '')`,
  person: { id: person.id, name: person.name, role: person.role, disabledAt: person.disabledAt },
};
type Joined = {
  row: AddressRow;
  name: string;
  person: { id: string; name: string; role: Recipient['role']; disabledAt: Date | null } | null;
};

function addressIn({ row, name, person: of }: Joined): Address {
  return { row, name, person: of && { id: of.id, name: of.name, role: of.role, disabled: of.disabledAt !== null } };
}

function selectJoined(db: Db | Tx) {
  return db
    .select(addressed)
    .from(noticeAddress)
    .leftJoin(webhookTarget, eq(webhookTarget.id, noticeAddress.webhookTarget))
    .leftJoin(person, eq(person.id, noticeAddress.personId));
}

/** Kept from being removed until the caller's rows that point to them are there. */
export async function holdAddresses(tx: Tx): Promise<Address[]> {
  return (await selectJoined(tx).for('key share', { of: noticeAddress })).map(addressIn);
}

/** Waits for nobody: whoever tells something may hold it and wait for the history. */
export async function lockAddress(tx: Tx, id: string): Promise<boolean> {
  const rows = await tx
    .select({ id: noticeAddress.id })
    .from(noticeAddress)
    .where(eq(noticeAddress.id, id))
    .for('update', { noWait: true });
  return rows.length > 0;
}

export async function insertNotices(tx: Tx, rows: Array<typeof notice.$inferInsert>): Promise<void> {
  if (rows.length > 0) await tx.insert(notice).values(rows);
}

const leased = sql`${notice.leaseUntil} is not null and ${notice.leaseUntil} >= clock_timestamp()`;

/** Of a mailbox only the oldest that waits may go: what is behind it waits too, however long ago it was due. */
const inTurn = (n: string) =>
  sql.raw(`not exists (
  select 1 from notice before join notice_address a on a.id = before.address_id
  where before.address_id = ${n}.address_id and a.kind = 'email' and before.state = 'pending' and before.seq < ${n}.seq)`);

export type Due = { id: string; mail: boolean };

/** The oldest due one of each address that nobody is sending to; of mail and of the rest so many at most. */
export async function selectDueNotices(db: Db, now: Date, most: number): Promise<Due[]> {
  const rows = await db.execute<Due>(sql`
    select id, mail from (
      select due.*, row_number() over (partition by mail order by due_at) as turn from (
        select distinct on (n.address_id) n.id, n.due_at, a.kind = 'email' as mail
        from ${notice} n join ${noticeAddress} a on a.id = n.address_id
        where n.state = 'pending' and n.due_at <= ${now.toISOString()} and ${inTurn('n')}
          and not exists (select 1 from ${notice} o where o.address_id = n.address_id
            and o.state = 'pending' and o.lease_until >= clock_timestamp())
        order by n.address_id, n.due_at, n.id
      ) due
    ) turns
    where turn <= ${most}
    order by due_at`);
  return [...rows];
}

/** How many are being sent now. */
export async function countBusy(db: Db): Promise<Busy> {
  const rows = await db.execute<Busy>(sql`
    select count(*)::int as all, (count(*) filter (where a.kind = 'email'))::int as mail
    from ${notice} n join ${noticeAddress} a on a.id = n.address_id
    where n.state = 'pending' and n.lease_until >= clock_timestamp()`);
  return rows[0] ?? { all: 0, mail: 0 };
}
export type Busy = { all: number; mail: number };

/** The next due one of an address. */
export async function selectNext(db: Db, addressId: string, now: Date): Promise<string | null> {
  const [row] = await db
    .select({ id: notice.id })
    .from(notice)
    .where(
      and(
        eq(notice.addressId, addressId),
        eq(notice.state, 'pending'),
        lte(notice.dueAt, now),
        sql`not (${leased})`,
        inTurn('notice'),
      ),
    )
    .orderBy(asc(notice.dueAt), asc(notice.id))
    .limit(1);
  return row?.id ?? null;
}

/** Where a notice that waits is to go. */
export async function findWaiting(db: Db, id: string): Promise<string | null> {
  const [row] = await db
    .select({ addressId: notice.addressId })
    .from(notice)
    .where(and(eq(notice.id, id), eq(notice.state, 'pending')));
  return row?.addressId ?? null;
}

/** `attempts` is the fence: who holds an older number can write no more. */
export async function claimNotice(db: Db, id: string, now: Date): Promise<NoticeRow | null> {
  const [row] = await db
    .update(notice)
    .set({
      attempts: sql`${notice.attempts} + 1`,
      leaseUntil: sql`clock_timestamp() + ${leaseMs} * interval '1 millisecond'`,
    })
    .where(
      and(
        eq(notice.id, id),
        eq(notice.state, 'pending'),
        lte(notice.dueAt, now),
        sql`not (${leased})`,
        inTurn('notice'),
      ),
    )
    .returning();
  return row ?? null;
}

type Outcome = Partial<
  Pick<NoticeRow, 'state' | 'dueAt' | 'lastError' | 'deliveredAt' | 'handedOverAs' | 'handovers' | 'alone' | 'leftOut'>
>;

export async function keepOutcome(db: Db | Tx, held: NoticeRow, set: Outcome): Promise<boolean> {
  const rows = await db
    .update(notice)
    .set({ ...set, leaseUntil: null })
    .where(and(eq(notice.id, held.id), eq(notice.attempts, held.attempts), eq(notice.state, 'pending')))
    .returning({ id: notice.id });
  return rows.length > 0;
}

export async function findAddress(db: Db | Tx, id: string): Promise<Address | null> {
  const [found] = await selectJoined(db).where(eq(noticeAddress.id, id));
  return found ? addressIn(found) : null;
}

export async function findPersonal(db: Db | Tx, personId: string): Promise<AddressRow | null> {
  const [row] = await db.select().from(noticeAddress).where(eq(noticeAddress.personId, personId));
  return row ?? null;
}

export type NoticeFilter = { state?: NoticeView['state']; environment?: string | null; limit: number };

/** Newest first; with an environment, its own and what concerns all. */
export async function selectNotices(db: Db, filter: NoticeFilter): Promise<NoticeView[]> {
  const place = sql`${notice.body}->>'environment'`;
  const rows = await db
    .select({ notice, address: addressed.name })
    .from(notice)
    .innerJoin(noticeAddress, eq(noticeAddress.id, notice.addressId))
    .leftJoin(webhookTarget, eq(webhookTarget.id, noticeAddress.webhookTarget))
    .leftJoin(person, eq(person.id, noticeAddress.personId))
    .where(
      and(
        filter.state ? eq(notice.state, filter.state) : undefined,
        filter.environment ? or(sql`${place} = ${filter.environment}`, sql`${place} is null`) : undefined,
      ),
    )
    .orderBy(desc(notice.createdAt), desc(notice.seq))
    .limit(filter.limit);
  return rows.map((row) => viewOf(row.notice, row.address));
}

export async function findNotice(tx: Tx, id: string): Promise<{ row: NoticeRow; address: string } | null> {
  const [found] = await tx
    .select({ row: notice, address: addressed.name })
    .from(notice)
    .innerJoin(noticeAddress, eq(noticeAddress.id, notice.addressId))
    .leftJoin(webhookTarget, eq(webhookTarget.id, noticeAddress.webhookTarget))
    .leftJoin(person, eq(person.id, noticeAddress.personId))
    .where(eq(notice.id, id))
    .for('update', { of: notice });
  return found ?? null;
}

export async function reopenNotice(tx: Tx, id: string, now: Date): Promise<NoticeRow | null> {
  const [row] = await tx
    .update(notice)
    // What it was in with others goes by itself now, so under an id of its own; what was left out goes along again.
    .set({ state: 'pending', dueAt: now, leaseUntil: null, handedOverAs: null, alone: true, leftOut: null })
    .where(and(eq(notice.id, id), eq(notice.state, 'failed')))
    .returning();
  return row ?? null;
}

export async function deleteOldNotices(db: Db, before: Date): Promise<number> {
  const gone = await db
    .delete(notice)
    .where(and(inArray(notice.state, ['delivered', 'failed']), lt(notice.createdAt, before)));
  return gone.count;
}

/** Shared ones; what a person is told is that person's own. */
export async function selectAddresses(db: Db | Tx, now: Date): Promise<AddressView[]> {
  const rows = await selectJoined(db).where(isNull(noticeAddress.personId)).orderBy(asc(addressed.name));
  return rows.map(({ row, name }) => addressViewOf(row, name, now));
}

/** null: notices go there already */
export async function insertAddress(tx: Tx, row: typeof noticeAddress.$inferInsert): Promise<AddressRow | null> {
  const [made] = await tx.insert(noticeAddress).values(row).onConflictDoNothing().returning();
  return made ?? null;
}

export async function updateAddress(tx: Tx, id: string, set: Partial<AddressRow>): Promise<void> {
  await tx.update(noticeAddress).set(set).where(eq(noticeAddress.id, id));
}

/** The shared address that is that webhook or that mailbox already, or waits to be. */
export async function addressAt(tx: Tx, at: { webhook: string } | { email: string }): Promise<string | null> {
  const [row] = await tx
    .select({ id: noticeAddress.id })
    .from(noticeAddress)
    .where(
      'webhook' in at
        ? eq(noticeAddress.webhookTarget, at.webhook)
        : and(
            isNull(noticeAddress.personId),
            sql`${at.email.toLowerCase()} in (lower(${noticeAddress.email}), lower(${noticeAddress.newEmail}))`,
          ),
    );
  return row?.id ?? null;
}

export async function deleteAddress(tx: Tx, id: string): Promise<void> {
  await tx.delete(noticeAddress).where(eq(noticeAddress.id, id));
}

export function addressViewOf(row: AddressRow, name: string, now: Date): AddressView {
  const { confirmedBy: by, confirmedAt } = row;
  return {
    id: row.id,
    kind: row.kind,
    name,
    webhook: row.webhookTarget === null ? null : { id: row.webhookTarget, name },
    email: row.newEmail ?? row.email,
    mailbox:
      row.kind === 'email'
        ? {
            told: row.email,
            confirmed: by === null || confirmedAt === null ? null : { by, at: confirmedAt.toISOString() },
            unconfirmed: unconfirmedOf(row, now),
          }
        : null,
    kinds: row.kinds,
    environments: row.environments,
    createdBy: row.createdBy,
    createdAt: row.createdAt.toISOString(),
  };
}

export function viewOf(row: NoticeRow, address: string): NoticeView {
  return {
    ...row.body,
    id: row.id,
    address,
    state: row.state,
    attempts: row.attempts,
    lastError: row.lastError,
    at: row.createdAt.toISOString(),
    deliveredAt: row.deliveredAt?.toISOString() ?? null,
    maybeTwice: row.handovers > 1,
  };
}
