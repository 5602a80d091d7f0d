/** The HAProxies of drills over REST: who may name them, what is refused by its field, what asking them says. */
import { beforeAll, expect, test } from 'vitest';
import { drillProxiesView, proxyAnswerView } from '@/lib/http/views/drill-proxies';
import { call, testConsole } from './console';

const house = testConsole();
let operator = '';
let viewer = '';
let admin = '';
const path = '/settings/drill-proxies';

beforeAll(async () => {
  operator = await house.newKey('operator');
  viewer = await house.newKey('viewer');
  admin = await house.newKey('admin');
});

test('are named by an admin, read by whoever may view, asked by whoever operates, and told of in the history', async () => {
  expect((await call('GET', path, { key: viewer })).body).toEqual({ proxies: [] });
  const proxies = [
    { environment: 'production', address: 'unix@/nowhere/admin.sock' },
    { environment: 'production', address: 'ipv4@127.0.0.1:1', table: 'drills' },
  ];
  for (const key of [viewer, operator]) expect((await call('PUT', path, { key, body: { proxies } })).status).toBe(403);
  const set = await call('PUT', path, { key: admin, body: { proxies } });
  expect(set.status, set.text).toBe(200);
  expect(drillProxiesView.parse(set.body)).toEqual({
    proxies: [{ ...proxies[0], table: 'belay_drill' }, proxies[1]],
  });
  expect((await call('GET', path, { key: viewer })).body).toEqual(set.body);
  const told = await call('GET', '/events?limit=5', { key: viewer });
  expect(told.text).toContain('unix@/nowhere/admin.sock for production');

  expect((await call('POST', `${path}/check`, { key: viewer })).status).toBe(403);
  const asked = await call('POST', `${path}/check`, { key: operator });
  const answers = (asked.body as unknown[]).map((one) => proxyAnswerView.parse(one));
  expect(answers).toEqual(asked.body);
  expect(answers.map((a) => [a.ok, a.detail])).toEqual([
    [false, 'HAProxy at unix@/nowhere/admin.sock is not there: there is no such socket'],
    [false, 'HAProxy at ipv4@127.0.0.1:1 is not there: nobody listens'],
  ]);
});

test('are refused with the field that is wrong, and nothing is changed', async () => {
  const before = (await call('GET', path, { key: viewer })).body;
  const one = { environment: 'production', address: 'unix@/run/haproxy/admin.sock' };
  const wrong: Array<[object[], string]> = [
    [[{ ...one, address: '/run/haproxy/admin.sock' }], 'proxies[0].address'],
    [[{ ...one, address: 'unix@relative.sock' }], 'proxies[0].address'],
    [[{ ...one, address: 'unix@/run/a b' }], 'proxies[0].address'],
    [[{ ...one, address: 'ipv4@10.0.0.5:70000' }], 'proxies[0].address'],
    [[{ ...one, address: 'ipv4@10.0.0.5:0' }], 'proxies[0].address'],
    [[{ ...one, address: 'http://10.0.0.5:80' }], 'proxies[0].address'],
    [[{ ...one, table: 'a;shutdown sessions' }], 'proxies[0].table'],
    [[{ ...one, environment: 'drill/run_1' }], 'proxies[0].environment'],
    [[one, one], 'proxies[1].address'],
  ];
  for (const [proxies, field] of wrong) {
    const answer = await call('PUT', path, { key: admin, body: { proxies } });
    const { errors } = answer.body as { errors: Array<{ field: string }> };
    expect([answer.status, errors.map((e) => e.field)]).toEqual([400, [field]]);
  }
  expect((await call('GET', path, { key: viewer })).body).toEqual(before);
});
