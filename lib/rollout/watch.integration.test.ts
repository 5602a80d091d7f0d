import { afterAll, beforeAll, expect, it } from 'vitest';
import { testDatabase } from '@/e2e/database';
import { requestsBody, requestsPlan } from '@/jobs/bench/requests';
import { handlersFor } from '@/jobs/handlers';
import { history } from '@/lib/event/event';
import { resumeAutomation, stopAutomation } from '@/lib/event/setting';
import { evaluate } from '@/lib/feature/evaluate';
import { putFeature } from '@/lib/feature/feature';
import { type Flags, openFlags } from '@/lib/feature/flags';
import { openLog } from '@/lib/log';
import { openReceiver, type Receiver } from '@/lib/otlp/receive';
import { rollbacksOf } from '@/lib/rollback/rollback';
import type { RolloutView } from './model';
import { createRollout, decisionsOf, getRollout, looksOf, perform } from './rollout';
import { openWatch, type Watch } from './watch';

const store = testDatabase();
const log = openLog('test', { level: 'silent' });
const now = () => new Date();
const minute = 60_000;
let receiver: Receiver;
let flags: Flags;
let watch: Watch;
const problems: unknown[] = [];

beforeAll(async () => {
  const database = store.database();
  receiver = openReceiver({ database, now });
  flags = await openFlags({ url: store.url(), database, process: 'test', now });
  watch = await openWatch({
    database,
    url: store.url(),
    now,
    enqueue: async () => {}, // every job is lost: the sweep alone has to do
    log: {
      ...log,
      info: () => {},
      warn: () => {},
      debug: () => {},
      error: (...args: unknown[]) => problems.push(args),
    },
  });
});
afterAll(async () => {
  await watch?.close();
  await flags?.close();
  await receiver?.close();
  expect(problems).toEqual([]);
});

let features = 0;
/** A rollout that began five minutes ago, so that there is time to have data in. */
async function begin(more = ''): Promise<{ feature: string; id: string; startedAt: number }> {
  const feature = `watched-${++features}`;
  const startedAt = Date.now() - 5 * minute;
  const ctx = store.context({ now: () => new Date(startedAt) });
  await putFeature(ctx, {
    key: feature,
    owner: 'o',
    versions: { control: false, treatment: true },
    baseline: 'control',
  });
  const { id } = await createRollout(ctx, requestsPlan(feature, more));
  await perform(ctx, id, 'start', { reason: 'go' });
  return { feature, id, startedAt };
}

/** One report a 10 s bin; the share of errors of the candidate is given. */
async function send(feature: string, from: number, to: number, badShare: number): Promise<void> {
  for (let at = from + 10_000; at <= to; at += 10_000) await sendAt(feature, at - 1, badShare);
}

let sent = 0;
async function sendAt(feature: string, at: number, badShare: number): Promise<void> {
  const bad = Math.round(400 * badShare);
  const body = requestsBody({
    feature,
    environment: 'production',
    at: at + (++sent % 1000) / 1000, // no two requests are the same, or the second would be taken for a retry
    overMs: 10_000,
    traffic: [
      { version: 'control', cohort: 'eu', ok: 396, bad: 4 },
      { version: 'treatment', cohort: 'eu', ok: 400 - bad, bad },
    ],
  });
  const answer = await receiver.receive({
    path: '/v1/metrics',
    method: 'POST',
    contentType: 'application/json',
    body,
    environment: null,
  });
  expect(answer.status).toBe(200);
}

async function until(id: string, what: (rollout: RolloutView) => boolean): Promise<RolloutView> {
  let seen: RolloutView | undefined;
  for (let i = 0; i < 300; i++) {
    seen = await getRollout(store.context(), id);
    if (what(seen)) return seen;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`it did not come to that: ${JSON.stringify({ ...seen, plan: undefined })}`);
}

const served = (feature: string) => {
  const versions = new Set<string>();
  for (let i = 0; i < 50; i++)
    versions.add(evaluate(flags.state(), feature, 'production', { targetingKey: `user-${i}` })?.version ?? 'none');
  return [...versions].sort();
};

