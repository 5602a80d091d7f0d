/**
 * The bytes of a request, inflated, never more than the cap, and never more in flight than the process can bear:
 * a few kilobytes of gzip can stand for gigabytes.
 */
import { createGunzip, gunzipSync } from 'node:zlib';
import { gunzipInto, lendBuffer } from '@/lib/signal/ledger/zip';
import { Malformed } from './wire';

export const maxBodyBytes = 64 * 1024 * 1024;
export const maxBytesInFlight = 256 * 1024 * 1024;

export class TooLarge extends Error {
  override name = 'TooLarge';
}
/** More is in flight than we hold at once; the sender may come again soon. */
export class Overloaded extends Error {
  override name = 'Overloaded';
}

export type Flight = { bytes: number; limit: number };
/** One request's part of what is in flight. */
export type Ticket = { flight: Flight; held: number };

export function hold(ticket: Ticket, bytes: number): void {
  if (ticket.flight.bytes + bytes > ticket.flight.limit) throw new Overloaded('too much is in flight');
  ticket.flight.bytes += bytes;
  ticket.held += bytes;
}

export function release(ticket: Ticket): void {
  ticket.flight.bytes -= ticket.held;
  ticket.held = 0;
}

/** A stream as one buffer. */
export async function collect(body: Buffer | AsyncIterable<Uint8Array>, ticket: Ticket): Promise<Buffer> {
  if (Buffer.isBuffer(body)) {
    if (body.length > maxBodyBytes) throw new TooLarge(`the body is larger than ${maxBodyBytes} bytes`);
    hold(ticket, body.length);
    return body;
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBodyBytes) throw new TooLarge(`the body is larger than ${maxBodyBytes} bytes`);
    hold(ticket, chunk.length);
    chunks.push(chunk);
  }
  return chunks.length === 1 && Buffer.isBuffer(chunks[0]) ? chunks[0] : Buffer.concat(chunks, size);
}

const atOnce = 4 * 1024 * 1024;

/**
 * What is small, in a buffer that the next request gets, too: to be read before anything else happens. Null where
 * `inflate` has to look closer.
 */
export function inflateAtOnce(body: Buffer, ticket: Ticket): Buffer | null {
  if (body.length < 18) return null;
  const hint = sizeHint(body);
  if (hint > atOnce || body.length > atOnce) return null;
  const lent = lendBuffer(hint + 1);
  const length = gunzipInto(body, lent.subarray(0, hint + 1));
  if (length < 0) return null;
  hold(ticket, length);
  return lent.subarray(0, length);
}

/** The last four bytes of gzip are the size modulo 2^32: a hint, never trusted. */
const sizeHint = (body: Buffer) => body.readUInt32LE(body.length - 4);

/**
 * What is small goes through the synchronous call, which costs least; what says that it is large, or turns out to
 * be, is inflated piece by piece beside the event loop.
 */
export async function inflate(body: Buffer, ticket: Ticket): Promise<Buffer> {
  if (body.length < 18) throw new Malformed('the body is not gzip');
  const hint = sizeHint(body);
  if (hint <= atOnce && body.length <= atOnce) {
    try {
      const chunkSize = Math.max(1024, hint + 64);
      const inflated = gunzipSync(body, { chunkSize, maxOutputLength: Math.max(1, hint) });
      hold(ticket, inflated.length);
      return inflated;
    } catch (error) {
      if (error instanceof Overloaded) throw error;
      if (codeOf(error) !== 'ERR_BUFFER_TOO_LARGE') throw new Malformed('the body is not whole gzip');
    }
  }
  const chunks: Buffer[] = [];
  let size = 0;
  const gunzip = createGunzip({ chunkSize: 256 * 1024 });
  try {
    gunzip.end(body);
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBodyBytes) throw new TooLarge(`the body inflates to more than ${maxBodyBytes} bytes`);
      hold(ticket, chunk.length);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof TooLarge || error instanceof Overloaded) throw error;
    throw new Malformed('the body is not whole gzip');
  } finally {
    gunzip.destroy();
  }
  return Buffer.concat(chunks, size);
}

const codeOf = (error: unknown) => (error as { code?: string }).code;
