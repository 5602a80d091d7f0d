/** Who is asking. The face of access: a revoked key or an ended session is out by the time its verb has answered. */
import { eq } from 'drizzle-orm';
import { apiKey } from '@/drizzle/schema/access';
import type { Db } from '@/lib/db';
import { BelayError } from '@/lib/errors';
import { dropOldAnswers } from './idempotency';
import type { Actor } from './model';
import { dropExpired, readSession } from './people';
import { parseKey, sameDigest, sha256 } from './secret';

export { authorise } from './authorise';
export { once } from './idempotency';
export { createKey, type KeyView, listKeys, type NewKey, revokeKey } from './key';
export {
  createSignInLink,
  disablePerson,
  endSession,
  invite,
  linkFor,
  listPeople,
  type PersonView,
  redeemSignInLink,
  setRole,
} from './people';

export type Credentials = {
  authorization?: string | undefined;
  apiKey?: string | undefined;
  session?: string | undefined;
  /** whether the connection itself comes from this machine; never taken from a header */
  loopback: boolean;
};

const loopback: Actor = { kind: 'loopback', id: 'loopback', name: 'loopback', environment: null };

type KnownKey = { actor: Actor; hash: Buffer; expiresAt: Date | null; revision: number };

/**
 * Keys that a process has seen, for as long as it serves the revision under which it looked them up; for receivers,
 * where a look-up a request would cost more than the request. Revoking makes a new revision and waits for all.
 */
export type KeyCache = { revision: () => number | null; known: Map<string, KnownKey> };

/** `revision`: that of the flags of this process (`Flags.revision`); null: nothing cached may be used. */
export function keyCache(revision: () => number | null): KeyCache {
  return { revision, known: new Map() };
}

/** @throws BelayError unauthenticated; wrong credentials never fall back to what none would have been given */
export async function authenticate(
  db: Db,
  now: Date,
  credentials: Credentials,
  cache?: KeyCache | undefined,
): Promise<Actor> {
  const key = presentedKey(credentials);
  if (key !== null)
    return (await readKey(db, now, key, cache)) ?? refuse('This key is not known, was revoked or has expired');
  if (credentials.session !== undefined)
    return (await readSession(db, now, credentials.session)) ?? refuse('This session has ended');
  if (credentials.loopback) return loopback;
  return refuse('Send a key: Authorization: Bearer KEY');
}

function refuse(message: string): never {
  throw new BelayError('unauthenticated', message);
}

function presentedKey(credentials: Credentials): string | null {
  if (credentials.authorization !== undefined) {
    const bearer = /^Bearer +(\S+) *$/i.exec(credentials.authorization)?.[1];
    return bearer ?? refuse('Authorization must be: Bearer KEY');
  }
  return credentials.apiKey ?? null;
}

async function readKey(db: Db, now: Date, key: string, cache: KeyCache | undefined): Promise<Actor | null> {
  const parsed = parseKey(key);
  if (!parsed) return null;
  // Before the look-up: a key that is revoked meanwhile is kept under a revision that has passed.
  const revision = cache?.revision() ?? null;
  const cached = revision === null ? undefined : cache?.known.get(parsed.id);
  const known = cached?.revision === revision ? cached : await findKey(db, parsed.id);
  if (!known || !sameDigest(known.hash, sha256(parsed.secret))) return null;
  if (known.expiresAt && known.expiresAt <= now) return null;
  if (cache && revision !== null && known !== cached) cache.known.set(parsed.id, { ...known, revision });
  return known.actor;
}

async function findKey(db: Db, id: string): Promise<Omit<KnownKey, 'revision'> | null> {
  const [row] = await db.select().from(apiKey).where(eq(apiKey.id, id));
  if (!row || row.revokedAt) return null;
  const { name, role, environment, hash, expiresAt } = row;
  return { actor: { kind: 'key', id, name, role, environment }, hash, expiresAt };
}

/** For the retention job: sessions, links and kept answers that can never be used again. */
export async function retainAccess(db: Db, now: Date): Promise<void> {
  await dropExpired(db, now);
  await dropOldAnswers(db, now);
}
