/** The backtest through REST: who may ask, what is said of what is wrong, and that YAML does as well as JSON. */
import { beforeAll, expect, test } from 'vitest';
import { backtestView } from '@/lib/http/views/backtest';
import type { RolloutView } from '@/lib/rollout/model';
import { call, testConsole } from './console';

const house = testConsole();
const plan = `
feature: new-checkout
environment: production
owner: payments
baseline: control
candidate: treatment
stages: [ { name: half, exposure: { "*": 50 } } ]
criteria:
  - { name: errors, kind: guardrail, measure: share, metric: http.server.request.duration,
      of: { http.response.status_code: 5xx }, against: baseline, better: lower, margin: 0.5pp }
`;
const yaml = { 'content-type': 'application/yaml' };
const hourAgo = new Date(Date.now() - 3_600_000).toISOString();
let path = '';
let viewer = '';

beforeAll(async () => {
  const operator = await house.newKey('operator');
  viewer = await house.newKey('viewer');
  const feature = { owner: 'payments', versions: { control: false, treatment: true }, baseline: 'control' };
  await call('PUT', '/features/new-checkout', { key: operator, body: feature });
  const { body } = await call('POST', '/rollouts', { key: operator, headers: yaml, body: plan });
  path = `/rollouts/${(body as RolloutView).id}/backtest`;
});

test('whoever may look may ask, and gets what the document says', async () => {
  const answer = await call('POST', path, { key: viewer, body: { from: hourAgo } });
  expect(answer.status).toBe(200);
  expect(backtestView.parse(answer.body)).toEqual(answer.body);
  expect(answer.body).toMatchObject({ resolution: 10, mode: 'as_happened', edited: [] });
  const session = await house.newSession('V', 'viewer');
  expect((await call('POST', path, { session, body: { from: hourAgo } })).status).toBe(200);
  const text = `from: ${hourAgo}\nfalseRollbackRate: 5%\nstages:\n  - name: half\n    gate: not_failing\n`;
  const edited = await call('POST', path, { key: viewer, headers: yaml, body: text });
  expect(edited.body).toMatchObject({ edited: ['falseRollbackRate', 'stages'], plan: { falseRollbackRate: 5 } });
});

test('nobody else, and no other environment', async () => {
  const body = { from: hourAgo };
  expect((await call('POST', path, { body })).status).toBe(401);
  expect((await call('POST', path, { key: await house.newKey('ingest'), body })).status).toBe(403);
  expect((await call('POST', path, { key: await house.newKey('viewer', 'staging'), body })).status).toBe(403);
  expect((await call('POST', '/rollouts/rol_none/backtest', { key: viewer, body })).status).toBe(404);
  // A page of somebody else's cannot make a reader's browser work for it.
  const session = await house.newSession('W', 'viewer');
  const foreign = await call('POST', path, { session, headers: { origin: 'https://elsewhere.example' }, body });
  expect(foreign.status).toBe(403);
});

test('what is wrong is said by its field', async () => {
  const fields = async (body: unknown) => {
    const { status, body: problem } = await call('POST', path, { key: viewer, body: body as object });
    return [status, ...(problem as { errors: Array<{ field: string }> }).errors.map((e) => e.field)];
  };
  expect(await fields(undefined)).toEqual([400, 'from']);
  expect(await fields({ from: hourAgo, criteria: [{ name: 'x' }] })).toEqual(
    expect.arrayContaining([400, 'criteria[0].kind', 'criteria[0].measure', 'criteria[0].metric']),
  );
  expect(await fields({ from: hourAgo, baseline: 'treatment' })).toEqual(expect.arrayContaining([400]));
  expect(await fields({ from: hourAgo, holdback: 50 })).toEqual([400, 'holdback']);
});
