/** Rollbacks over REST: what would change, what is being done, what was asked, and what a person says to it. */
import { beforeAll, expect, test } from 'vitest';
import { requestsPlan } from '@/jobs/bench/requests';
import type { RollbackCallView, RollbackView } from '@/lib/rollback/model';
import { stepRollback } from '@/lib/rollback/rollback';
import type { Preview, RolloutView } from '@/lib/rollout/model';
import { call, testConsole } from './console';

const house = testConsole();
let key = '';
let viewer = '';
let elsewhere = '';
beforeAll(async () => {
  key = await house.newKey('operator');
  viewer = await house.newKey('viewer');
  elsewhere = await house.newKey('operator', 'staging');
});

const rule = { kind: 'rule', id: 'rollback', name: 'rollback', environment: null } as const;
const step = (id: string, inS: number) =>
  stepRollback(
    {
      db: house.database().db,
      now: () => new Date(Date.now() + inS * 1_000),
      enqueue: async () => {},
      actor: rule,
    },
    id,
  );

const steps = [
  ['restore', 'restore'],
  ['revert_migrations', 'revert'],
  ['integrity', 'integrity'],
  ['read_back', 'read-back'],
  ['exposure', 'exposure'],
  ['criteria', 'criteria'],
].map(([act, name]) => ({ act, name, title: name }));

test('previewed, rolled back, ticked off, not confirmed, taken over and tried again', async () => {
  const feature = { owner: 'payments', versions: { control: false, treatment: true }, baseline: 'control' };
  expect((await call('PUT', '/features/checkout', { key, body: feature })).status).toBe(200);
  const runbook = {
    name: 'Checkout',
    steps: [...steps, { act: 'person', name: 'tell', title: 'Tell support', who: 'sre', blocking: true }],
    reason: 'r',
  };
  expect((await call('PUT', '/features/checkout/runbook', { key, body: runbook })).status).toBeLessThan(300);
  const headers = { 'content-type': 'application/yaml' };
  const { id } = (await call('POST', '/rollouts', { key, headers, body: requestsPlan('checkout') }))
    .body as RolloutView;
  await call('POST', `/rollouts/${id}/start`, { key, body: { reason: 'go' } });

  const seen = (await call('GET', `/rollouts/${id}/preview?verb=roll-back`, { key: viewer })).body as Preview;
  expect(seen.restore).toMatchObject({
    plane: 'builtin',
    target: { cause: 'start' },
    people: [{ title: 'Tell support', blocking: true }],
  });
  expect(seen.restore?.changes.some((change) => change.part === 'exposure')).toBe(true);
  const held = (await call('GET', `/rollouts/${id}/preview?verb=hold`, { key: viewer })).body as Preview;
  expect(held.restore).toBeNull();

  await call('POST', `/rollouts/${id}/roll-back`, { key, body: { reason: 'enough' } });
  const list = (await call('GET', `/rollbacks?rollout=${id}`, { key: viewer })).body as RollbackView[];
  expect(list).toMatchObject([{ rolloutId: id, target: seen.restore?.target.id, runbook: { name: 'Checkout' } }]);
  const at = `/rollbacks/${list[0]?.id}`;
  expect((await call('GET', at, { key: elsewhere })).status).toBe(403);
  expect((await call('GET', '/rollbacks', { key: elsewhere })).body).toEqual([]);

  await step(list[0]?.id ?? '', 3);
  const waits = (await call('GET', at, { key: viewer })).body as RollbackView;
  expect(waits.steps.find((s) => s.id === 'person/tell')).toMatchObject({ state: 'waiting', owner: 'sre' });
  const tick = { step: 'person/tell', note: 'told' };
  expect((await call('POST', `${at}/tick`, { key: viewer, body: tick })).status).toBe(403);
  expect((await call('POST', `${at}/tick`, { key, body: tick })).body).toMatchObject({
    ticks: [{ step: 'person/tell', note: 'told', by: 'test operator' }],
  });
  expect((await call('POST', `${at}/acknowledge`, { key, body: { reason: 'mine' } })).status).toBe(409);

  await step(list[0]?.id ?? '', 200);
  expect((await call('GET', '/rollbacks?state=unconfirmed', { key: viewer })).body).toMatchObject([
    { id: list[0]?.id },
  ]);
  const taken = await call('POST', `${at}/acknowledge`, { key, body: { reason: 'no telemetry there' } });
  expect(taken.body).toMatchObject({ state: 'unconfirmed', acknowledged: { by: 'test operator' } });
  expect((await call('POST', `${at}/retry`, { key: elsewhere, body: { reason: 'r' } })).status).toBe(403);
  const again = await call('POST', `${at}/retry`, { key, body: { reason: 'now there is' } });
  expect(again.body).toMatchObject({ acknowledged: null, escalatedAt: null });
  expect((await call('GET', `${at}/calls`, { key: viewer })).body as RollbackCallView[]).toEqual([]);
});
