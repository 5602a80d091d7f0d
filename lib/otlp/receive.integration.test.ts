import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testDatabase } from '@/e2e/database';
import { readBlock } from '@/lib/signal/ledger/block';
import type { PointSink } from '@/lib/signal/model';
import { protobufOf } from './json';
import { openReceiver, type ReceiveRequest, type Receiver } from './receive';

const { database } = testDatabase();
const now = () => new Date();
let receiver: Receiver;
let other: Receiver;
const logged: unknown[] = [];

beforeAll(() => {
  receiver = openReceiver({ database: database(), now, log: (error) => logged.push(error) });
  other = openReceiver({ database: database(), now, log: (error) => logged.push(error) });
});
afterAll(async () => {
  await receiver.close();
  await other.close();
});

let clock = 1_790_000_000_000_000_000n;
const point = (over: Record<string, unknown> = {}) => ({ timeUnixNano: String(clock++), asDouble: 1.5, ...over });
const request = (points: unknown[], metric = 'm') => ({
  resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: metric, gauge: { dataPoints: points } }] }] }],
});
const jsonBody = (value: unknown) => Buffer.from(JSON.stringify(value));

const encodings = [
  { contentType: 'application/json', encode: jsonBody },
  { contentType: 'application/x-protobuf', encode: (value: unknown) => protobufOf(jsonBody(value)) },
];

const post = (over: Partial<ReceiveRequest>, to = receiver) =>
  to.receive({
    path: '/v1/metrics',
    method: 'POST',
    contentType: 'application/json',
    body: Buffer.from('{}'),
    environment: null,
    ...over,
  });

async function ledgerRows(): Promise<{ rows: number; points: number; pending: number }> {
  const [row] = await database().sql<[{ rows: number; points: number; pending: number }]>`
    select count(*)::int as rows, coalesce(sum(points), 0)::int as points,
      (select count(*)::int from ledger_pending) as pending from ledger`;
  return row;
}

/** Every number in the ledger, by metric. */
async function stored(metric: string): Promise<number[]> {
  const streams = await database().sql<Array<{ id: number }>>`select id from stream where metric = ${metric}`;
  const ids = new Set(streams.map((s) => Number(s.id)));
  const values: number[] = [];
  const sink = {
    number: (stream: number, _start: bigint, _time: bigint, _flags: number, value: number) => {
      if (ids.has(stream)) values.push(value);
    },
  } as PointSink;
  for (const { block } of await database().sql<Array<{ block: Buffer }>>`select block from ledger order by id`) {
    readBlock(block, sink);
  }
  return values;
}

describe.each(encodings)('in $contentType', ({ contentType, encode }) => {
  const isJson = contentType === 'application/json';
  const text = (body: Buffer) => body.toString('latin1');

  test('success is an empty answer of the same type, gzip or not', async () => {
    for (const contentEncoding of [undefined, 'identity', 'gzip', ' GZIP ']) {
      const plain = encode(request([point()]));
      const body = contentEncoding?.trim().toLowerCase() === 'gzip' ? gzipSync(plain) : plain;
      const answer = await post({ contentType: `${contentType}; charset=utf-8`, contentEncoding, body });
      expect(answer).toEqual({
        status: 200,
        headers: { 'content-type': contentType },
        body: isJson ? Buffer.from('{}') : Buffer.alloc(0),
      });
    }
  });

  test('an empty request is a success that leaves nothing behind', async () => {
    const before = await ledgerRows();
    expect((await post({ contentType, body: encode({}) })).status).toBe(200);
    expect(await ledgerRows()).toEqual(before);
  });

  test('points that cannot be stored are counted and explained, the others are kept', async () => {
    const metric = `partial-${isJson}`;
    const body = encode(
      request([point({ asDouble: 7 }), point({ timeUnixNano: '0' }), point({ timeUnixNano: '0' })], metric),
    );
    const answer = await post({ contentType, body });
    expect(answer.status).toBe(200);
    const message = `${metric}: a point has no time (2)`;
    if (isJson) {
      const partialSuccess = { rejectedDataPoints: '2', errorMessage: message };
      expect(JSON.parse(answer.body.toString())).toEqual({ partialSuccess });
    } else {
      // partial_success = 1 { rejected_data_points = 1: 2, error_message = 2 }
      const inner = Buffer.concat([Buffer.from([0x08, 2, 0x12, message.length]), Buffer.from(message)]);
      expect(answer.body).toEqual(Buffer.concat([Buffer.from([0x0a, inner.length]), inner]));
    }
    expect(await stored(metric)).toEqual([7]);
  });

  const broken = isJson ? Buffer.from('{"resourceMetrics":[') : Buffer.from([0x0a, 0x7f, 0x01]);
  const cases: Array<[string, number, number, Partial<ReceiveRequest>]> = [
    ['a broken body', 400, 3, { body: broken }],
    [
      'a body that is not gzip',
      400,
      3,
      { contentEncoding: 'gzip', body: Buffer.from('no gzip at all, whatever it says') },
    ],
    ['gzip cut short', 400, 3, { contentEncoding: 'gzip', body: gzipSync(Buffer.alloc(5000, 1)).subarray(0, -10) }],
    ['an empty body that should be gzip', 400, 3, { contentEncoding: 'gzip', body: Buffer.alloc(0) }],
    ['an unknown content encoding', 415, 3, { contentEncoding: 'zstd' }],
    ['another method', 405, 12, { method: 'GET' }],
    ['traces', 404, 12, { path: '/v1/traces' }],
    ['logs', 404, 12, { path: '/v1/logs' }],
    ['profiles', 404, 12, { path: '/v1development/profiles' }],
    ['anything else', 404, 12, { path: '/v1/metrics/' }],
    ['a body over 64 MiB', 413, 8, { body: Buffer.alloc(64 * 1024 * 1024 + 1, 32) }],
  ];
  test.each(cases)('%s is answered with %i and a Status', async (_what, status, code, over) => {
    const answer = await post({ contentType, ...over });
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toBe(contentType);
    if (isJson) expect(JSON.parse(text(answer.body))).toMatchObject({ code, message: expect.stringMatching(/.+/) });
    else {
      expect([...answer.body.subarray(0, 3)]).toEqual([0x08, code, 0x12]);
      expect(text(answer.body).includes('google.rpc.BadRequest')).toBe(status === 400);
    }
  });

  test('gzip of 1 GiB of nothing is refused without being held', async () => {
    const bomb = Buffer.concat(Array.from({ length: 16 }, () => gzipSync(Buffer.alloc(64 * 1024 * 1024))));
    const before = process.memoryUsage().rss;
    const answer = await post({ contentType, contentEncoding: 'gzip', body: bomb });
    expect(answer.status).toBe(413);
    expect(process.memoryUsage().rss - before).toBeLessThan(160 * 1024 * 1024);
  });
});

