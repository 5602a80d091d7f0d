/** The receiver as a process: its door, its port and its end, with the stock exporter of OpenTelemetry. */
import { request as httpRequest } from 'node:http';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testDatabase } from '@/e2e/database';
import { createKey, revokeKey } from '@/lib/access/access';
import { readBlock } from '@/lib/signal/ledger/block';
import type { PointSink } from '@/lib/signal/model';
import { type ReceiverProcess, startReceiver } from './receiver/process';

const { database, url, context } = testDatabase();
let receiver: ReceiverProcess;

beforeAll(async () => {
  receiver = await startReceiver({ databaseUrl: url() });
});
afterAll(async () => {
  await receiver?.end('SIGKILL');
});

const at = (path: string) => `http://127.0.0.1:${receiver.port}${path}`;
const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(at(path), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
const point = (metric: string) => ({
  resourceMetrics: [
    {
      scopeMetrics: [
        { metrics: [{ name: metric, gauge: { dataPoints: [{ timeUnixNano: '1790000000000000000', asInt: 1 }] } }] },
      ],
    },
  ],
});

test('what the stock exporter sends is in the ledger, bucket for bucket', async () => {
  const reader = new PeriodicExportingMetricReader({
    exporter: new OTLPMetricExporter({ url: at('/v1/metrics') }),
    exportIntervalMillis: 3_600_000,
  });
  const provider = new MeterProvider({
    resource: resourceFromAttributes({ 'service.name': 'stock' }),
    readers: [reader],
  });
  const meter = provider.getMeter('test', '1.2.3');
  meter.createCounter('stock.count', { unit: '{order}' }).add(3, { 'feature_flag.key': 'f', cohort: 'beta' });
  const histogram = meter.createHistogram('stock.duration', {
    unit: 's',
    advice: { explicitBucketBoundaries: [0.1, 1] },
  });
  for (const value of [0.05, 0.5, 0.6, 7]) histogram.record(value, { 'http.route': '/checkout' });
  await reader.forceFlush();
  await provider.shutdown();
  const streams = await database().sql`
    select id, metric, kind, unit, temporality, monotonic, attributes, scope, resource ->> 'service.name' as service
    from stream where metric like 'stock.%' order by metric`;
  const scope = { name: 'test', version: '1.2.3', attributes: {} };
  expect(streams.map(({ id, ...rest }) => rest)).toEqual([
    {
      metric: 'stock.count',
      kind: 'sum',
      unit: '{order}',
      temporality: 'cumulative',
      monotonic: true,
      attributes: { 'feature_flag.key': 'f', cohort: 'beta' },
      scope,
      service: 'stock',
    },
    {
      metric: 'stock.duration',
      kind: 'histogram',
      unit: 's',
      temporality: 'cumulative',
      monotonic: false,
      attributes: { 'http.route': '/checkout' },
      scope,
      service: 'stock',
    },
  ]);
  const told: unknown[] = [];
  const sink = {
    number: (stream: number, ...rest: unknown[]) => told.push([stream, rest[3]]),
    histogram: (stream: number, ...rest: unknown[]) => {
      const [count, sum, min, max, bounds, counts] = rest.slice(3) as [
        number,
        number,
        number,
        number,
        Float64Array,
        Float64Array,
      ];
      told.push([stream, count, sum, min, max, [...bounds], [...counts]]);
    },
  } as unknown as PointSink;
  for (const { block } of await database().sql<Array<{ block: Buffer }>>`select block from ledger`)
    readBlock(block, sink);
  expect(told).toContainEqual([Number(streams[0]?.id), 3]);
  expect(told).toContainEqual([Number(streams[1]?.id), 4, 8.15, 0.05, 7, [0.1, 1], [1, 2, 1]]);
});

describe('the door', () => {
  test('lets loopback in without a key, but not with a wrong one, nor a page of another site', async () => {
    expect((await post('/v1/metrics', point('door'))).status).toBe(200);
    const wrong = await post('/v1/metrics', point('door'), { authorization: 'Bearer nonsense' });
    expect(wrong.status).toBe(401);
    expect(await wrong.json()).toMatchObject({ code: 16 });
    expect((await post('/v1/metrics', point('door'), { origin: 'http://evil.example' })).status).toBe(401);
    expect(await withHost('evil.example')).toBe(401);
  });

  test('gives a key its role and environment, and shuts within a second of revocation', async () => {
    const ingest = await createKey(context(), { name: 'shop', role: 'ingest', environment: 'staging' });
    const viewer = await createKey(context(), { name: 'eyes', role: 'viewer' });
    const send = (key: string) => post('/v1/metrics', point('keyed'), { authorization: `Bearer ${key}` });
    expect((await send(ingest.key)).status).toBe(200);
    expect((await send(viewer.key)).status).toBe(403);
    const [stream] = await database().sql`select environment from stream where metric = 'keyed'`;
    expect(stream?.environment).toBe('staging');
    expect((await post('/ofrep/v1/evaluate/flags', { context: {} }, { 'x-api-key': ingest.key })).status).toBe(403);
    await revokeKey(context(), ingest.id);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect((await send(ingest.key)).status).toBe(401);
  });

  test('answers OFREP, health and readiness', async () => {
    const flags = await post('/ofrep/v1/evaluate/flags/none', { context: { targetingKey: 'u' } });
    expect(flags.status).toBe(404);
    expect(await flags.json()).toMatchObject({ errorCode: 'FLAG_NOT_FOUND' });
    const all = await post('/ofrep/v1/evaluate/flags', { context: { targetingKey: 'u' } });
    expect(all.status).toBe(200);
    const again = await post(
      '/ofrep/v1/evaluate/flags',
      { context: { targetingKey: 'u' } },
      { 'if-none-match': all.headers.get('etag') ?? '' },
    );
    expect(again.status).toBe(304);
    expect((await fetch(at('/healthz'))).status).toBe(200);
    expect(await (await fetch(at('/readyz'))).json()).toEqual({ database: 'ok' });
  });

  test('refuses a body that says it is too large before reading it', async () => {
    const status = await new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'content-length': String(65 * 1024 * 1024) };
      const sent = httpRequest(at('/v1/metrics'), { method: 'POST', headers }, (answer) => {
        resolve(answer.statusCode);
        sent.destroy();
      });
      sent.on('error', reject);
      sent.write('{');
    });
    expect(status).toBe(413);
  });
});

