/**
 * Who sends a request. What a key may do is looked up at most once a second for each key, so that a revoked one
 * is out within a second and a busy one costs no query a request.
 */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { authenticate, authorise } from '@/lib/access/access';
import type { Actor, Permission } from '@/lib/access/model';
import type { Db } from '@/lib/db';
import { isLoopback } from '@/lib/http/credentials';

const keptMs = 800;
const atMost = 10_000;
const loopbackAddress = /^(::ffff:)?127\.|^::1$/;

export function openAdmission(options: { db: Db; now: () => Date; host: string }) {
  const { db, now, host } = options;
  const kept = new Map<string, { until: number; actor: Promise<Actor> }>();

  function find(authorization: string | undefined, apiKey: string | undefined): Promise<Actor> {
    const presented = createHash('sha256')
      .update(`${authorization ?? ''}\n${apiKey ?? ''}`)
      .digest('base64');
    const at = performance.now();
    const found = kept.get(presented);
    if (found && found.until > at) return found.actor;
    if (kept.size >= atMost) kept.clear();
    const actor = authenticate(db, now(), { authorization, apiKey, loopback: false });
    kept.set(presented, { until: at + keptMs, actor });
    actor.catch(() => kept.delete(presented));
    return actor;
  }

  return async function admit(request: IncomingMessage, permission: Permission): Promise<Actor> {
    const { headers } = request;
    const apiKey = headers['x-api-key'];
    const key = Array.isArray(apiKey) ? apiKey[0] : apiKey;
    const given = headers.authorization !== undefined || key !== undefined;
    const actor = await (given
      ? find(headers.authorization, key)
      : authenticate(db, now(), { loopback: fromLoopback(request, host) }));
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
