import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testDatabase } from '@/e2e/database';
import { startLink, startRedis, type TestRedis } from '@/e2e/redis';
import { type Handlers, runWith } from '@/jobs/run';
import { BelayError } from '@/lib/errors';
import { openLog } from '@/lib/log';
import { type BackendOptions, openBackend } from './backend';
import { openQueue, type Queue } from './queue';
import { openWorker, type QueueWorker } from './worker';

const log = openLog('test', { level: 'silent' });
const store = testDatabase();
let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

const idle: Handlers = {
  rollback: async () => {},
  migration: async () => {},
  delivery: async () => {},
  explain: async () => {},
  notice: async () => {},
  drill: async () => {},
  postmortem: async () => {},
  tracker: async () => {},
  sweep: async () => {},
  drills: async () => {},
  retention: async () => {},
  audit: async () => {},
};

async function until(true_: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 600; i++) {
    if (await true_()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('it did not come to that');
}

// One contract, two backends: what holds for one holds for the other. Both mostly wait, so they do it side by side.
describe.each(['postgres', 'redis'] as const)('the queue on %s', { concurrent: true }, (kind) => {
  const open: Array<{ close: () => Promise<void> }> = [];
  const options = (): BackendOptions => ({
    databaseUrl: store.url(),
    ...(kind === 'redis' ? { redisUrl: redis.url } : {}),
  });
  const producer = (over: Partial<Parameters<typeof openQueue>[0]> = {}): Queue => {
    const queue = openQueue({ ...options(), ...over });
    open.push(queue);
    return queue;
  };
  const consumer = async (handlers: Partial<Handlers>, lockMs?: number): Promise<QueueWorker> => {
    const worker = await openWorker({ ...options(), process: runWith({ ...idle, ...handlers }, log), log, lockMs });
    open.push({ close: () => worker.close(2_000) });
    return worker;
  };
  const close = async () => {
    for (const one of open.splice(0).reverse()) await one.close();
  };
  afterAll(close);

  it.sequential('delivers what is enqueued, with its payload, to one worker', async () => {
    const got: string[] = [];
    const take = async ({ rollbackId }: { rollbackId: string }) => {
      got.push(rollbackId);
    };
    await consumer({ rollback: take });
    await consumer({ rollback: take });
    const queue = producer();
    const ids = Array.from({ length: 40 }, () => randomBytes(6).toString('hex'));
    await Promise.all(ids.map((rollbackId) => queue.enqueue('rollback', { rollbackId })));
    await until(() => got.length >= ids.length);
    expect(got.sort()).toEqual(ids.sort());
    await close();
  });

  it.sequential('keeps a job until a worker comes, and tries again what failed', async () => {
    const queue = producer();
    await queue.enqueue('rollback', { rollbackId: 'early' });
    const attempts: number[] = [];
    await consumer({
      rollback: async (_payload, run) => {
        attempts.push(run.attempt);
        if (run.attempt < 3) throw new Error('not yet');
      },
    });
    await until(() => attempts.length >= 3);
    expect(attempts).toEqual([1, 2, 3]);
    await close();
  });

  it.sequential('does not try again what no retry can mend', async () => {
    const calls: string[] = [];
    await consumer({
      rollback: async ({ rollbackId }) => {
        calls.push(rollbackId);
        if (rollbackId === 'gone') throw new BelayError('not_found', 'There is no rollback gone');
      },
    });
    const queue = producer();
    await queue.enqueue('rollback', { rollback: 'wrong payload' } as never);
    await queue.enqueue('gossip' as 'rollback', { rollbackId: 'x' }).catch(() => {});
    await queue.enqueue('rollback', { rollbackId: 'gone' });
    await until(() => calls.includes('gone'));
    // A retry would come after 500 ms; one that is enqueued later and runs tells that it did not come before.
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    await queue.enqueue('rollback', { rollbackId: 'after' });
    await until(() => calls.includes('after'));
    expect(calls).toEqual(['gone', 'after']);
    await close();
  });

  it.sequential('runs what has a schedule by itself, and brings back a schedule that is lost', async () => {
    let sweeps = 0;
    const handlers = {
      sweep: async () => {
        sweeps++;
      },
    };
    await consumer(handlers);
    await until(() => sweeps >= 1);
    await close();
    const backend = await openBackend(options(), 'work');
    const queue = backend.openQueue({});
    for (const schedule of await queue.getJobSchedulers()) await queue.removeJobScheduler(schedule.key);
    expect(await queue.getJobSchedulers()).toEqual([]);
    await consumer(handlers);
    expect((await queue.getJobSchedulers()).map((s) => s.key).sort()).toEqual([
      'audit',
      'drills',
      'retention',
      'sweep',
    ]);
    await queue.close();
    await backend.close();
    await close();
  });

  it.sequential('goes on with a schedule that has lost its next job', async () => {
    let sweeps = 0;
    const handlers = {
      sweep: async () => {
        sweeps++;
      },
    };
    await consumer(handlers);
    await until(() => sweeps >= 1);
    await close();
    const backend = await openBackend(options(), 'work');
    const queue = backend.openQueue({});
    const nexts = (await queue.getJobSchedulers()).map((s) => `repeat:${s.key}:${s.next}`);
    if (kind === 'postgres') await store.database().sql`truncate bullmq.job cascade`;
    else {
      // The queue itself refuses to delete a job of a schedule.
      const client = new Redis(redis.url);
      const keys = await client.keys('*');
      await client.del(...keys.filter((key) => /:repeat:\w+:\d+$|:(delayed|wait)$/.test(key)));
      client.disconnect();
    }
    for (const id of nexts) expect(await queue.getJob(id)).toBeFalsy();
    const before = sweeps;
    await consumer(handlers);
    await until(() => sweeps > before);
    await queue.close();
    await backend.close();
    await close();
  });

  it.sequential('gives a job of a dead worker to another', async () => {
    // The first worker takes the job and never lets go: its lock is not renewed once its backend is gone.
    const started: number[] = [];
    const stuck = await openBackend(options(), 'work');
    const dead = stuck.openWorker(
      async () => {
        started.push(1);
        await new Promise(() => {});
      },
      { lockDuration: 1_000, skipLockRenewal: true, skipStalledCheck: true },
    );
    dead.on('error', () => {});
    await producer().enqueue('rollback', { rollbackId: 'orphan' });
    await until(() => started.length === 1);
    const got: string[] = [];
    await consumer({ rollback: async ({ rollbackId }) => void got.push(rollbackId) }, 1_000);
    await until(() => got.includes('orphan'));
    void dead.close(true).catch(() => {});
    await stuck.close();
    await close();
  });

  it.sequential('ends in time though a job does not, and tells the job', async () => {
    let aborted = false;
    let started = false;
    const worker = await consumer({
      rollback: (_payload, run) => {
        started = true;
        run.signal.addEventListener('abort', () => {
          aborted = true;
        });
        return new Promise(() => {});
      },
    });
    await producer().enqueue('rollback', { rollbackId: 'endless' });
    await until(() => started);
    await worker.close(500);
    expect(aborted).toBe(true);
    open.length = 0;
  });
});

describe('an unreachable queue', () => {
  it.each([
    ['postgres', { databaseUrl: 'postgres://nobody@127.0.0.1:1/none' }],
    ['redis', { databaseUrl: 'postgres://nobody@127.0.0.1:1/none', redisUrl: 'redis://127.0.0.1:1' }],
  ])('never fails a verb (%s)', async (_kind, options) => {
    const errors: unknown[] = [];
    const queue = openQueue({ ...options, onError: (error) => errors.push(error) });
    await queue.enqueue('sweep', {});
    await queue.enqueue('sweep', {});
    expect(errors).toHaveLength(2);
    expect(await queue.check()).toBe(false);
    await queue.close();
  });

  it('is found again when it is back', async () => {
    const link = await startLink(new URL(redis.url));
    const queue = openQueue({ databaseUrl: '', redisUrl: `redis://127.0.0.1:${link.port}` });
    await queue.enqueue('sweep', {});
    expect(await queue.check()).toBe(true);
    await link.cut();
    await queue.enqueue('sweep', {});
    expect(await queue.check()).toBe(false);
    await link.mend();
    await until(() => queue.check());
    await queue.close();
    await link.cut();
  });
});

describe('on PostgreSQL', () => {
  it('keeps to a schema of its own', async () => {
    const queue = openQueue({ databaseUrl: store.url() });
    await queue.enqueue('sweep', {});
    const client = new pg.Client({ connectionString: store.url() });
    await client.connect();
    const { rows } = await client.query(
      "select count(*)::int as n from information_schema.tables where table_schema = 'public' and table_name like '%job%'",
    );
    expect(rows[0].n).toBe(0);
    await client.end();
    await queue.close();
  });
});
