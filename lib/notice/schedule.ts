/** What becomes of a notice once it was sent, and when it is sent again. Pure. */
import type { Handed } from '@/lib/mail/connection';
import type { Sent } from '@/lib/webhook/model';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/** After the first failure, the second, …; then the last of them again and again. */
const pauses = [
  5 * second,
  30 * second,
  2 * minute,
  10 * minute,
  30 * minute,
  2 * hour,
  6 * hour,
  12 * hour,
  24 * hour,
];
/** Who has not taken a notice in so long is not asked any more by itself; a person may. */
export const givenUpAfterMs = 72 * hour;

export type Fate =
  | { state: 'delivered' }
  | { state: 'pending'; error: string; dueAt: Date }
  | { state: 'failed'; error: string };

type Tried = { attempts: number; createdAt: Date };

export function fateOf(sent: Sent, notice: Tried, now: Date): Fate {
  const error = faultOf(sent);
  if (error === null) return { state: 'delivered' };
  if (sent.kind === 'disabled' || (sent.kind === 'answered' && sent.status === 410)) return { state: 'failed', error };
  return again(error, sent, notice, now);
}

function again(error: string, sent: Sent, notice: Tried, now: Date): Fate {
  const asked = sent.kind === 'answered' ? (sent.retryAfterMs ?? 0) : 0;
  const pause = pauses[Math.min(notice.attempts, pauses.length) - 1] ?? 5 * second;
  const dueAt = new Date(now.getTime() + Math.max(pause, asked));
  const lastAt = notice.createdAt.getTime() + givenUpAfterMs;
  return dueAt.getTime() > lastAt ? { state: 'failed', error } : { state: 'pending', error, dueAt };
}

/**
 * A server that says of a mailbox or of a mail that it will never take it (5xx) is believed. What it says of itself, of
 * our account or of our sender is for somebody to mend, and no reason to lose a mail.
 */
export function mailFateOf(handed: Handed, notice: Tried, now: Date): Fate {
  const { sent, stage } = handed;
  if (handed.tooLarge) return { state: 'failed', error: mailFaultOf(handed) ?? '' };
  if (sent.kind !== 'answered') return again(sent.why, sent, notice, now);
  if (sent.status >= 200 && sent.status < 300) return { state: 'delivered' };
  const error = mailFaultOf(handed) ?? '';
  if (sent.status >= 500 && (stage === 'recipient' || isAboutContent(handed))) return { state: 'failed', error };
  return again(error, sent, notice, now);
}

/** It was read, or its size was, and refused for good. */
export const isAboutContent = ({ sent, stage, tooLarge }: Handed): boolean =>
  tooLarge === true || (sent.kind === 'answered' && sent.status >= 500 && stage === 'content');

/** null: it was taken. */
export function mailFaultOf({ sent }: Handed): string | null {
  if (sent.kind !== 'answered') return sent.why;
  return sent.status >= 200 && sent.status < 300 ? null : `the mail server answered ${sent.body || sent.status}`;
}

/** null: it was taken. A redirect is none: nobody has said that the other place may be told. */
export function faultOf(sent: Sent): string | null {
  if (sent.kind !== 'answered') return sent.why;
  if (sent.status >= 200 && sent.status < 300) return null;
  if (sent.status === 410) return 'it answered 410: nobody listens there any more';
  const pointed = sent.status >= 300 && sent.status < 400 ? ', a redirect, which is not followed' : '';
  return `it answered ${sent.status}${pointed}`;
}
