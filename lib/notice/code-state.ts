/** The code that a mailbox waits for: whether it holds still, and whether it is this one. Pure. */
import type { noticeAddress } from '@/drizzle/schema/notice';
import { sameDigest, sha256 } from '@/lib/access/secret';
import type { MailboxView } from './model';

type Row = typeof noticeAddress.$inferSelect;

/** With 60 random bits there is nothing to guess in that. */
const mostTries = 10;

export const noCode = { codeHash: null, codeUntil: null, codeSentAt: null, codeError: null, codeTries: 0 };

export const hashOf = (addressId: string, code: string): string => sha256(`${addressId}:${code}`).toString('hex');

/** Null: no mailbox waits to be confirmed. */
export function unconfirmedOf(row: Row, now: Date): MailboxView['unconfirmed'] {
  if (row.newEmail === null) return null;
  const late = row.codeUntil !== null && row.codeUntil <= now;
  return {
    email: row.newEmail,
    codeSentAt: row.codeSentAt?.toISOString() ?? null,
    codeUntil: row.codeUntil?.toISOString() ?? null,
    expired: late || row.codeTries >= mostTries,
    error: row.codeError,
  };
}

export type Tried = { ok: true } | { ok: false; why: string; counts: boolean };

/** `counts`: it is one of the tries that a code has. */
export function tried(row: Row, code: string, now: Date): Tried {
  const no = (why: string, counts = false): Tried => ({ ok: false, why, counts });
  if (row.codeHash === null || row.codeUntil === null) return no('no code was mailed yet');
  if (row.codeUntil <= now) return no('that code has expired: have another one mailed');
  if (row.codeTries >= mostTries) return no('too many wrong codes: have another one mailed');
  if (sameDigest(Buffer.from(hashOf(row.id, code)), Buffer.from(row.codeHash))) return { ok: true };
  return no('is not the code of the newest mail', true);
}
