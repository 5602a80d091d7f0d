/** Who may call what: every operation × everybody. An operation that is not in the table does not build. */
import { beforeAll, describe, expect, test } from 'vitest';
import { allowed, type Permission, type Role, roles } from '@/lib/access/model';
import { operations } from '@/lib/http/operations';
import type { Operation } from '@/lib/http/operations/operation';
import { type Ask, call, testConsole } from './console';

const house = testConsole();
const keys = new Map<Role, string>();
const all = Object.entries<Operation>(operations);

/** Real addresses and bodies, so that a caller who is let in gets as far as the verb. */
const params: Record<string, string> = { key: 'checkout', id: 'nothing', targetingKey: 'user-1', verb: 'hold' };
const queries: Record<string, string> = {
  removeOverride: '?reason=test',
  deleteCohort: '?reason=test',
  previewVerb: '?verb=hold',
  getRolloutSeries: '?metric=m&measure=rate',
  getFeatureSeries: '?metric=m&measure=rate',
  listMetrics: '?feature=checkout',
  readPlane: '?feature=checkout',
};
const bodies: Record<string, unknown> = {
  putFeature: { owner: 'payments', versions: { control: false, treatment: true }, baseline: 'control' },
  putCohort: { rules: [{ attribute: 'plan', in: ['beta'] }] },
  setOverride: { scope: 'user', value: 'u', effect: 'serve', version: 'treatment', reason: 'test' },
  killFeature: { reason: 'test' },
  reviveFeature: { reason: 'test' },
  performVerb: { reason: 'test' },
  refuse: { comment: 'no' },
  createKey: { name: 'made', role: 'viewer' },
  invitePerson: { name: 'Somebody', role: 'viewer' },
  setRole: { role: 'viewer' },
  stopAutomation: { reason: 'test' },
  resumeAutomation: { reason: 'test' },
  putMapping: { rules: [{ kind: 'flag', feature: ['f'], version: ['v'] }] },
  putRetention: {},
  createWebhook: { name: 'made', url: 'https://hooks.example.test/' },
  putWebhook: { name: 'made', url: 'https://hooks.example.test/' },
  createPlane: { name: 'made', webhook: 'nothing' },
  putPlane: { name: 'made', webhook: 'nothing' },
  addNoticeAddress: { webhook: 'nothing' },
  changeNoticeAddress: { webhook: 'nothing' },
  putConsoleAddress: { url: null },
  putRollbackCap: { max: 5 },
  retryRollback: { reason: 'test' },
  acknowledgeRollback: { reason: 'test' },
  tickRollback: { step: 'restore' },
};

async function ask(name: string, operation: Operation, credentials: Ask): Promise<number> {
  const path = operation.path.replace(/\{(\w+)\}/g, (_, param: string) => params[param] ?? param);
  const body = operation.input ? (bodies[name] ?? {}) : undefined;
  const stop = new AbortController();
  const asked = { body, ...credentials, signal: stop.signal };
  if (operation.produces === 'text/event-stream') stop.abort();
  return (await call(operation.method, `${path}${queries[name] ?? ''}`, asked)).status;
}

beforeAll(async () => {
  for (const role of roles) keys.set(role, await house.newKey(role));
});

describe.each(all)('%s', (name, operation) => {
  const { permission } = operation;
  const mayBy = (role: Role) => permission === null || allowed[role].includes(permission as Permission);

  test('nobody, by whichever false way, is told 401', async () => {
    const expected = permission === null ? 200 : 401;
    const key = keys.get('admin') ?? '';
    const last = key.endsWith('0') ? '1' : '0';
    expect(await ask(name, operation, {})).toBe(expected);
    expect(await ask(name, operation, { key: `${key.slice(0, -1)}${last}` })).toBe(expected);
    expect(await ask(name, operation, { session: 'x'.repeat(40) })).toBe(expected);
    expect(await ask(name, operation, { headers: { authorization: 'Basic YTpi' } })).toBe(expected);
    expect(await ask(name, operation, { headers: { 'x-middleware-subrequest': 'proxy:proxy:proxy' } })).toBe(expected);
  });

  test.each(roles)('%s', async (role) => {
    const status = await ask(name, operation, { key: keys.get(role) });
    if (!mayBy(role)) return expect(status).toBe(403);
    expect(status).not.toBe(401);
    expect(status).not.toBe(403);
    expect(status).toBeLessThan(500);
  });
});

describe('a change with the session cookie', () => {
  let session = '';
  const path = '/features/csrf';
  const body = bodies.putFeature;
  beforeAll(async () => {
    session = await house.newSession('Ada', 'admin');
  });

  test.each([
    ['without an Origin', { origin: '' }],
    ['from another site', { origin: 'https://evil.test' }],
    ['from another port of this machine', { origin: 'http://127.0.0.1:8080' }],
    ['from a sandboxed frame', { origin: 'null' }],
    ['that the browser calls cross-site', { 'sec-fetch-site': 'cross-site' }],
  ])('is refused %s', async (_name, headers) => {
    const answer = await call('PUT', path, { session, headers: headers as Record<string, string>, body });
    expect(answer.status).toBe(403);
    expect((await call('GET', path, { session })).status).toBe(404);
  });

  test('is done from our own page, and a key needs no Origin', async () => {
    expect((await call('PUT', path, { session, body })).status).toBe(200);
    const headers = { origin: 'https://evil.test' };
    expect((await call('PUT', path, { key: keys.get('admin'), headers, body })).status).toBe(200);
  });

  test('a browser that asks only to look needs no Origin', async () => {
    expect((await call('GET', '/me', { session })).body).toMatchObject({ kind: 'person', name: 'Ada', role: 'admin' });
  });
});

describe('a key of one environment', () => {
  test('changes nothing of the whole organisation, nor of another environment', async () => {
    const key = await house.newKey('admin', 'staging');
    const body = bodies.putFeature;
    expect((await call('PUT', '/features/checkout', { key, body })).status).toBe(403);
    expect((await call('POST', '/features/checkout/kill', { key, body: { reason: 'r' } })).status).toBe(403);
    const elsewhere = { reason: 'r', environment: 'production' };
    expect((await call('POST', '/features/checkout/kill', { key, body: elsewhere })).status).toBe(403);
    expect((await call('PUT', '/settings/retention', { key, body: {} })).status).toBe(403);
    expect((await call('POST', '/keys', { key, body: { name: 'n', role: 'admin' } })).status).toBe(403);
    expect((await call('GET', '/events?environment=production', { key })).status).toBe(403);
  });

  test('acts in its own', async () => {
    const key = await house.newKey('admin', 'staging');
    await call('PUT', '/features/checkout', { key: keys.get('admin'), body: bodies.putFeature });
    const own = { reason: 'r', environment: 'staging' };
    expect((await call('POST', '/features/checkout/kill', { key, body: own })).status).toBe(200);
  });
});

test('a revoked key is out from the next request on', async () => {
  const admin = keys.get('admin');
  const made = await call('POST', '/keys', { key: admin, body: { name: 'short-lived', role: 'viewer' } });
  const { id, key } = made.body as { id: string; key: string };
  expect((await call('GET', '/features', { key })).status).toBe(200);
  expect((await call('DELETE', `/keys/${id}`, { key: admin })).status).toBe(200);
  const after = await call('GET', '/features', { key });
  expect(after.status).toBe(401);
  expect(after.headers.get('www-authenticate')).toMatch(/^Bearer/);
  const listed = await call('GET', '/keys', { key: admin });
  expect(listed.text).not.toContain(key.split('_')[2]);
});
