/** Telemetry and evaluations on the console's port: the receiver's own answers, behind the same door. */
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseConfig } from '@/lib/config';
import { wire } from '@/lib/wiring';
import { call, open, testConsole } from './console';

const house = testConsole();
let admin = '';

const json = { 'content-type': 'application/json' };
const metrics = (value: number) =>
  JSON.stringify({
    resourceMetrics: [
      {
        resource: { attributes: [{ key: 'deployment.environment.name', value: { stringValue: 'production' } }] },
        scopeMetrics: [
          {
            scope: { name: 'test' },
            metrics: [
              {
                name: 'queue.length',
                gauge: { dataPoints: [{ timeUnixNano: String(Date.now() * 1e6), asDouble: value }] },
              },
            ],
          },
        ],
      },
    ],
  });
const ledger = async () => (await house.database().sql`select count(*)::int as n from ledger`)[0]?.n as number;

beforeAll(async () => {
  admin = await house.newKey('admin');
  const feature = { owner: 'payments', versions: { control: false, treatment: true }, baseline: 'control' };
  await call('PUT', '/features/team%2Fcheckout', { key: admin, body: feature });
});

describe('telemetry', () => {
  test('is committed before it is answered; an identical retry counts once', async () => {
    const before = await ledger();
    const body = metrics(1);
    for (let i = 0; i < 2; i++) {
      const answer = await open('POST', '/v1/metrics', { headers: json, body });
      expect({ status: answer.status, body: await answer.json() }).toEqual({ status: 200, body: {} });
    }
    expect(await ledger()).toBe(before + 1);
  });

  test('protobuf answers protobuf, an empty one nothing', async () => {
    const headers = { 'content-type': 'application/x-protobuf', 'content-encoding': 'gzip' };
    const answer = await open('POST', '/v1/metrics', { headers, body: gzipSync(Buffer.alloc(0)) });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/x-protobuf');
    expect((await answer.arrayBuffer()).byteLength).toBe(0);
  });

  test.each<[string, string, string, Record<string, string>, string | undefined, number]>([
    ['broken JSON', 'POST', '/v1/metrics', json, '{"resourceMetrics":[', 400],
    ['a wrong type', 'POST', '/v1/metrics', { 'content-type': 'text/plain' }, 'x', 415],
    ['an unknown encoding', 'POST', '/v1/metrics', { ...json, 'content-encoding': 'br' }, 'x', 415],
    ['no gzip', 'POST', '/v1/metrics', { ...json, 'content-encoding': 'gzip' }, 'not gzip', 400],
    ['traces', 'POST', '/v1/traces', json, '{}', 404],
    ['logs', 'POST', '/v1/logs', json, '{}', 404],
    ['a look', 'GET', '/v1/metrics', {}, undefined, 405],
    [
      'from beyond this machine without a key',
      'POST',
      '/v1/metrics',
      { ...json, 'x-forwarded-for': '203.0.113.9' },
      metrics(2),
      401,
    ],
    ['from a page of another site', 'POST', '/v1/metrics', { ...json, origin: 'https://evil.test' }, metrics(3), 401],
    ['with a false key', 'POST', '/v1/metrics', { ...json, authorization: 'Bearer belay_x' }, metrics(4), 401],
  ])('%s gets a Status, and nothing reaches the ledger', async (_name, method, path, headers, body, status) => {
    const before = await ledger();
    const answer = await open(method, path, { headers, body });
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ code: expect.any(Number), message: expect.stringMatching(/\w/) });
    expect(await ledger()).toBe(before);
  });

  test('a key needs the role, and a session is no key', async () => {
    const ask = async (credentials: { key?: string; session?: string }) =>
      (
        await open('POST', '/v1/metrics', {
          ...credentials,
          headers: { ...json, 'x-forwarded-for': '203.0.113.9' },
          body: metrics(5),
        })
      ).status;
    expect(await ask({ key: await house.newKey('viewer') })).toBe(403);
    expect(await ask({ session: await house.newSession('Ada', 'admin') })).toBe(401);
    expect(await ask({ key: await house.newKey('ingest') })).toBe(200);
  });
});

describe('evaluation', () => {
  const path = '/ofrep/v1/evaluate/flags';
  const body = { context: { targetingKey: 'user-1' } };

  test('one flag, all flags, and not again what has not changed', async () => {
    const one = await open('POST', `${path}/team%2Fcheckout`, { body });
    expect(await one.json()).toMatchObject({
      key: 'team/checkout',
      value: false,
      variant: 'control',
      reason: 'STATIC',
    });
    const all = await open('POST', path, { body });
    const etag = all.headers.get('etag') ?? '';
    expect(await all.json()).toMatchObject({ flags: [{ key: 'team/checkout' }] });
    const same = await open('POST', path, { body, headers: { 'if-none-match': etag } });
    expect({ status: same.status, text: await same.text() }).toEqual({ status: 304, text: '' });
    const other = { context: { targetingKey: 'user-1', plan: 'beta' } };
    expect((await open('POST', path, { body: other, headers: { 'if-none-match': etag } })).status).toBe(200);
  });

  test.each<[string, string, unknown, Record<string, string>, number, string]>([
    ['an unknown flag', `${path}/nope`, body, {}, 404, 'FLAG_NOT_FOUND'],
    ['broken JSON', `${path}/team%2Fcheckout`, '{', json, 400, 'PARSE_ERROR'],
    ['a context that is none', `${path}/team%2Fcheckout`, { context: [] }, {}, 400, 'INVALID_CONTEXT'],
    ['more than 1 MiB', path, { context: { x: 'x'.repeat(1024 * 1024) } }, {}, 413, 'GENERAL'],
    ['a false key', path, body, { authorization: 'Bearer x' }, 401, 'GENERAL'],
    ['a page of another site', path, body, { origin: 'https://evil.test' }, 401, 'GENERAL'],
  ])('%s', async (_name, address, asked, headers, status, errorCode) => {
    const answer = await open('POST', address, { body: asked, headers });
    expect({ status: answer.status, said: await answer.json() }).toMatchObject({ status, said: { errorCode } });
  });

  test('the environment is the key’s', async () => {
    const reason = 'only here';
    await call('POST', '/features/team%2Fcheckout/kill', { key: admin, body: { reason, environment: 'staging' } });
    const ask = async (key?: string) => (await open('POST', `${path}/team%2Fcheckout`, { key, body })).json();
    expect(await ask(await house.newKey('evaluate', 'staging'))).toMatchObject({ reason: 'DISABLED' });
    expect(await ask()).toMatchObject({ reason: 'STATIC' });
  });
});

test('without keys nobody is let in once the console is bound to more than loopback', async () => {
  wire({ config: parseConfig({ DATABASE_URL: house.url(), HOST: '0.0.0.0' }) });
  expect((await open('POST', '/v1/metrics', { headers: json, body: metrics(6) })).status).toBe(401);
  expect((await open('POST', '/ofrep/v1/evaluate/flags', { body: {} })).status).toBe(401);
  wire({ config: parseConfig({ DATABASE_URL: house.url(), HOST: '127.0.0.1' }) });
});
