/**
 * What BullMQ stands on: PostgreSQL (our own pool, so that it works wherever the code is bundled) or Redis.
 * Everything else in this folder is the same for both.
 */
import {
  createPostgresBackend,
  createRedisBackend,
  type Processor,
  Queue,
  type QueueOptions as QueueSettings,
  runMigrations,
  Worker,
  type WorkerOptions as WorkerSettings,
} from 'bullmq';
import { Redis } from 'ioredis';
import pg from 'pg';

export type BackendOptions = { databaseUrl: string; redisUrl?: string };

export const queueName = 'belay';
/** BullMQ's tables have a schema of their own in our database. */
const schema = 'bullmq';
const redisPrefix = 'belay';

export type Backend = {
  kind: 'postgres' | 'redis';
  openQueue: (settings: Omit<QueueSettings, 'connection' | 'prefix'>) => Queue;
  openWorker: (process: Processor, settings: Omit<WorkerSettings, 'connection' | 'prefix'>) => Worker;
  /** rejects while the backend cannot be reached */
  ping: () => Promise<void>;
  /**
   * How far this process's clock is ahead of the database's, ms. BullMQ's PostgreSQL locks use our clock, and on either
   * backend a job decides by it what is due.
   */
  skewMs: () => Promise<number>;
  close: () => Promise<void>;
};

/** `use`: a producer fails at once when its backend is away; a worker waits until it is back. */
export async function openBackend(options: BackendOptions, use: 'produce' | 'work'): Promise<Backend> {
  return options.redisUrl
    ? openRedis(options.redisUrl, options.databaseUrl, use)
    : openPostgres(options.databaseUrl, use);
}

async function openPostgres(url: string, use: 'produce' | 'work'): Promise<Backend> {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: `belay-queue-${use}`,
    // One is taken by LISTEN for as long as the worker lives.
    max: use === 'work' ? 6 : 2,
    options: `-c search_path=${schema}`,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    allowExitOnIdle: use === 'produce',
  });
  pool.on('error', () => {}); // an idle connection dropped; the next use opens another
  try {
    const client = await pool.connect();
    try {
      await runMigrations(client, schema);
    } finally {
      client.release();
    }
  } catch (error) {
    await pool.end();
    throw error;
  }
  const connection = pool as never;
  return {
    kind: 'postgres',
    openQueue: (settings) => new Queue(queueName, { ...settings, connection }, createPostgresBackend as never),
    openWorker: (process, settings) =>
      new Worker(queueName, process, { ...settings, connection }, createPostgresBackend as never),
    ping: async () => {
      await pool.query('select 1');
    },
    skewMs: () => skewFrom(pool),
    close: () => pool.end(),
  };
}

async function skewFrom(database: { query: (text: string) => Promise<{ rows: Array<{ ms?: unknown }> }> }) {
  const before = Date.now();
  const { rows } = await database.query('select extract(epoch from clock_timestamp()) * 1000 as ms');
  return (before + Date.now()) / 2 - Number(rows[0]?.ms);
}

async function openRedis(url: string, databaseUrl: string, use: 'produce' | 'work'): Promise<Backend> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: 5_000,
    maxRetriesPerRequest: null,
    enableOfflineQueue: use === 'work',
    retryStrategy: (times) => Math.min(times * 100, 2_000),
  });
  redis.on('error', () => {}); // told by whoever's command fails
  try {
    await redis.connect();
  } catch (error) {
    redis.disconnect();
    throw error;
  }
  return {
    kind: 'redis',
    openQueue: (settings) =>
      new Queue(queueName, { ...settings, connection: redis, prefix: redisPrefix }, createRedisBackend as never),
    openWorker: (process, settings) =>
      new Worker(
        queueName,
        process,
        { ...settings, connection: redis, prefix: redisPrefix },
        createRedisBackend as never,
      ),
    ping: async () => {
      await redis.ping();
    },
    skewMs: async () => {
      const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5_000 });
      client.on('error', () => {}); // told by the query
      await client.connect();
      try {
        return await skewFrom(client);
      } finally {
        await client.end();
      }
    },
    close: async () => {
      redis.disconnect();
    },
  };
}
