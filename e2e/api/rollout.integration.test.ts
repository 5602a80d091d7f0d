/** A rollout through REST and OFREP alone: what is said, what is served, and what is recorded. */
import { beforeAll, expect, test } from 'vitest';
import type { EventView } from '@/lib/event/model';
import type { ApprovalView, DecisionView, Preview, RolloutView } from '@/lib/rollout/model';
import { call, open, testConsole } from './console';

const house = testConsole();
const plan = `
feature: new-checkout
environment: production
owner: payments
baseline: control
candidate: treatment
stages:
  - { name: half, exposure: { "*": 50 } }
  - { name: everyone, exposure: { "*": 100 }, approval: true }
  - { name: later, exposure: { "*": 100 }, minDuration: 24h }
criteria:
  - { name: errors, kind: guardrail, measure: share, metric: http.server.request.duration,
      of: { http.response.status_code: 5xx }, against: baseline, better: lower, margin: 0.5pp }
holdback: 0%
mode: observe
`;
const yaml = { 'content-type': 'application/yaml' };
let operator = '';
let approver = '';
let other = '';

beforeAll(async () => {
  operator = await house.newKey('operator');
  approver = await house.newKey('approver');
  other = await house.newKey('approver', 'staging');
  const feature = { owner: 'payments', versions: { control: false, treatment: true }, baseline: 'control' };
  expect((await call('PUT', '/features/new-checkout', { key: operator, body: feature })).status).toBe(200);
});

/** How many of 200 users get the candidate. */
async function served(): Promise<number> {
  let treated = 0;
  for (let i = 0; i < 200; i++) {
    const body = { context: { targetingKey: `user-${i}` } };
    const answer = await open('POST', '/ofrep/v1/evaluate/flags/new-checkout', { body });
    const { variant } = (await answer.json()) as { variant: string };
    if (variant === 'treatment') treated++;
  }
  return treated;
}

test('drafted, started, held, resumed, widened and rolled back, each change served when it is answered', async () => {
  const key = operator;
  const drafted = await call('POST', '/rollouts', { key, headers: yaml, body: plan });
  expect(drafted.status).toBe(201);
  const { id } = drafted.body as RolloutView;
  const get = async <T>(path: string, by = key) => (await call('GET', `/rollouts/${id}${path}`, { key: by })).body as T;
  const verb = async (name: string, body: object = { reason: `test ${name}` }) =>
    call('POST', `/rollouts/${id}/${name}`, { key, body });

  expect(await served()).toBe(0);
  expect(await get<Preview>('/preview?verb=start')).toMatchObject({ possible: true, state: { after: 'running' } });
  expect(await get<Preview>('/preview?verb=widen')).toMatchObject({ possible: false });
  expect(await get('/verdict')).toBeNull();
  expect((await call('GET', `/rollouts/${id}`, { key: other })).status).toBe(403);

  const started = (await verb('start')).body as RolloutView;
  expect(started).toMatchObject({ state: 'running', stage: 0 });
  const half = await served();
  expect(half).toBeGreaterThan(60);
  expect(half).toBeLessThan(140);

  expect((await verb('hold', { reason: 'a look', expectedEpoch: started.epoch })).body).toMatchObject({
    state: 'held',
  });
  expect(await served()).toBe(half);
  expect((await verb('resume')).body).toMatchObject({ state: 'running' });
  expect((await verb('widen')).body).toMatchObject({ stage: 1 });
  expect(await served()).toBe(200);

  const back = (await verb('roll-back', { reason: 'enough' })).body as RolloutView;
  expect(['rolling_back', 'rolled_back']).toContain(back.state);
  expect(await served()).toBe(0);

  const rollbacks = await get<{ id: string }[]>('/rollbacks');
  expect(rollbacks).toHaveLength(1);
  expect((await call('GET', `/rollbacks/${rollbacks[0]?.id}`, { key })).body).toMatchObject({ rolloutId: id });
  const decisions = await get<DecisionView[]>('/decisions');
  expect(new Set(decisions.map((d) => d.action))).toEqual(new Set(['start', 'hold', 'resume', 'widen', 'roll_back']));
  expect(await get('/looks')).toEqual([]);
  expect(await get('/metrics')).toEqual([]);
  expect(await get('/excess')).toBeNull();
  expect(await get('/series?metric=m&measure=rate')).toMatchObject({ stepMs: expect.any(Number) });
  const events = (await call('GET', `/events?rollout=${id}&after=0`, { key })).body as EventView[];
  expect(events.map((e) => e.kind)).toEqual(
    expect.arrayContaining(['rollout.created', 'rollout.started', 'rollout.rolling_back']),
  );
  expect(events.find((e) => e.kind === 'rollout.rolling_back')?.reason).toContain('enough');
  expect((await call('GET', '/events/verify', { key })).body).toMatchObject({ ok: true });
  expect((await call('GET', '/rollouts?state=rolling_back,rolled_back', { key })).body).toMatchObject([{ id }]);
});

test('an approval needs somebody who may approve, of that environment; a refusal says why; once is enough', async () => {
  const feature = { owner: 'payments', versions: { control: false, treatment: true }, baseline: 'control' };
  await call('PUT', '/features/guarded', { key: operator, body: feature });
  const guarded = plan.replace('new-checkout', 'guarded').replace('{ name: half,', '{ name: half, approval: true,');
  const { id } = (await call('POST', '/rollouts', { key: operator, headers: yaml, body: guarded })).body as RolloutView;
  await call('POST', `/rollouts/${id}/start`, { key: operator, body: { reason: 'go' } });
  const ask = `/approvals?state=pending&rollout=${id}`;
  const [approval] = (await call('GET', ask, { key: operator })).body as ApprovalView[];
  expect(approval).toMatchObject({ rolloutId: id, stageName: 'half', state: 'pending' });

  const answer = (verb: string, key: string, body?: object) =>
    call('POST', `/approvals/${approval?.id}/${verb}`, { key, body });
  expect((await answer('approve', operator)).status).toBe(403);
  expect((await answer('approve', other)).status).toBe(403);
  expect((await answer('refuse', approver, {})).status).toBe(400);
  expect((await call('GET', ask, { key: operator })).body).toHaveLength(1);
  expect((await answer('approve', approver)).body).toMatchObject({ state: 'approved' });
  expect((await answer('refuse', approver, { comment: 'too late' })).status).toBe(409);
});
