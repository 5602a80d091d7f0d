import { afterAll, beforeAll, expect, it } from 'vitest';
import { testDatabase } from '@/e2e/database';
import { requestsBody, requestsPlan } from '@/jobs/bench/requests';
import { handlersFor } from '@/jobs/handlers';
import type { Actor } from '@/lib/access/model';
import { history } from '@/lib/event/event';
import { putFeature } from '@/lib/feature/feature';
import { excessView } from '@/lib/http/views/excess';
import { openLog } from '@/lib/log';
import { openReceiver, type Receiver } from '@/lib/otlp/receive';
import type { RolloutView } from '../model';
import { createRollout, decisionsOf, getRollout, perform } from '../rollout';
import { openWatch, type Watch } from '../watch/watch';
import { type ExcessView, excessOf } from './excess';
import { explain, unexplained } from './explain';

const store = testDatabase();
const log = openLog('test', { level: 'silent' });
const now = () => new Date();
const minute = 60_000;
let receiver: Receiver;
let watch: Watch;
const jobs: string[] = [];

beforeAll(async () => {
  const database = store.database();
  receiver = openReceiver({ database, now });
  const enqueue = async (name: string) => void jobs.push(name);
  watch = await openWatch({ database, url: store.url(), now, enqueue, log });
});
afterAll(async () => {
  await watch?.close();
  await receiver?.close();
});

let features = 0;
async function begin(more = ''): Promise<{ feature: string; id: string; startedAt: number }> {
  const feature = `explained-${++features}`;
  const startedAt = Date.now() - 4 * minute;
  const ctx = store.context({ now: () => new Date(startedAt) });
  const versions = { control: false, treatment: true };
  await putFeature(ctx, { key: feature, owner: 'o', versions, baseline: 'control' });
  const { id } = await createRollout(ctx, requestsPlan(feature, more));
  await perform(ctx, id, 'start', { reason: 'go' });
  return { feature, id, startedAt };
}

/** In the candidate so many of 200 invoices fail, by one instance if it is named; whoever pays by card is well. */
async function send(feature: string, from: number, to: number, badInvoices: number, instance?: string): Promise<void> {
  for (let at = from + 10_000; at <= to; at += 10_000) {
    const traffic = (['control', 'treatment'] as const).flatMap((version) =>
      ['card', 'invoice'].map((method) => {
        const bad = version === 'treatment' && method === 'invoice' ? badInvoices : 2;
        return { version, cohort: 'eu', ok: 200 - bad, bad, attributes: { 'payment.method': method } };
      }),
    );
    const answer = await receiver.receive({
      path: '/v1/metrics',
      method: 'POST',
      contentType: 'application/json',
      body: requestsBody({
        feature,
        environment: 'production',
        at: at - 1,
        overMs: 10_000,
        traffic,
        ...(instance ? { instance } : {}),
      }),
      environment: null,
    });
    expect(answer.status).toBe(200);
  }
}

