/** Whatever is sent: the answer is a problem that names the field, and nothing of it stays. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Problem } from '@/lib/http/problem';
import { type Answer, type Ask, call, testConsole } from './console';

const house = testConsole();
let key = '';

const feature = { owner: 'payments', versions: { control: false, treatment: true }, baseline: 'control' };
const plan = {
  feature: 'checkout',
  environment: 'production',
  owner: 'payments',
  baseline: 'control',
  candidate: 'treatment',
  stages: [
    { name: 'internal', exposure: { internal: 100 } },
    { name: 'everyone', exposure: { internal: 100, '*': 50 } },
  ],
  criteria: [
    {
      name: 'errors',
      kind: 'guardrail',
      measure: 'share',
      metric: 'http.server.request.duration',
      of: { 'http.response.status_code': '5xx' },
      better: 'lower',
      margin: '0.5pp',
    },
  ],
};
type Plan = typeof plan;
const planWith = (change: (copy: Plan) => void): Plan => {
  const copy = structuredClone(plan);
  change(copy);
  return copy;
};

function expectProblem(answer: Answer, status: number, field?: string): Problem {
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  const problem = answer.body as Problem;
  expect({ status: answer.status, said: problem.status }).toEqual({ status, said: status });
  if (field !== undefined) expect(problem.errors?.map((e) => e.field)).toContain(field);
  return problem;
}

beforeAll(async () => {
  key = await house.newKey('admin');
  expect((await call('PUT', '/features/checkout', { key, body: feature })).status).toBe(200);
  expect((await call('PUT', '/cohorts/internal', { key, body: { rules: '*' } })).status).toBe(200);
});

const rows = async () => {
  const [row] = await house.database().sql`
    select (select count(*) from rollout)::int as rollouts, (select count(*) from feature)::int as features,
           (select count(*) from event)::int as events, (select count(*) from cohort)::int as cohorts`;
  return row;
};

describe('a body that cannot be read', () => {
  const put = (ask: Ask) => call('PUT', '/features/bad', { key, ...ask });
  const json = { 'content-type': 'application/json' };

  test.each<[string, Ask, number, string | undefined]>([
    ['broken JSON', { body: '{"owner": "x",}', headers: json }, 400, 'body'],
    ['broken YAML', { body: 'owner: [x', headers: { 'content-type': 'application/yaml' } }, 400, 'body'],
    ['nothing', { headers: json }, 400, 'body'],
    ['a list', { body: '[]', headers: json }, 400, 'body'],
    ['null', { body: 'null', headers: json }, 400, 'body'],
    ['text', { body: `"${'['.repeat(5000)}"`, headers: json }, 400, 'body'],
    ['a form', { body: 'owner=x', headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 415, undefined],
    ['a wrong type', { body: { ...feature, owner: 7 } }, 400, 'owner'],
    ['an unknown field', { body: { ...feature, ownr: 'x' } }, 400, 'ownr'],
    ['another key than the address', { body: { ...feature, key: 'other' } }, 400, 'key'],
    ['a baseline that is no version', { body: { ...feature, baseline: 'nope' } }, 400, 'baseline'],
    ['versions of two types', { body: { ...feature, versions: { control: 1, b: 'x' } } }, 400, 'versions'],
    ['a NUL', { body: { ...feature, owner: 'a\u0000b' } }, 400, 'owner'],
    ['half a character', { body: '{"owner":"\\ud800"}', headers: json }, 400, 'owner'],
    ['a prototype', { body: '{"owner":"x","__proto__":{"a":1}}', headers: json }, 400, '__proto__'],
    ['more than 1 MiB', { body: { ...feature, description: 'x'.repeat(1024 * 1024) } }, 413, undefined],
    ['depth', { body: `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`, headers: json }, 400, 'body'],
  ])('%s', async (_name, ask, status, field) => {
    const before = await rows();
    expectProblem(await put(ask), status, field);
    expect(await rows()).toEqual(before);
  });
});

describe('an address or a question that cannot be', () => {
  test.each([
    ['GET', '/features/nope', 404, undefined],
    ['GET', '/features/a%00b', 400, 'key'],
    ['PUT', '/features/%20', 400, 'key'],
    ['GET', '/rollouts/nope', 404, undefined],
    ['GET', '/rollouts/nope/verdict', 404, undefined],
    ['GET', '/rollouts/nope/decisions', 404, undefined],
    ['GET', '/rollouts/nope/looks', 404, undefined],
    ['GET', '/rollouts/nope/preview?verb=fly', 400, 'verb'],
    ['POST', '/rollouts/nope/fly', 404, undefined],
    ['GET', '/rollbacks/nope', 404, undefined],
    ['GET', '/rollbacks/nope/calls', 404, undefined],
    ['GET', '/rollbacks?state=flying', 400, 'state[0]'],
    ['POST', '/rollbacks/nope/retry', 400, 'reason'],
    ['POST', '/rollbacks/nope/tick', 400, 'step'],
    ['POST', '/approvals/nope/approve', 404, undefined],
    ['DELETE', '/keys/nope', 404, undefined],
    ['PUT', '/people/nope', 404, undefined],
    ['GET', '/events?limit=many', 400, 'limit'],
    ['GET', '/events?limit=1&limit=2', 400, 'limit'],
    ['GET', '/events?kind=rollout.flew', 400, 'kind[0]'],
    ['GET', '/events?feature=a%00b', 400, 'feature'],
    ['GET', '/events?nope=1', 400, 'nope'],
    ['GET', '/rollouts?state=flying', 400, 'state[0]'],
    ['GET', '/features?x=1', 400, 'x'],
    ['GET', '/features/checkout/series?metric=m', 400, 'measure'],
    ['GET', '/features/checkout/series?metric=m&measure=rate&from=yesterday', 400, 'from'],
    ['GET', '/features/checkout/series?metric=m&measure=quantile&q=2', 400, 'q'],
    ['GET', '/features/checkout/series?metric=m&measure=rate&where={', 400, 'where'],
    [
      'GET',
      '/features/checkout/series?metric=m&measure=rate&from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z',
      400,
      'from',
    ],
    ['GET', '/nothing/here', 404, undefined],
  ] as const)('%s %s', async (method, path, status, field) => {
    const body =
      method === 'PUT'
        ? path.startsWith('/people')
          ? { role: 'viewer' }
          : feature
        : method === 'POST'
          ? {}
          : undefined;
    expectProblem(await call(method, path, { key, body }), status, field);
  });
});

describe('a rollout that cannot be', () => {
  test.each<[string, unknown, number, string]>([
    [
      'an unknown cohort',
      planWith((p) => Object.assign(p.stages[1]?.exposure ?? {}, { nobody: 5 })),
      400,
      'stages[1].exposure.nobody',
    ],
    [
      'a stage over 100 %',
      planWith((p) => Object.assign(p.stages[0]?.exposure ?? {}, { internal: 101 })),
      400,
      'stages[0].exposure.internal',
    ],
    [
      'a share below 0',
      planWith((p) => Object.assign(p.stages[0]?.exposure ?? {}, { internal: -1 })),
      400,
      'stages[0].exposure.internal',
    ],
    [
      'a stage name twice',
      planWith((p) => Object.assign(p.stages[1] ?? {}, { name: 'internal' })),
      400,
      'stages[1].name',
    ],
    [
      'a criterion name twice',
      planWith((p) => p.criteria.push({ ...plan.criteria[0] } as never)),
      400,
      'criteria[1].name',
    ],
    ['no stages', { ...plan, stages: [] }, 400, 'stages'],
    ['no criteria', { ...plan, criteria: [] }, 400, 'criteria'],
    ['an unknown feature', { ...plan, feature: 'nope' }, 400, 'feature'],
    ['an unknown version', { ...plan, candidate: 'nope' }, 400, 'candidate'],
    ['the baseline as the candidate', { ...plan, candidate: 'control' }, 400, 'candidate'],
    [
      'a margin that is none',
      planWith((p) => Object.assign(p.criteria[0] ?? {}, { margin: 'much' })),
      400,
      'criteria[0].margin',
    ],
    [
      'a share of nothing',
      planWith((p) => Object.assign(p.criteria[0] ?? {}, { of: undefined })),
      400,
      'criteria[0].of',
    ],
    [
      'a duration that is none',
      planWith((p) => Object.assign(p.stages[0] ?? {}, { minDuration: 'soon' })),
      400,
      'stages[0].minDuration',
    ],
    ['a misspelt field', { ...plan, hypotesis: 'x' }, 400, 'hypotesis'],
  ])('%s', async (_name, body, status, field) => {
    const before = await rows();
    expectProblem(await call('POST', '/rollouts', { key, body }), status, field);
    expect(await rows()).toEqual(before);
  });
});

describe('a second running rollout', () => {
  test('of one feature and environment is a conflict; the draft stays a draft', async () => {
    const make = async () => ((await call('POST', '/rollouts', { key, body: plan })).body as { id: string }).id;
    const [first, second] = [await make(), await make()];
    expect((await call('POST', `/rollouts/${first}/start`, { key, body: { reason: 'go' } })).status).toBe(200);
    const refused = await call('POST', `/rollouts/${second}/start`, { key, body: { reason: 'go' } });
    expect(expectProblem(refused, 409).code).toBe('conflict');
    expect((await call('GET', `/rollouts/${second}`, { key })).body).toMatchObject({ state: 'draft' });
    // A verb that the state does not allow, and one that saw an older state.
    expectProblem(await call('POST', `/rollouts/${second}/widen`, { key, body: { reason: 'go' } }), 409);
    const stale = { reason: 'go', expectedEpoch: 0 };
    expectProblem(await call('POST', `/rollouts/${first}/hold`, { key, body: stale }), 409);
    expectProblem(await call('PUT', `/rollouts/${first}`, { key, body: plan }), 409);
    expectProblem(await call('DELETE', `/rollouts/${first}`, { key }), 409);
    expectProblem(await call('POST', `/rollouts/${first}/hold`, { key, body: { reason: 7 } }), 400, 'reason');
  });
});

describe('Idempotency-Key', () => {
  const headers = { 'idempotency-key': 'abc-1' };

  test('a retry gets the first answer and makes nothing twice; another request under it is a conflict', async () => {
    const before = (await rows())?.rollouts;
    const first = await call('POST', '/rollouts', { key, headers, body: plan });
    const retry = await call('POST', '/rollouts', { key, headers, body: plan });
    expect(first.status).toBe(201);
    expect(retry.status).toBe(201);
    expect(retry.body).toEqual(first.body);
    expect((await rows())?.rollouts).toBe(before + 1);
    expectProblem(await call('POST', '/rollouts', { key, headers, body: { ...plan, owner: 'x' } }), 409);
    expectProblem(
      await call('POST', '/rollouts', { key, headers: { 'idempotency-key': 'a b' }, body: plan }),
      400,
      'Idempotency-Key',
    );
  });

  test('a request that failed may be tried again under the same key', async () => {
    const again = { 'idempotency-key': 'abc-2' };
    expectProblem(await call('POST', '/rollouts', { key, headers: again, body: { ...plan, owner: '' } }), 400, 'owner');
    expect((await call('POST', '/rollouts', { key, headers: again, body: { ...plan, owner: '' } })).status).toBe(400);
    expect((await call('POST', '/rollouts', { key, headers: { 'idempotency-key': 'abc-3' }, body: plan })).status).toBe(
      201,
    );
  });
});

test('YAML is read as JSON is', async () => {
  const body = `
owner: payments
versions: { control: false, treatment: true }   # what OFREP answers
baseline: control
`;
  const headers = { 'content-type': 'application/yaml' };
  const answer = await call('PUT', '/features/from-yaml', { key, headers, body });
  expect(answer.status).toBe(200);
  expect(answer.body).toMatchObject({
    id: 'from-yaml',
    key: 'from-yaml',
    versions: { control: false, treatment: true },
  });
});
