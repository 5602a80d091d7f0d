import { type ChildProcess, spawn } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { testDatabase } from '@/e2e/database';
import { verifyChain } from '@/lib/event/event';
import { evaluate } from '@/lib/feature/evaluate';
import { putFeature } from '@/lib/feature/feature';
import { type Flags, openFlags } from '@/lib/feature/flags';
import { openReceiver, type Receiver } from '@/lib/otlp/receive';
import { createRollout, decisionsOf, getRollout, perform } from '@/lib/rollout/rollout';
import { requestsBody, requestsPlan } from './bench/requests';

const store = testDatabase();
const now = () => new Date();
const workers = new Set<ChildProcess>();
let receiver: Receiver;
let flags: Flags;

beforeAll(async () => {
  receiver = openReceiver({ database: store.database(), now });
  flags = await openFlags({ url: store.url(), database: store.database(), process: 'test', now });
});
afterAll(async () => {
  for (const worker of workers) worker.kill('SIGKILL');
  await flags?.close();
  await receiver?.close();
});

async function startWorker(): Promise<ChildProcess> {
  const env = { ...process.env, DATABASE_URL: store.url(), REDIS_URL: '', LOG_LEVEL: 'error' };
  const child = spawn(process.execPath, ['--import', 'tsx', 'jobs/worker.ts'], {
    env,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  workers.add(child);
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve());
    child.once('exit', (code) => reject(new Error(`the worker ended with ${code}`)));
  });
  return child;
}
const gone = (child: ChildProcess) =>
  new Promise<number | null>((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode);
    else child.once('exit', (code) => resolve(code));
  });

async function until(what: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 400; i++) {
    if (await what()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('it did not come to that');
}

async function begin(feature: string): Promise<{ id: string; startedAt: number }> {
  const startedAt = Date.now() - 200_000;
  const ctx = store.context({ now: () => new Date(startedAt) });
  await putFeature(ctx, {
    key: feature,
    owner: 'o',
    versions: { control: false, treatment: true },
    baseline: 'control',
  });
  const { id } = await createRollout(ctx, requestsPlan(feature));
  await perform(ctx, id, 'start', { reason: 'go' });
  return { id, startedAt };
}

async function sendBad(feature: string, startedAt: number): Promise<void> {
  for (let at = startedAt + 10_000; at < startedAt + 180_000; at += 10_000) {
    const traffic = [
      { version: 'control', cohort: 'eu', ok: 396, bad: 4 },
      { version: 'treatment', cohort: 'eu', ok: 320, bad: 80 },
    ];
    const body = requestsBody({ feature, environment: 'production', at, overMs: 10_000, traffic });
    const head = { path: '/v1/metrics', method: 'POST', contentType: 'application/json', environment: null };
    expect((await receiver.receive({ ...head, body })).status).toBe(200);
  }
}

it('a worker that is killed anywhere on the way to a rollback is followed by another, and it happens once', async () => {
  let leader = await startWorker();
  const kills = [0, 150, 400];
  for (const [i, afterMs] of kills.entries()) {
    const feature = `killed-${i}`;
    const next = await startWorker();
    const { id, startedAt } = await begin(feature);
    await sendBad(feature, startedAt);
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    leader.kill('SIGKILL');
    await gone(leader);
    workers.delete(leader);
    // Whatever the queue knew is gone as well.
    await store.database().sql`truncate bullmq.job cascade`.catch(() => {});
    await until(async () => (await getRollout(store.context(), id)).state === 'rolled_back');
    const decisions = await decisionsOf(store.context(), id);
    expect(decisions.map((d) => d.action)).toEqual(['confirm_rolled_back', 'roll_back', 'start']);
    const [rollbacks] = await store.database().sql`select count(*)::int as n from rollback where rollout_id = ${id}`;
    expect(rollbacks?.n).toBe(1);
    for (let user = 0; user < 30; user++)
      expect(evaluate(flags.state(), feature, 'production', { targetingKey: `user-${user}` })?.version).toBe('control');
    leader = next;
  }
  expect(await verifyChain(store.database().db)).toMatchObject({ ok: true });
  // Asked to end, it ends cleanly; the supervisor would kill after 5 s.
  leader.kill('SIGTERM');
  expect(await gone(leader)).toBe(0);
}, 180_000);
