/**
 * The one place in Next where a Context is wired. Next bundles every route by itself and may load a module
 * several times, so what must exist once a process hangs on globalThis; everything opens on first use.
 */
import { cookies, headers } from 'next/headers';
import { redirect } from 'next/navigation';
import { authenticate, type KeyCache, keyCache } from './access/access';
import type { Actor } from './access/model';
import { type Config, getConfig } from './config';
import type { Context } from './context';
import { type Database, openDatabase } from './db';
import { BelayError } from './errors';
import { type Flags, openFlags } from './feature/flags';
import { readCredentials } from './http/credentials';
import { report } from './http/problem';
import { type Hub, openHub } from './http/stream';
import { openReceiver, type Receiver } from './otlp/receive';
import type { Enqueue } from './queue/contract';
import { openQueue, type Queue } from './queue/queue';
import { openPublicDoor, type PublicDoor } from './status/public';

type Wiring = {
  config?: Config;
  now?: () => Date;
  database?: Database;
  flags?: Promise<Flags>;
  keys?: Promise<KeyCache>;
  queue?: Queue;
  receiver?: Receiver;
  hub?: Hub;
  publicDoor?: PublicDoor;
};

const slot = Symbol.for('belay.wiring');
const shared = globalThis as { [slot]?: Wiring };
shared[slot] ??= {};
const wiring: Wiring = shared[slot];

/** What a test puts in place of the process's own settings, before the first request. */
export function wire(over: Pick<Wiring, 'config' | 'now' | 'database' | 'queue'>): void {
  Object.assign(wiring, over);
}

export function wiredConfig(): Config {
  wiring.config ??= getConfig();
  return wiring.config;
}

export function now(): Date {
  return wiring.now ? wiring.now() : new Date();
}

function getDatabaseUrl(): string {
  const url = wiredConfig().DATABASE_URL;
  if (!url) throw new BelayError('unavailable', 'DATABASE_URL is not set: start Belay with npm start');
  return url;
}

export function getDatabase(): Database {
  wiring.database ??= openDatabase(getDatabaseUrl(), { name: 'console' });
  return wiring.database;
}

export function getFlags(): Promise<Flags> {
  wiring.flags ??= openFlags({ url: getDatabaseUrl(), database: getDatabase(), process: 'console', now }).catch(
    (error) => {
      wiring.flags = undefined; // the next request tries again
      throw error;
    },
  );
  return wiring.flags;
}

/** What spares a request on the console's port the look-up of its key. */
export function getKeyCache(): Promise<KeyCache> {
  wiring.keys ??= getFlags().then(
    (flags) => keyCache(flags.revision),
    (error) => {
      wiring.keys = undefined;
      throw error;
    },
  );
  return wiring.keys;
}

export function getQueue(): Queue {
  wiring.queue ??= openQueue({ databaseUrl: getDatabaseUrl(), redisUrl: wiredConfig().REDIS_URL });
  return wiring.queue;
}

const getEnqueue = (): Enqueue => (name, payload) => getQueue().enqueue(name, payload);

export function getReceiver(): Receiver {
  wiring.receiver ??= openReceiver({ database: getDatabase(), now, log: report });
  return wiring.receiver;
}

/** Wakes every open event stream of this process from one LISTEN connection. */
export function getHub(): Hub {
  if (wiring.hub) return wiring.hub;
  const hub = openHub(getDatabaseUrl());
  wiring.hub = hub;
  // Next waits for open responses when it is told to end; a stream would never end by itself.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void hub.close());
  return hub;
}

/** Strangers come in by one door of the process: it counts them, and remembers what it has just shown. */
export function getPublicDoor(): PublicDoor {
  wiring.publicDoor ??= openPublicDoor({ db: getDatabase().db, now });
  return wiring.publicDoor;
}

/** Closes what was opened; for tests, and for a process that ends. */
export async function closeWiring(): Promise<void> {
  const { flags, hub, receiver, queue, database } = wiring;
  for (const name of Object.keys(wiring) as Array<keyof Wiring>) delete wiring[name];
  await Promise.allSettled([hub?.close(), receiver?.close(), queue?.close(), flags?.then((open) => open.close())]);
  await database?.close();
}

export function contextFor(actor: Actor): Context {
  return { db: getDatabase().db, now, enqueue: getEnqueue(), actor };
}

/** Who looks at a page; without a session the browser goes to /sign-in. */
async function currentActor(): Promise<Actor> {
  await cookies(); // marks the page as rendered per request
  const credentials = readCredentials(await headers());
  if (!credentials.session) redirect('/sign-in');
  try {
    return await authenticate(getDatabase().db, now(), { session: credentials.session, loopback: false });
  } catch (error) {
    if (error instanceof BelayError && error.code === 'unauthenticated') redirect('/sign-in');
    throw error;
  }
}

export async function pageContext(): Promise<Context> {
  return contextFor(await currentActor());
}
