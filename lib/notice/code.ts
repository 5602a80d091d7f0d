/**
 * A mailbox is told nothing before whoever reads it has said so:
 *
 *   named ──a code is mailed──▶ unconfirmed ──the code, in time, once──▶ told
 *                                 └── named anew, too late, wrong ten times: that code is void
 *
 * Until then the mailbox that was confirmed before is told on. Of the code only a hash is kept. A person's own is
 * confirmed by that person (`mailbox.ts`), a shared one by an administrator (`shared-mailbox.ts`).
 */
import { eq } from 'drizzle-orm';
import { noticeAddress } from '@/drizzle/schema/notice';
import { authorise } from '@/lib/access/authorise';
import { randomText } from '@/lib/access/secret';
import type { Context } from '@/lib/context';
import type { Tx } from '@/lib/db';
import { badInput, conflict } from '@/lib/errors';
import { newId } from '@/lib/id';
import { isMailSet, sendMail } from '@/lib/mail/mail';
import type { codeLetter } from './code-letter';
import { hashOf, noCode, tried } from './code-state';
import { mailFaultOf } from './schedule';
import { type AddressRow, updateAddress } from './store';

/** 60 random bits. */
const codeLength = 12;
const codeHolds = 24 * 3_600_000;
/** Of codes to mailboxes that may be somebody else's. */
const mostInADay = 10;
const day = 24 * 3_600_000;
const betweenMs = 60_000;
const deadlineMs = 10_000;

/** A code for the mailbox that waits, in place of the one before. Null: there is no server to mail it through. */
export async function newCode(tx: Tx, row: AddressRow, now: Date): Promise<string | null> {
  const sends = row.codeSends.filter((at) => Date.parse(at) > now.getTime() - day);
  if (sends.length >= mostInADay) throw conflict(`${mostInADay} codes were mailed within a day: wait until tomorrow`);
  if (!(await isMailSet(tx))) {
    await updateAddress(tx, row.id, noCode);
    return null;
  }
  const code = randomText(codeLength);
  await updateAddress(tx, row.id, {
    ...noCode,
    codeHash: hashOf(row.id, code),
    codeUntil: new Date(now.getTime() + codeHolds),
    codeSends: [...sends, now.toISOString()],
  });
  return code;
}

/** The code before is void. */
export async function anotherCode(tx: Tx, row: AddressRow, now: Date): Promise<string> {
  const last = row.codeSends.at(-1);
  const under = row.codeHash !== null && row.codeError === null;
  if (under && last !== undefined && now.getTime() - Date.parse(last) < betweenMs)
    throw conflict('A code was mailed less than a minute ago; look there first');
  const code = await newCode(tx, row, now);
  if (code === null) throw conflict('No mail server is set yet');
  return code;
}

type Mailed = { row: AddressRow; code: string; letter: ReturnType<typeof codeLetter> };

/** After the commit; what the server said is kept with it. Lost on the way, another is asked for. */
export async function mailCode(ctx: Context, { row, code, letter }: Mailed): Promise<void> {
  authorise(ctx.actor, 'view');
  if (row.newEmail === null) return;
  const now = ctx.now();
  const handed = await sendMail(ctx, { id: newId('ntc', now), to: row.newEmail, ...letter }, { deadlineMs });
  const fault = mailFaultOf(handed);
  const outcome = fault === null ? { codeSentAt: now } : { codeError: fault };
  await ctx.db.transaction(async (tx) => {
    const held = await lockMailbox(tx, row.id);
    if (held?.codeHash === hashOf(row.id, code)) await updateAddress(tx, row.id, outcome);
  });
}

export async function lockMailbox(tx: Tx, id: string): Promise<AddressRow | null> {
  const [row] = await tx.select().from(noticeAddress).where(eq(noticeAddress.id, id)).for('no key update');
  return row ?? null;
}

/** A wrong one is written down, so it is no error within the transaction; what it throws comes after it. */
export async function giveBack(
  ctx: Context,
  { code, now }: { code: string; now: Date },
  of: { held: (tx: Tx) => Promise<AddressRow>; confirmed: (tx: Tx, row: AddressRow) => Promise<void> },
): Promise<void> {
  authorise(ctx.actor, 'view');
  const wrong = await ctx.db.transaction(async (tx) => {
    const row = await of.held(tx);
    const answer = tried(row, code, now);
    if (answer.ok) {
      await of.confirmed(tx, row);
      return null;
    }
    if (answer.counts) await updateAddress(tx, row.id, { codeTries: row.codeTries + 1 });
    return answer.why;
  });
  if (wrong !== null) throw badInput([{ field: 'code', message: wrong }]);
}
