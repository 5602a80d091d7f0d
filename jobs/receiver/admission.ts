/**
 * Who sends a request. A key is looked up once for each revision of the flags that this process serves: a busy one
 * costs no query a request, and a revoked one is out everywhere once the revocation has been answered.
 */
import type { IncomingMessage } from 'node:http';
import { authenticate, authorise, keyCache } from '@/lib/access/access';
import type { Actor, Permission } from '@/lib/access/model';
import type { Db } from '@/lib/db';
import { isLoopback } from '@/lib/http/credentials';

const loopbackAddress = /^(::ffff:)?127\.|^::1$/;

/** `revision`: `Flags.revision` of this process. */
export function openAdmission(options: { db: Db; now: () => Date; host: string; revision: () => number | null }) {
  const { db, now, host } = options;
  const cache = keyCache(options.revision);

  return async function admit(request: IncomingMessage, permission: Permission): Promise<Actor> {
    const { authorization, 'x-api-key': given } = request.headers;
    const apiKey = Array.isArray(given) ? given[0] : given;
    const loopback = fromLoopback(request, host);
    const actor = await authenticate(db, now(), { authorization, apiKey, loopback }, cache);
    authorise(actor, permission);
    return actor;
  };
}

/** The socket comes from this machine, nothing else can connect, and no browser speaks for another site. */
function fromLoopback(request: IncomingMessage, host: string): boolean {
  if (!loopbackAddress.test(request.socket.remoteAddress ?? '')) return false;
  const get = (name: string) => {
    const value = request.headers[name];
    return Array.isArray(value) ? value.join() : (value ?? null);
  };
  return isLoopback({ get }, host);
}