it('widens on healthy telemetry, then rolls back on bad, and everybody is served the baseline', async () => {
  const { feature, id, startedAt } = await begin();
  await send(feature, startedAt, startedAt + 2.5 * minute, 0.01);
  await sendAt(feature, Date.now(), 0.01);
  const wider = await until(id, (r) => r.stage === 1);
  expect(wider).toMatchObject({ state: 'running' });
  expect(served(feature)).toEqual(['control', 'treatment']);
  // What went wrong in between arrives only now.
  await send(feature, startedAt + 2.5 * minute, Date.now(), 0.2);
  const back = await until(id, (r) => r.state === 'rolled_back');
  expect(served(feature)).toEqual(['control']);
  expect(back.verdict).toMatchObject({
    kind: 'roll_back',
    reason: 'guardrail_failed',
    deciding: { criterion: 'errors' },
  });
  const decisions = await decisionsOf(store.context(), id);
  expect(decisions.map((d) => [d.action, d.actor.kind, d.actor.id])).toEqual([
    ['confirm_rolled_back', 'rule', 'rollback'],
    ['roll_back', 'rule', 'guardrail'],
    ['widen', 'rule', 'gate'],
    ['start', 'person', 'per_test'],
  ]);
  expect(decisions[1]?.evidence?.outcomes.some((o) => o.outcome === 'fail')).toBe(true);
  const looks = await looksOf(store.context(), id, { criterion: 'errors', cohort: null });
  expect(looks.length).toBeGreaterThan(0);
  const [rollback] = await rollbacksOf(store.context(), id);
  expect(rollback?.steps.slice(0, 2).map((s) => s.state)).toEqual(['done', 'done']);
  const kinds = (await history(store.context(), { rolloutId: id })).map((e) => e.kind);
  expect(kinds).toEqual(expect.arrayContaining(['rollout.rolled_back', 'rollout.rolling_back', 'rollout.widened']));
}, 90_000);

it('in observe mode says what it would do, once, and does nothing', async () => {
  const { feature, id, startedAt } = await begin('mode: observe');
  await send(feature, startedAt, startedAt + 3 * minute, 0.2);
  const seen = await until(id, (r) => r.verdict?.kind === 'roll_back');
  expect(seen).toMatchObject({ state: 'running', stage: 0, epoch: 1 });
  await send(feature, startedAt + 3 * minute, startedAt + 4 * minute, 0.2);
  await until(id, (r) => Date.parse(r.verdict?.at ?? '') > Date.parse(seen.verdict?.at ?? '') + 2_000);
  const decisions = await decisionsOf(store.context(), id);
  expect(decisions.filter((d) => !d.acted).map((d) => d.action)).toEqual(['roll_back']);
  const turns = await history(store.context(), { rolloutId: id, kinds: ['verdict.changed'] });
  expect(turns[0]?.data).toMatchObject({ after: 'roll_back', reason: 'guardrail_failed' });
  expect(served(feature)).toEqual(['control', 'treatment']);
});

it('acts on nothing while everything automatic is stopped, and at once when it goes on', async () => {
  await stopAutomation(store.context(), 'incident');
  const { feature, id, startedAt } = await begin();
  await send(feature, startedAt, startedAt + 3 * minute, 0.2);
  await until(id, (r) => r.verdict?.reason === 'automation_stopped');
  expect((await getRollout(store.context(), id)).state).toBe('running');
  await resumeAutomation(store.context(), 'over');
  await until(id, (r) => r.state === 'rolled_back');
});

it('rolls back what a person holds when it gets worse, and does not resume by itself what got better', async () => {
  const held = await begin();
  await perform(store.context(), held.id, 'hold', { reason: 'a look first' });
  await send(held.feature, held.startedAt, held.startedAt + 3 * minute, 0.2);
  await until(held.id, (r) => r.state === 'rolled_back');

  const { feature, id, startedAt } = await begin('onRegression: hold');
  await send(feature, startedAt, startedAt + 2 * minute, 0.2);
  const stands = await until(id, (r) => r.state === 'held');
  expect(stands.heldReason).toBe('guardrail_failed');
  expect(served(feature)).toEqual(['control', 'treatment']);
});

it('is never green on silence, and late data in a closed bin counts', async () => {
  const { feature, id, startedAt } = await begin('onRegression: hold');
  await until(id, (r) => r.verdict?.outcomes[0]?.outcome === 'no_data');
  await send(feature, startedAt, startedAt + 2 * minute, 0.01);
  // Minutes old, so all of it is stale: known, but nothing to go on with.
  const stale = await until(id, (r) => r.verdict?.outcomes[0]?.outcome === 'inconclusive');
  expect(stale.verdict?.outcomes[0]?.reason).toBe('stale');
  expect(stale).toMatchObject({ state: 'running', stage: 0 });
  await send(feature, startedAt, startedAt + 2 * minute, 0.4);
  await until(id, (r) => r.state === 'held');
}, 90_000);

it('retention and audit run on what came of it', async () => {
  const handlers = handlersFor({ db: store.database().db, now, enqueue: async () => {} });
  const run = { log, signal: new AbortController().signal, attempt: 1 };
  await handlers.retention({}, run);
  await handlers.audit({}, run);
  await handlers.sweep({}, run);
});
