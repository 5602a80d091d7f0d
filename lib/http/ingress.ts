/** What services send to the console's port: the same functions as the receiver's, behind the same door. */
import { authenticate } from '@/lib/access/access';
import { authorise } from '@/lib/access/authorise';
import type { Actor, Permission } from '@/lib/access/model';
import { BelayError } from '@/lib/errors';
import { getDatabase, now, wiredConfig } from '@/lib/wiring';
import { isLoopback, readCredentials } from './credentials';

/** A session is no credential here: nothing a browser holds may send telemetry or evaluate in its owner's name. */
export async function senderOf(request: Request, permission: Permission): Promise<Actor> {
  const { authorization, apiKey } = readCredentials(request.headers);
  const loopback = isLoopback(request.headers, wiredConfig().HOST);
  const actor = await authenticate(getDatabase().db, now(), { authorization, apiKey, loopback });
  authorise(actor, permission);
  return actor;
}

export async function* chunksOf(request: Request): AsyncGenerator<Buffer> {
  if (!request.body) return;
  const reader = request.body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    }
  } finally {
    // Whoever stops reading early (too large) stops the sender too.
    await reader.cancel().catch(() => {});
  }
}

export async function bytesOf(request: Request, cap: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of chunksOf(request)) {
    size += part.length;
    if (size > cap) throw new BelayError('too_large', `The body is over ${cap} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}
