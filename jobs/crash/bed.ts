/** What all crash runs stand on: one PostgreSQL with a template to copy, and one Redis with a database for each lane. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import postgres from 'postgres';
import { startRedis } from '@/e2e/redis';
import { startPostgres } from '@/jobs/postgres';
import { migrateDatabase } from '@/lib/migrate';
import { openBackend } from '@/lib/queue/backend';

export const backends = ['postgres', 'redis'] as const;
export type BackendKind = (typeof backends)[number];

export type Bed = {
  /** A copy of the migrated template. */
  makeDatabase: (name: string) => Promise<string>;
  /** A database with nothing in it, as a service's own. */
  makeEmpty: (name: string) => Promise<string>;
  dropDatabase: (name: string) => Promise<void>;
  /** Everything that the queue holds is gone: its whole Redis database, or every row of its tables. */
  loseQueue: (of: { databaseUrl: string; redisUrl: string | null }) => Promise<void>;
  /** Emptied; one run at a time in a lane, of which a Redis has sixteen. */
  lane: (number: number) => Promise<string>;
  close: () => Promise<void>;
};

const template = 'template_crash';
export const lanes = 15;

export async function makeBed(): Promise<Bed> {
  const dir = mkdtempSync(join(tmpdir(), 'belay-crash-'));
  chmodSync(dir, 0o755);
  // The database is not what dies here (`jobs/crash.integration.test.ts` kills it), so it need not be durable.
  const settings = ['fsync=off', 'full_page_writes=off', 'synchronous_commit=off', 'max_connections=800'];
  const server = await startPostgres({ dir, settings });
  const redis = await startRedis();
  const at = (name: string) => server.url.replace(/\/belay$/, `/${name}`);
  const admin = postgres(server.url, { max: 1, onnotice: () => {} });
  await admin.unsafe(`create database ${template}`);
  await migrateDatabase(at(template), process.cwd());
  // The queue's tables too: each worker would make them anew.
  const backend = await openBackend({ databaseUrl: at(template) }, 'produce');
  await backend.close();
  return {
    makeDatabase: async (name) => {
      await admin.unsafe(`create database ${name} template ${template}`);
      return at(name);
    },
    makeEmpty: async (name) => {
      await admin.unsafe(`create database ${name}`);
      return at(name);
    },
    dropDatabase: async (name) => {
      await admin.unsafe(`drop database if exists ${name} with (force)`);
    },
    loseQueue: ({ databaseUrl, redisUrl }) => (redisUrl ? flush(redisUrl) : emptyTables(databaseUrl)),
    lane: async (number) => {
      const url = new URL(redis.url);
      url.pathname = `/${1 + (number % lanes)}`;
      const client = new Redis(url.href, { maxRetriesPerRequest: 3 });
      await client.flushdb();
      client.disconnect();
      return url.href;
    },
    close: async () => {
      await admin.end();
      await server.stop();
      await redis.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function flush(url: string): Promise<void> {
  const client = new Redis(url, { maxRetriesPerRequest: 3 });
  await client.flushdb();
  client.disconnect();
}

async function emptyTables(url: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  const tables =
    await sql`select tablename from pg_tables where schemaname = 'bullmq' and tablename not like '%migration%'`;
  if (tables.length === 0) throw new Error('the queue has no tables');
  await sql.unsafe(`truncate ${tables.map((t) => `bullmq."${t.tablename}"`).join(', ')}`);
  await sql.end();
}
