/**
 * A person's own mailbox. Nothing is told there before whoever reads it has said that it is theirs:
 *
 *   named ──a code is mailed──▶ unconfirmed ──the code, by who named it, in time, once──▶ told
 *                                 └── named anew, too late, wrong ten times: that code is void
 *
 * Until then the mailbox that was confirmed before is told on. Of the code only a hash is kept, and whoever sends it is
 * signed in as that person, so that nobody is talked into confirming somebody else's.
 */
import { eq } from 'drizzle-orm';
import { noticeAddress } from '@/drizzle/schema/notice';
import { authorise } from '@/lib/access/authorise';
import { randomText, sameDigest, sha256 } from '@/lib/access/secret';
import type { Context } from '@/lib/context';
import type { Tx } from '@/lib/db';
import { badInput, conflict } from '@/lib/errors';
import { newId } from '@/lib/id';
import { parseInput } from '@/lib/input';
import { isMailSet, sendMail } from '@/lib/mail/mail';
import { consoleUrl } from './address';
import { codeLetter } from './code-letter';
import { type MailboxView, mailboxCodeInput } from './model';
import { mailFaultOf } from './schedule';
import { type AddressRow, findPersonal, updateAddress } from './store';

/** 60 random bits; with ten tries there is nothing to guess. */
const codeLength = 12;
const codeHolds = 24 * 3_600_000;
const mostTries = 10;
/** Of codes to mailboxes that may be somebody else's. */
const mostInADay = 10;
const day = 24 * 3_600_000;
const betweenMs = 60_000;
const deadlineMs = 10_000;

export const noCode = { codeHash: null, codeUntil: null, codeSentAt: null, codeError: null, codeTries: 0 };

export function mailboxOf(row: AddressRow | null, trouble: string | null, now: Date): MailboxView {
  const { email = null, newEmail = null } = row ?? {};
  const late = row?.codeUntil != null && row.codeUntil <= now;
  return {
    told: email,
    trouble,
    unconfirmed:
      row === null || newEmail === null
        ? null
        : {
            email: newEmail,
            codeSentAt: row.codeSentAt?.toISOString() ?? null,
            codeUntil: row.codeUntil?.toISOString() ?? null,
            expired: late || row.codeTries >= mostTries,
            error: row.codeError,
          },
  };
}

/** A code for the mailbox that waits, in place of the one before. Null: there is no server to mail it through. */
export async function newCode(tx: Tx, row: AddressRow, now: Date): Promise<string | null> {
  const sends = row.codeSends.filter((at) => Date.parse(at) > now.getTime() - day);
  if (sends.length >= mostInADay)
    throw conflict(`${mostInADay} codes were mailed for you within a day; wait, or ask an administrator`);
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

const hashOf = (addressId: string, code: string): string => sha256(`${addressId}:${code}`).toString('hex');

/** After the commit; what the server said is kept with it. Lost on the way, the person asks for another. */
export async function mailCode(ctx: Context, row: AddressRow, code: string): Promise<void> {
  authorise(ctx.actor, 'view');
  if (row.newEmail === null) return;
  const now = ctx.now();
  const letter = codeLetter({ name: ctx.actor.name, code, consoleUrl: await consoleUrl(ctx.db), at: now });
  const handed = await sendMail(ctx, { id: newId('ntc', now), to: row.newEmail, ...letter }, { deadlineMs });
  const fault = mailFaultOf(handed);
  const outcome = fault === null ? { codeSentAt: now } : { codeError: fault };
  await ctx.db.transaction(async (tx) => {
    const held = await lockPersonal(tx, ctx.actor.id);
    if (held?.codeHash === hashOf(row.id, code)) await updateAddress(tx, row.id, outcome);
  });
}

export async function lockPersonal(tx: Tx, personId: string): Promise<AddressRow | null> {
  const [row] = await tx.select().from(noticeAddress).where(eq(noticeAddress.personId, personId)).for('no key update');
  return row ?? null;
}

/** Mails another code; the one before is void. */
export async function resendMailboxCode(ctx: Context): Promise<void> {
  authorise(ctx.actor, 'view');
  const now = ctx.now();
  const { row, code } = await ctx.db.transaction(async (tx) => {
    const row = await lockPersonal(tx, ownerOf(ctx));
    if (!row || row.newEmail === null) throw conflict('No mailbox of yours waits to be confirmed');
    const last = row.codeSends.at(-1);
    const under = row.codeHash !== null && row.codeError === null;
    if (under && last !== undefined && now.getTime() - Date.parse(last) < betweenMs)
      throw conflict('A code was mailed less than a minute ago; look there first');
    const code = await newCode(tx, row, now);
    if (code === null) throw conflict('No mail server is set yet');
    return { row, code };
  });
  await mailCode(ctx, row, code);
}

/** Once: from then on it is told, and what waited for the mailbox before goes there too. */
export async function confirmMailbox(ctx: Context, input: unknown): Promise<void> {
  authorise(ctx.actor, 'view');
  const { code } = parseInput(mailboxCodeInput, input);
  const now = ctx.now();
  const wrong = await ctx.db.transaction(async (tx) => {
    const row = await lockPersonal(tx, ownerOf(ctx));
    if (!row || row.newEmail === null) throw conflict('No mailbox of yours waits to be confirmed');
    if (row.codeHash === null || row.codeUntil === null) return 'no code was mailed yet';
    if (row.codeUntil <= now) return 'that code has expired: have another one mailed';
    if (row.codeTries >= mostTries) return 'too many wrong codes: have another one mailed';
    if (!sameDigest(Buffer.from(hashOf(row.id, code)), Buffer.from(row.codeHash))) {
      // Kept, so it is no error within the transaction.
      await updateAddress(tx, row.id, { codeTries: row.codeTries + 1 });
      return 'is not the code of the newest mail';
    }
    await updateAddress(tx, row.id, { email: row.newEmail, newEmail: null, ...noCode });
    return null;
  });
  if (wrong !== null) throw badInput([{ field: 'code', message: wrong }]);
}

export function ownerOf({ actor }: Context): string {
  if (actor.kind !== 'person') throw conflict('Only people are told by mail: sign in as one');
  return actor.id;
}

export const personalOf = (ctx: Context): Promise<AddressRow | null> =>
  ctx.actor.kind === 'person' ? findPersonal(ctx.db, ctx.actor.id) : Promise.resolve(null);
