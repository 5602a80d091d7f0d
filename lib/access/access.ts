/** Who is asking. The face of access: each request is looked up afresh, so a revoked key or an ended session is out. */
import { eq } from 'drizzle-orm';
import { apiKey } from '@/drizzle/schema/access';
import type { Db } from '@/lib/db';
import { BelayError } from '@/lib/errors';
import { dropOldAnswers } from './idempotency';
import type { Actor } from './model';
import { dropExpired, readSession } from './people';
import { parseKey, sameDigest, sha256 } from './secret';

export { authorise, holds } from './authorise';
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

/** @throws BelayError unauthenticated; wrong credentials never fall back to what none would have been given */
export async function authenticate(db: Db, now: Date, credentials: Credentials): Promise<Actor> {
  const key = presentedKey(credentials);
  if (key !== null) return (await readKey(db, now, key)) ?? refuse('This key is not known, was revoked or has expired');
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

async function readKey(db: Db, now: Date, key: string): Promise<Actor | null> {
  const parsed = parseKey(key);
  if (!parsed) return null;
  const [row] = await db.select().from(apiKey).where(eq(apiKey.id, parsed.id));
  if (!row || !sameDigest(row.hash, sha256(parsed.secret))) return null;
  if (row.revokedAt || (row.expiresAt && row.expiresAt <= now)) return null;
  return { kind: 'key', id: row.id, name: row.name, role: row.role, environment: row.environment };
}

/** For the retention job: sessions, links and kept answers that can never be used again. */
export async function retainAccess(db: Db, now: Date): Promise<void> {
  await dropExpired(db, now);
  await dropOldAnswers(db, now);
}