async function until(id: string, what: (rollout: RolloutView) => boolean): Promise<RolloutView> {
  for (let i = 0; i < 300; i++) {
    const seen = await getRollout(store.context(), id);
    if (what(seen)) return seen;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('it did not come to that');
}
const telling = (excess: ExcessView | null) =>
  excess?.values.filter((v) => v.clear).map((v) => [v.key, v.value, v.candidate.n]);

it('is kept with the decision that it explains, once, and read from there', async () => {
  const { feature, id, startedAt } = await begin();
  await send(feature, startedAt, Date.now(), 100);
  await until(id, (r) => r.state === 'rolled_back');
  expect(jobs.indexOf('explain')).toBeGreaterThan(jobs.indexOf('rollback'));
  const before = await excessOf(store.context(), id);
  expect(before).toMatchObject({ criterion: 'errors', frozenAt: null });

  // The job was lost here; the sweep finds what is left, however often it looks.
  const handlers = handlersFor({ db: store.database().db, now, enqueue: async () => {} });
  const run = { log, signal: new AbortController().signal, attempt: 1 };
  await handlers.sweep({}, run);
  await handlers.sweep({}, run);
  await handlers.explain({ rolloutId: id }, run);
  const events = await history(store.context(), { rolloutId: id, kinds: ['rollout.explained'] });
  expect(events).toHaveLength(1);
  expect(events[0]?.reason).toMatch(/^payment\.method=invoice carries 100 % of the excess of errors( in eu)?$/);
  expect(await unexplained(store.database().db, now())).toEqual([]);

  const { verdict } = await getRollout(store.context(), id);
  const frozen = await excessOf(store.context(), id);
  expect(frozen?.frozenAt).toBe(events[0]?.at);
  expect(telling(frozen)).toEqual([['payment.method', 'invoice', expect.any(Number)]]);
  expect(excessView.parse(frozen)).toEqual(frozen);
  expect(frozen?.instances).toEqual([]);
  expect(frozen?.to).toBe((await decisionsOf(store.context(), id)).find((d) => d.action === 'roll_back')?.evidence?.at);
  expect(verdict?.deciding?.criterion).toBe('errors');
  // What has left the roll-ups is still there.
  await store.database().db.$client`delete from rollup`;
  expect(telling(await excessOf(store.context(), id))).toEqual(telling(frozen));
}, 60_000);

it('tells instances apart in the ledger, which the roll-ups do not', async () => {
  const { feature, id, startedAt } = await begin();
  const now_ = Date.now();
  await send(feature, startedAt, now_, 2, 'shop-1');
  await send(feature, startedAt, now_, 2, 'shop-3');
  await send(feature, startedAt, now_, 190, 'shop-2');
  await until(id, (r) => r.state === 'rolled_back');
  const live = await excessOf(store.context(), id);
  expect(live?.instances).toBeNull();
  await explain({ ...store.context(), actor: { kind: 'rule', id: 'explain', name: 'explain', environment: null } }, id);
  const frozen = await excessOf(store.context(), id);
  const [first] = frozen?.instances ?? [];
  expect(first).toMatchObject({ key: 'service.instance.id', value: 'shop-2', clear: true, newHere: false });
  expect(first?.traffic).toBeCloseTo(1 / 3, 1);
  expect(first?.share).toBeGreaterThan(0.98);
  expect(frozen?.keys).not.toContain('service.instance.id');
}, 60_000);

it('a failure that is only watched is read as it stands; what does not fail has nothing to explain', async () => {
  const { feature, id, startedAt } = await begin('mode: observe');
  expect(await excessOf(store.context(), id)).toBeNull();
  await send(feature, startedAt, startedAt + 3 * minute, 2);
  await until(id, (r) => (r.verdict?.outcomes[0]?.candidate.n ?? 0) > 0);
  expect(await excessOf(store.context(), id)).toBeNull();
  await send(feature, startedAt + 3 * minute, Date.now(), 120);
  await until(id, (r) => r.verdict?.kind === 'roll_back');
  const excess = await excessOf(store.context(), id, { criterion: 'errors' });
  expect(excess).toMatchObject({ cohort: null, frozenAt: null, resolution: 10, unit: '{request}' });
  expect(telling(excess)?.[0]?.slice(0, 2)).toEqual(['payment.method', 'invoice']);
  expect(excess?.keys).toEqual(['payment.method']);
  const eu = await excessOf(store.context(), id, { criterion: 'errors', cohort: 'eu' });
  expect(eu?.total?.excess).toBeGreaterThan(0);
  const us = await excessOf(store.context(), id, { criterion: 'errors', cohort: 'us' });
  expect(us?.total).toBeNull();
  // Trouble that goes on is nobody's decision yet.
  await explain({ ...store.context(), actor: { kind: 'rule', id: 'explain', name: 'explain', environment: null } }, id);
  expect(await history(store.context(), { rolloutId: id, kinds: ['rollout.explained'] })).toEqual([]);
}, 60_000);

it('asks who may see', async () => {
  const { id } = await begin();
  const other: Actor = { kind: 'key', id: 'k', name: 'k', role: 'viewer', environment: 'staging' };
  await expect(excessOf(store.context({ actor: other }), id)).rejects.toMatchObject({ code: 'forbidden' });
  await expect(excessOf(store.context(), 'rol_none')).rejects.toMatchObject({ code: 'not_found' });
});
