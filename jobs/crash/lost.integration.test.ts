/**
 * Workers that stand still for longer than their lease, and queues that lose everything, in the middle of a rollback:
 * with real processes, on both backends. Each has a database and a queue of its own and mostly waits, so the backends
 * take their turns side by side; more at once would be too many processes for a small machine.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, type TestContext, test } from 'vitest';
import { perform } from '@/lib/rollout/rollout';
import { type BackendKind, type Bed, backends, makeBed } from './bed';
import { startWorker, type Worker } from './child';
import { leasesRunOut, rollbackRow, standingSessionsEnd } from './passing';
import { prepare, type Stage } from './prepare';
import { openWorld } from './run';
import type { Scene } from './scene';
import { violationsOf } from './verify';

const within = 600_000;
let bed: Bed;
/** Not those of the runs that another file has at the same time on the same Redis. */
let lane = 5;
beforeAll(async () => {
  bed = await makeBed();
});
afterAll(() => bed?.close());

const sceneOn = (backend: BackendKind): Scene => ({
  ...{ deaths: [], backend, seed: 0, decidedBy: 'person', configuration: true, migrations: ['webhook', 'sql'] },
  ...{ planeLatencyMs: 0, hookLatencyMs: 0, trick: 'none', loses: 0, checkDenies: 0, notices: true },
});

type Rig = { stage: Stage; world: ReturnType<typeof openWorld>; worker: (failpoint?: string) => Worker };

/** What it starts ends with the test, workers before what they work on. */
async function rigOn(backend: BackendKind, { onTestFinished }: TestContext): Promise<Rig> {
  const workers: Worker[] = [];
  const stage = await prepare(bed, sceneOn(backend), lane++);
  onTestFinished(async () => {
    for (const started of workers) if (started.over() === null) await started.stop();
    await stage.close();
  });
  const { databaseUrl, redisUrl } = stage;
  const worker = (failpoint?: string) => {
    const started = startWorker({ databaseUrl, redisUrl, ...(failpoint ? { failpoint } : {}) });
    workers.push(started);
    return started;
  };
  return { stage, world: openWorld(stage, {}), worker };
}

const stands = ({ pid }: Worker): boolean => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).startsWith('T');
};

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 2_400; i++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`it did not come to that: ${what}`);
}

/** A worker that has begun the rollback and stands still at the point. */
async function stoppedAt({ stage, worker }: Rig, point: string): Promise<Worker> {
  const first = worker(`${point}:1:stop`);
  await perform(stage.ctx, stage.rolloutId, 'roll-back', { reason: 'it is broken' });
  await until(`a worker stands at ${point}`, () => stands(first));
  await standingSessionsEnd(stage.database.db);
  return first;
}

/**
 * All that a worker could have changed of the rollback, there and outside. What a queue keeps of it is no matter; reports
 * and drafts of it are due a while later, and whoever is awake then writes them.
 */
async function everything({ database, plane, hooks, service }: Stage): Promise<unknown> {
  const events = await database.sql`
    select kind, reason from event
    where kind !~ '^(retention|postmortem|status_page|status_update)' and kind <> 'rollout.explained' order by seq`;
  const rows = await database.sql`
    select id, state, attempts, steps, ended_at::text as ended, escalated_at::text as escalated from rollback`;
  const steps = await database.sql`select name, state, ended_at::text as ended from migration_step order by position`;
  const decisions = await database.sql`select id, action from decision order by id`;
  const deeds = hooks.deeds().filter((d) => d.path !== 'check');
  return [
    events,
    rows,
    steps,
    decisions,
    plane.ledger(),
    deeds,
    (await service?.unsafe('select what from deed')) ?? [],
  ].map((of) => JSON.stringify(of));
}

describe.each(backends)('on %s', (backend) => {
  // Each takes a while, so the backends share them.
  test.for(
    backend === 'postgres' ? ['plane.before_write', 'step.before_kept'] : ['revert.before_call', 'revert.before_kept'],
  )(
    'a worker that stood still at %s past its lease, and is woken, does nothing',
    { timeout: within },
    async (point, context) => {
      const rig = await rigOn(backend, context);
      const { stage, world } = rig;
      const first = await stoppedAt(rig, point);
      await leasesRunOut(stage.database.db);
      const second = rig.worker();
      await world.until(second, 0);
      expect(stands(first)).toBe(true);
      await second.stop();
      const before = await everything(stage);
      first.kill('SIGCONT');
      // It ends what it was at, in good order, and only then itself.
      expect(await first.stop()).toMatchObject({ signal: null });
      expect(await everything(stage)).toEqual(before);
      expect(await violationsOf(stage, { ordersBefore: world.ordersBefore, retries: 0 })).toEqual([]);
    },
  );

  test('all that the queue holds is lost in the middle of a rollback: it still finishes', {
    timeout: within,
  }, async (context) => {
    const rig = await rigOn(backend, context);
    const { stage, world } = rig;
    const first = await stoppedAt(rig, 'revert.after_call');
    expect((await rollbackRow(stage.database.db))?.state).not.toBe('verified');
    await bed.loseQueue(stage);
    first.kill('SIGCONT');
    await world.until(first, 0);
    expect(first.over(), first.output()).toBeNull();
    expect(await violationsOf(stage, { ordersBefore: world.ordersBefore, retries: 0 })).toEqual([]);
  });

  test('the worker dies and the queue is lost with it: another still finishes', {
    timeout: within,
  }, async (context) => {
    const rig = await rigOn(backend, context);
    const { stage, world } = rig;
    const first = await stoppedAt(rig, 'revert.before_call');
    first.kill('SIGKILL');
    await first.ended;
    await bed.loseQueue(stage);
    await world.afterDeath();
    const second = rig.worker();
    await world.until(second, 0);
    expect(await violationsOf(stage, { ordersBefore: world.ordersBefore, retries: 0 })).toEqual([]);
  });
});
