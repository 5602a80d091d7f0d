/**
 * Standard Webhooks 1.0.0, symmetric signatures: HMAC-SHA256 (`v1`) over `id.timestamp.body`
 * (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
 * Several signatures, apart by a space, let a receiver take its time with a new secret.
 */
import { timingSafeEqual } from 'node:crypto';
import type { Secret } from './secret';

const version = 'v1';
/** A message older or newer than this is refused: it may be a replay. */
const windowS = 300;

export type SignedHeaders = { 'webhook-id': string; 'webhook-timestamp': string; 'webhook-signature': string };
export type Verified =
  | { ok: true; id: string; at: Date }
  | { ok: false; why: 'no_headers' | 'not_a_time' | 'too_old' | 'too_new' | 'wrong_signature' };

/** A full stop in an id would let one message be read as another with the same signature. */
const idPattern = /^[A-Za-z0-9_-]{1,200}$/;

export function sign(message: { id: string; at: Date; body: string; secrets: readonly Secret[] }): SignedHeaders {
  if (!idPattern.test(message.id)) throw new RangeError('a message id is letters, digits, _ and -');
  const timestamp = String(Math.floor(message.at.getTime() / 1000));
  const content = `${message.id}.${timestamp}.${message.body}`;
  return {
    'webhook-id': message.id,
    'webhook-timestamp': timestamp,
    'webhook-signature': message.secrets
      .map((secret) => `${version},${secret.hmac(content).toString('base64')}`)
      .join(' '),
  };
}

/** For whoever receives: `body` is the text exactly as it came. */
export function verify(received: {
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: string;
  secrets: readonly Secret[];
  now: Date;
}): Verified {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature } = received.headers;
  if (typeof id !== 'string' || typeof timestamp !== 'string' || typeof signature !== 'string')
    return { ok: false, why: 'no_headers' };
  if (!/^\d{1,12}$/.test(timestamp)) return { ok: false, why: 'not_a_time' };
  const age = Math.floor(received.now.getTime() / 1000) - Number(timestamp);
  if (age > windowS) return { ok: false, why: 'too_old' };
  if (age < -windowS) return { ok: false, why: 'too_new' };
  const content = `${id}.${timestamp}.${received.body}`;
  const expected = received.secrets.map((secret) => secret.hmac(content));
  return anyEqual(signature, expected)
    ? { ok: true, id, at: new Date(Number(timestamp) * 1000) }
    : { ok: false, why: 'wrong_signature' };
}

/** Every given signature is held against every expected one, whatever came of those before. */
function anyEqual(signature: string, expected: Buffer[]): boolean {
  let found = false;
  for (const part of signature.split(' ').slice(0, 10)) {
    if (!part.startsWith(`${version},`)) continue;
    const given = Buffer.from(part.slice(version.length + 1), 'base64');
    for (const mac of expected) if (given.length === mac.length && timingSafeEqual(given, mac)) found = true;
  }
  return found;
}
