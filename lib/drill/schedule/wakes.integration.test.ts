/** The queue wakes at the times of our table, on either backend, and whatever becomes of it our table decides. */
import type { Queue } from 'bullmq';
import { eq } from 'drizzle-orm';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { drillRun, drill as drillTable } from '@/drizzle/schema/drill';
import { testDatabase } from '@/e2e/database';
import { startRedis, type TestRedis } from '@/e2e/redis';
import { handlersFor } from '@/jobs/handlers';
import { runWith } from '@/jobs/run';
import { verifyChain } from '@/lib/event/event';
import { putFeature } from '@/lib/feature/feature';
import { openLog } from '@/lib/log';
import { type Backend, openBackend } from '@/lib/queue/backend';
import { openWorker, type QueueWorker } from '@/lib/queue/worker';
import { archiveDrill, createDrill, getDrill, pauseDrill, putDrill, skipsOf } from '../drill';
import { drillWakes, wakeAfter } from './wakes';

const house = testDatabase();
const db = () => house.database().db;
const log = openLog('test', { level: 'silent' });
const minuteMs = 60_000;
/** In an hour of the real clock, so that no wake comes by itself while a test is running: the test makes it come. */
const hour = Math.ceil(Date.now() / 3_600_000 + 1) * 3_600_000;
let clock = 0;
const now = () => new Date(clock);
const context = () => house.context({ now });
const reason = { reason: 'a test' };
const standing = ['audit', 'drills', 'retention', 'sweep'];
const sooner = (time: number | string | null | undefined) => new Date(time ?? 0).toISOString();