test('a content type that we do not know is 415, in JSON', async () => {
  for (const contentType of [undefined, 'text/plain', 'application/protobuf']) {
    const answer = await post({ contentType });
    expect([answer.status, answer.headers['content-type']]).toEqual([415, 'application/json']);
  }
});

test('no broken body is answered with anything but 200 or 400, and nothing is logged', async () => {
  const whole = encodings[1]?.encode(
    request([point(), point({ attributes: [{ key: 'a', value: { stringValue: 'é' } }] })]),
  ) as Buffer;
  const flips = fc.array(fc.tuple(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 })), {
    minLength: 1,
    maxLength: 3,
  });
  await fc.assert(
    fc.asyncProperty(flips, fc.nat({ max: whole.length }), async (given, cut) => {
      const body = Buffer.from(whole.subarray(0, cut));
      for (const [at, to] of given) if (at < body.length) body[at] = to;
      const { status } = await post({ contentType: 'application/x-protobuf', body });
      expect([200, 400]).toContain(status);
    }),
    { numRuns: 200 },
  );
  expect(logged).toEqual([]);
});

describe('what was received', () => {
  test('once and again, in either encoding, here and at another receiver, at once or later, counts once', async () => {
    const metric = 'again';
    const plain = request([point({ asDouble: 1 }), point({ asDouble: 2 })], metric);
    const before = await ledgerRows();
    const send = (i: number) => {
      const { contentType, encode } = encodings[i % 2] as (typeof encodings)[0];
      const body = i % 3 === 0 ? gzipSync(encode(plain)) : encode(plain);
      return post(
        { contentType, body, contentEncoding: i % 3 === 0 ? 'gzip' : undefined },
        i % 4 < 2 ? receiver : other,
      );
    };
    const answers = await Promise.all(Array.from({ length: 24 }, (_, i) => send(i)));
    answers.push(await send(0), await send(1));
    expect(new Set(answers.map((a) => a.status))).toEqual(new Set([200]));
    expect(await stored(metric)).toEqual([1, 2]);
    const after = await ledgerRows();
    expect(after).toEqual({ rows: before.rows + 1, points: before.points + 2, pending: before.pending + 1 });
  });

  test('under keys of two environments belongs to each', async () => {
    const metric = 'twice';
    const body = jsonBody(request([point()], metric));
    await post({ body, environment: 'staging' });
    await post({ body, environment: 'production' });
    expect(await stored(metric)).toHaveLength(2);
    const rows = await database().sql`select environment from stream where metric = ${metric} order by environment`;
    expect(rows.map((r) => r.environment)).toEqual(['production', 'staging']);
  });

  test('of new streams by two receivers at once has one id a stream', async () => {
    const metric = 'contended';
    const points = (from: number) =>
      Array.from({ length: 200 }, (_, i) =>
        point({ attributes: [{ key: 'n', value: { intValue: (from + i) % 300 } }], asDouble: (from + i) % 300 }),
      );
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        post({ body: jsonBody(request(points(i * 37), metric)) }, i % 2 ? receiver : other),
      ),
    );
    expect(new Set(answers.map((a) => a.status))).toEqual(new Set([200]));
    const [row] = await database().sql`
      select count(*)::int as all, count(distinct attributes)::int as distinct from stream where metric = ${metric}`;
    expect(row).toEqual({ all: 300, distinct: 300 });
    expect(await stored(metric)).toHaveLength(1600);
  });

  test('and rejected is kept to be shown, by metric and reason', async () => {
    const third = openReceiver({ database: database(), now });
    for (let i = 0; i < 3; i++) await post({ body: jsonBody(request([point({ asDouble: 'NaN' })], 'shown')) }, third);
    await third.close();
    const rows = await database()
      .sql`select environment, metric, message, points from rejection where metric = 'shown'`;
    expect([...rows]).toEqual([
      { environment: 'production', metric: 'shown', message: 'a value is not a finite number', points: 3 },
    ]);
  });
});

test('more in flight than may be is 503 with Retry-After, and passes', async () => {
  const narrow = openReceiver({ database: database(), now, maxBytesInFlight: 1000 });
  const large = jsonBody(request([point({ note: 'x'.repeat(1000) })], 'narrow'));
  const small = jsonBody(request([point()], 'narrow'));
  const answers = await Promise.all([post({ body: large }, narrow), post({ body: small }, narrow)]);
  expect(answers.map((a) => a.status)).toEqual([503, 200]);
  expect(answers[0]?.headers['retry-after']).toBe('1');
  expect((await post({ body: jsonBody(request([point()], 'narrow')) }, narrow)).status).toBe(200);
  await narrow.close();
});