/** fetch does not let a Host be chosen. */
function withHost(host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { host, 'content-type': 'application/json' };
    const sent = httpRequest(at('/v1/metrics'), { method: 'POST', headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    sent.on('error', reject);
    sent.end('{}');
  });
}

describe('the process', () => {
  test('commits what it has taken before SIGTERM ends it', async () => {
    const another = await startReceiver({ databaseUrl: url() });
    const answers = Array.from({ length: 20 }, (_, i) =>
      fetch(`http://127.0.0.1:${another.port}/v1/metrics`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(point(`drained-${i}`)),
      }).then(
        (r) => r.status,
        () => 0,
      ),
    );
    const statuses = Promise.all(answers);
    await answers[0];
    expect(await another.end('SIGTERM')).toEqual({ code: 0, signal: null });
    const acknowledged = (await statuses).filter((s) => s === 200).length;
    const [row] = await database().sql`select count(*)::int as n from stream where metric like 'drained-%'`;
    expect(acknowledged).toBeGreaterThan(0);
    expect(row?.n).toBeGreaterThanOrEqual(acknowledged);
  });

  test('says in one line that its port is taken, and ends', async () => {
    await expect(startReceiver({ databaseUrl: url(), port: receiver.port })).rejects.toThrow(
      `port ${receiver.port} is in use: set OTLP_PORT to another`,
    );
  });

  test('binds nothing but loopback while there is no key', async () => {
    await database().sql`delete from api_key`;
    await expect(startReceiver({ databaseUrl: url(), env: { HOST: '0.0.0.0' } })).rejects.toThrow('there is no key');
    const made = await createKey(context(), { name: 'first', role: 'ingest' });
    const open = await startReceiver({ databaseUrl: url(), env: { HOST: '0.0.0.0' } });
    const send = (headers: Record<string, string>) =>
      fetch(`http://127.0.0.1:${open.port}/v1/metrics`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: '{}',
      }).then((r) => r.status);
    expect(await send({})).toBe(401);
    expect(await send({ authorization: `Bearer ${made.key}` })).toBe(200);
    await open.end('SIGTERM');
  });
});