describe.each(['postgres', 'redis'] as const)('on %s', (kind) => {
  let redis: TestRedis;
  let backend: Backend;
  let queue: Queue;
  const workers: QueueWorker[] = [];
  const woken: string[] = [];
  const options = () => ({ databaseUrl: house.url(), ...(kind === 'redis' ? { redisUrl: redis.url } : {}) });

  beforeAll(async () => {
    redis = await startRedis();
    backend = await openBackend(options(), 'work');
    queue = backend.openQueue({});
  });
  afterEach(async () => {
    vi.useRealTimers();
    await close();
    await db().update(drillRun).set({ state: 'restored', endedAt: now() });
    await db().update(drillTable).set({ archivedAt: now() });
    await lose();
  });
  afterAll(async () => {
    await queue.close();
    await backend.close();
    await redis.stop();
  });

  async function work(): Promise<void> {
    const handlers = handlersFor({ db: db(), now, enqueue: async () => {} });
    const idle = async () => {};
    const process = runWith({ ...handlers, sweep: idle, retention: idle, audit: idle, drill: idle }, log);
    workers.push(
      await openWorker({
        ...options(),
        process: async (delivery) => {
          if (delivery.name === 'drills') woken.push(delivery.id);
          await process(delivery);
        },
        timetable: { wakes: () => drillWakes(db()), nextAfter: wakeAfter },
        log,
        checkEveryMs: 100,
      }),
    );
  }
  async function close(): Promise<void> {
    await Promise.all(workers.splice(0).map((worker) => worker.close(2_000)));
  }
  /** All that the queue knew. */
  async function lose(): Promise<void> {
    if (kind === 'postgres') {
      const { sql } = house.database();
      const tables = await sql<Array<{ name: string }>>`
        select quote_ident(table_name) as name from information_schema.tables
        where table_schema = 'bullmq' and table_name like 'job%'`;
      await sql.unsafe(`truncate ${tables.map(({ name }) => `bullmq.${name}`).join(', ')} cascade`);
      return;
    }
    const client = new Redis(redis.url);
    await client.flushall();
    client.disconnect();
  }
  async function until<T>(what: () => Promise<T | false | null | undefined>): Promise<T> {
    for (let i = 0; i < 600; i++) {
      const found = await what();
      if (found) return found;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error('it did not come to that');
  }

  let names = 0;
  /** At five past the hour and every five minutes after, on a feature of its own. */
  async function plan(schedule: object = {}): Promise<{ id: string; spec: object }> {
    const feature = `${kind}-${++names}`;
    await putFeature(context(), { key: feature, owner: 'o', versions: { off: false, on: true }, baseline: 'off' });
    const spec = {
      name: feature,
      feature,
      environment: 'production',
      owner: 'o',
      level: 'tabletop',
      decision: { by: 'person' },
      schedule: { cron: '*/5 * * * *', ...schedule },
    };
    return { id: (await createDrill(context(), spec)).id, spec };
  }
  async function schedulers(): Promise<Record<string, string>> {
    const found = (await queue.getJobSchedulers()).filter(({ key }) => !standing.includes(key));
    return Object.fromEntries(found.map(({ key, pattern, tz, next }) => [key, `${pattern} ${tz} ${sooner(next)}`]));
  }
  const scheduled = (wanted: Record<string, unknown>) =>
    until(async () => JSON.stringify(await schedulers()) === JSON.stringify(wanted)).catch(async () =>
      expect(await schedulers()).toEqual(wanted),
    );
  /** What the queue has for a drill comes now, and the clock is where it would be then. */
  async function come(id: string): Promise<void> {
    const before = woken.length;
    const next = await until(async () => (await queue.getJobScheduler(id))?.next);
    clock = Math.max(clock, Number(next) + 20);
    const job = await until(() => queue.getJob(`repeat:${id}:${next}`));
    await job.promote();
    await until(async () => woken.slice(before).some((woke) => woke.startsWith(`repeat:${id}:`)));
  }
  const minute = (time: Date | string | null) => (new Date(time ?? 0).getTime() - hour) / minuteMs;
  async function runsOf(id: string): Promise<number[]> {
    const rows = await db().select().from(drillRun).where(eq(drillRun.drillId, id)).orderBy(drillRun.scheduledFor);
    return rows.map((row) => minute(row.scheduledFor));
  }
  const skips = async (id: string) =>
    (await skipsOf(context(), id)).map((s) => `${minute(s.scheduledFor)} ${s.reason}`).reverse();
  const ends = () => db().update(drillRun).set({ state: 'restored', endedAt: now() });

  test('each drill with a schedule has a scheduler as our table has it, and one that is gone from there goes', async () => {
    clock = hour;
    await queue.upsertJobScheduler('drl_gone', { every: 3_600_000 }, { name: 'drills', data: {} });
    const { id, spec } = await plan({ cron: '30 9 * * *', timeZone: 'Asia/Kathmandu' });
    const other = await plan({ paused: true });
    const none = await plan();
    await putDrill(context(), none.id, { ...none.spec, schedule: null });
    await work();
    const first = wakeAfter('30 9 * * *', 'Asia/Kathmandu', new Date());
    await scheduled({ [id]: `30 9 * * * Asia/Kathmandu ${first?.toISOString()}` });
    await putDrill(context(), id, { ...spec, schedule: { cron: '0 3 * * mon#1', timeZone: 'America/Havana' } });
    const second = wakeAfter('0 3 * * mon#1', 'America/Havana', new Date());
    await scheduled({ [id]: `0 3 * * mon#1 America/Havana ${second?.toISOString()}` });
    await pauseDrill(context(), id, true, reason);
    await scheduled({});
    await pauseDrill(context(), id, false, reason);
    await scheduled({ [id]: `0 3 * * mon#1 America/Havana ${second?.toISOString()}` });
    await archiveDrill(context(), id, reason);
    await scheduled({});
    await archiveDrill(context(), other.id, reason);
    expect((await queue.getJobSchedulers()).map((s) => s.key).sort()).toEqual(standing);
  });

  test('is run once at each time, by two workers, though the queue is lost between', async () => {
    clock = hour;
    const { id } = await plan({ cron: '5,10,15 * * * *' });
    const started: number[] = [];
    for (const at of [5, 10, 15]) {
      await Promise.all([work(), work()]);
      clock = hour + at * minuteMs + 20;
      await come(id);
      started.push(at);
      await until(async () => (await runsOf(id)).length === started.length);
      expect(await runsOf(id)).toEqual(started);
      await ends();
      await lose();
      await until(async () => (await schedulers())[id]);
      await close();
    }
    expect(await skips(id)).toEqual([]);
    expect(await verifyChain(db())).toMatchObject({ ok: true });
  });

  test('what a downtime missed is left out or run once, and what a pause was over is nobody’s', async () => {
    clock = hour;
    const skip = await plan({ cron: '0 * * * *' });
    const once = await plan({ cron: '0 * * * *', missed: 'run_once' });
    await work();
    await until(async () => (await schedulers())[once.id]);
    await close();
    clock = hour + (3 * 60 + 20) * minuteMs;
    await work();
    await come(skip.id);
    await until(async () => (await runsOf(once.id)).length > 0 && (await skips(skip.id)).length > 0);
    expect([await runsOf(skip.id), await skips(skip.id)]).toEqual([[], ['60 missed', '120 missed', '180 missed']]);
    expect([await runsOf(once.id), await skips(once.id)]).toEqual([[180], ['60 missed', '120 missed']]);
    await ends();
    await pauseDrill(context(), skip.id, true, reason);
    clock = hour + (4 * 60 + 1) * minuteMs;
    await come(once.id);
    await until(async () => (await runsOf(once.id)).length > 1);
    expect((await getDrill(context(), skip.id)).nextRunAt).toBe(null);
    await pauseDrill(context(), skip.id, false, reason);
    await ends();
    clock = hour + 5 * 60 * minuteMs + 20;
    // Whoever is woken does all that is due.
    await come(once.id);
    await until(async () => (await runsOf(skip.id)).length > 0);
    expect([await runsOf(skip.id), await skips(skip.id)]).toEqual([[300], ['60 missed', '120 missed', '180 missed']]);
  });

  test.each([600_000, -600_000])('a worker whose clock is off by %i ms takes no job, and another does', async (off) => {
    clock = hour;
    const real = Date.now();
    vi.useFakeTimers({ toFake: ['Date'], now: real + off, shouldAdvanceTime: true });
    await expect(work()).rejects.toThrow(/clock of this machine is -?\d+ ms off the database/);
    vi.useRealTimers();
    const { id } = await plan({ cron: '5 * * * *' });
    await work();
    const next = await until(async () => (await queue.getJobScheduler(id))?.next);
    const job = await until(() => queue.getJob(`repeat:${id}:${next}`));
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + off, shouldAdvanceTime: true });
    // Its own check comes every 100 ms.
    await new Promise((resolve) => setTimeout(resolve, 400));
    clock = hour + 5 * minuteMs + 20;
    await job.promote();
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(await runsOf(id)).toEqual([]);
    vi.useRealTimers();
    await close();
    await work();
    await come('drills');
    await until(async () => (await runsOf(id)).length > 0);
    expect([await runsOf(id), await skips(id)]).toEqual([[5], []]);
    expect(await getDrill(context(), id)).toMatchObject({ blockedBy: 'busy' });
  });
});
