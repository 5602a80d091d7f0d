/** What an SMTP server answered, as it is shown and understood. Pure. */
import type { Sent } from '@/lib/webhook/model';

const longestAnswer = 300;

export const answered = (status: number, body: string): Sent => ({
  kind: 'answered',
  status,
  body: line(body),
  truncated: false,
  retryAfterMs: null,
});

/** A server's own words: one line that hides nothing. */
export function line(text: string): string {
  const plain = text.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
  return plain.length > longestAnswer ? `${plain.slice(0, longestAnswer - 1)}…` : plain;
}

/** RFC 1870 §6.1 and RFC 3463 §3.3, §3.4. What 552 says of a full mailbox (5.2.2) or of a policy is something else. */
export function isAboutSize(status: number, response: string): boolean {
  const [, enhanced] = /^5\d\d[ -](5\.\d{1,3}\.\d{1,3})\b/.exec(response) ?? [];
  if (enhanced === undefined) return status === 552;
  return enhanced === '5.2.3' || enhanced === '5.3.4';
}

/** Servers have been seen to repeat what they were told. */
export function hidden(text: string, password: string | null): string {
  if (!password) return text;
  return text.replaceAll(password, '***').replaceAll(Buffer.from(password).toString('base64'), '***');
}
