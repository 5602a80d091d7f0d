/**
 * A real Redis for tests: the one that REDIS_TEST_URL names, else a `redis-server` of our own on a free port,
 * without anything on disk. Neither: a failure that says what to install.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from '@/jobs/postgres';

export type TestRedis = { url: string; stop: () => Promise<void> };

export async function startRedis(): Promise<TestRedis> {
  const given = process.env.REDIS_TEST_URL;
  if (given) return { url: given, stop: async () => {} };
  if (spawnSync('redis-server', ['--version']).status !== 0)
    throw new Error('Redis is needed for these tests: install redis-server (6.2 or later), or set REDIS_TEST_URL');
  const at = await freePort();
  const dir = mkdtempSync(join(tmpdir(), 'belay-redis-'));
  const child = spawn(
    'redis-server',
    ['--port', String(at), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', dir],
    { stdio: 'ignore' },
  );
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = `redis://127.0.0.1:${at}`;
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => 50, maxRetriesPerRequest: null });
  redis.on('error', () => {});
  await redis.connect().catch(() => {});
  await redis.ping();
  redis.disconnect();
  return {
    url,
    stop: async () => {
      child.kill('SIGKILL');
      await exited;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** A way to a server that can be cut and mended, whoever runs the server. */
export async function startLink(
  target: URL,
): Promise<{ port: number; cut: () => Promise<void>; mend: () => Promise<void> }> {
  const port = await freePort();
  const sockets = new Set<Socket>();
  const server = createServer((from) => {
    const to = connect(Number(target.port), target.hostname);
    for (const [one, other] of [
      [from, to],
      [to, from],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => sockets.delete(one));
      one.pipe(other);
    }
  });
  const mend = () => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const cut = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  await mend();
  return { port, cut, mend };
}
