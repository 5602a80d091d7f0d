/**
 * Secrets that Belay hands out once and keeps only as SHA-256. A plain hash suffices because each holds at
 * least 160 random bits (OWASP ASVS 5, 11.4.2 and 6.5.2): there is nothing to guess.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/** `length` characters of 5 random bits each. */
export function randomText(length: number): string {
  let text = '';
  for (const byte of randomBytes(length)) text += alphabet[byte & 31];
  return text;
}

export function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

export function sameDigest(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

const checksum = (text: string) => crc32(text).toString(16).padStart(8, '0');

/** `belay_<id>_<secret>_<crc>`: scanners recognise it, and a mistyped one is refused without a look-up. */
export function formatKey(id: string, secret: string): string {
  const body = `belay_${id}_${secret}`;
  return `${body}_${checksum(body)}`;
}

export function parseKey(key: string): { id: string; secret: string } | null {
  const parts = /^(belay_([0-9a-z]{12})_([0-9a-z]{32}))_([0-9a-f]{8})$/.exec(key);
  const [, body, id, secret, crc] = parts ?? [];
  if (!body || !id || !secret || checksum(body) !== crc) return null;
  return { id, secret };
}
