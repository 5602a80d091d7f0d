import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeBlock, readBlock } from '@/lib/signal/ledger/block';
import { clearColumns, countPoints, newColumns } from '@/lib/signal/ledger/columns';
import type { PointSink } from '@/lib/signal/model';
import { decodeRequest } from './decode';
import { protobufOf } from './json';
import { newKnown, rememberStream } from './known';
import { Malformed } from './wire';
import {
  newProtoWriter,
  type ProtoWriter,
  writeDouble,
  writeDoubleField,
  writeFixed64Field,
  writeMessage,
  writeTextField,
  writeVarintField,
  written,
} from './write';

type Told = unknown[];

/** Decodes as the receiver does; streams get the ids 1, 2, … in the order of first sight. */
function decode(body: Buffer, options: { environment?: string; known?: ReturnType<typeof newKnown> } = {}) {
  const columns = newColumns();
  const decoded = decodeRequest(options.known ?? newKnown(), columns, body, options.environment ?? null);
  for (const s of [columns.numbers, columns.histograms, columns.exponentials, columns.summaries]) {
    for (let i = 0; i < s.length; i++) if ((s.stream[i] as number) < 0) s.stream[i] = -(s.stream[i] as number);
  }
  const block = encodeBlock(columns);
  const points: Told[] = [];
  const note =
    (kind: string) =>
    (...given: unknown[]) =>
      void points.push([kind, ...given.map((v) => (v instanceof Float64Array ? Array.from(v) : v))]);
  const sink = Object.fromEntries(
    ['number', 'histogram', 'exponentialHistogram', 'summary'].map((k) => [k, note(k)]),
  ) as unknown as PointSink;
  readBlock(block.block, sink);
  return {
    points,
    digest: block.digest.toString('hex'),
    streams: decoded.fresh.streams,
    rejected: [...decoded.rejections.values()].map((r) => `${r.metric}: ${r.message} (${r.points})`),
  };
}

const json = (value: unknown) => protobufOf(Buffer.from(JSON.stringify(value)));
const attributes = (given: Record<string, unknown>) => Object.entries(given).map(([key, value]) => ({ key, value }));
const request = (
  metrics: unknown[],
  resource: Record<string, unknown> = { 'service.name': { stringValue: 'shop' } },
) => ({
  resourceMetrics: [
    { resource: { attributes: attributes(resource) }, scopeMetrics: [{ scope: { name: 's' }, metrics }] },
  ],
});
const time = '1790000000000000001';

describe('points', () => {
  test('of every kind arrive as they were sent', () => {
    const common = { startTimeUnixNano: '1790000000000000000', timeUnixNano: time };
    const body = json(
      request([
        {
          name: 'g',
          gauge: {
            dataPoints: [
              { ...common, asDouble: -0.5 },
              { ...common, asInt: '-7' },
            ],
          },
        },
        { name: 's', sum: { aggregationTemporality: 1, isMonotonic: true, dataPoints: [{ ...common, asInt: 12 }] } },
        {
          name: 'h',
          unit: 's',
          histogram: {
            aggregationTemporality: 2,
            dataPoints: [
              {
                ...common,
                count: '6',
                sum: 3.5,
                min: 0.1,
                max: 2,
                bucketCounts: ['1', '2', 3],
                explicitBounds: [0.5, 1],
              },
              { ...common, count: 4, sum: 2 },
            ],
          },
        },
        {
          name: 'e',
          exponentialHistogram: {
            aggregationTemporality: 1,
            dataPoints: [
              {
                ...common,
                count: 10,
                scale: -2,
                zeroCount: 1,
                zeroThreshold: 0.001,
                positive: { offset: -3, bucketCounts: [1, 300] },
                negative: { offset: 4, bucketCounts: [2] },
              },
              { ...common, count: 303, scale: 3, positive: { bucketCounts: [3, 300] } },
            ].map((p, i) => (i === 0 ? { ...p, count: 304 } : p)),
          },
        },
        {
          name: 'q',
          summary: { dataPoints: [{ ...common, count: 9, sum: 4.5, quantileValues: [{ quantile: 0.5, value: 1 }] }] },
        },
      ]),
    );
    const t = [1790000000000000000n, 1790000000000000001n, 0];
    const { points, rejected, streams } = decode(body);
    expect(rejected).toEqual([]);
    expect(streams.map((s) => [s.family.metric, s.family.kind, s.family.temporality, s.family.monotonic])).toEqual([
      ['g', 'gauge', 'none', false],
      ['s', 'sum', 'delta', true],
      ['h', 'histogram', 'cumulative', false],
      ['e', 'exponential_histogram', 'delta', false],
      ['q', 'summary', 'none', false],
    ]);
    expect(points).toEqual([
      ['number', 1, ...t, -0.5],
      ['number', 1, ...t, -7],
      ['number', 2, ...t, 12],
      ['histogram', 3, ...t, 6, 3.5, 0.1, 2, [0.5, 1], [1, 2, 3]],
      ['histogram', 3, ...t, 4, 2, Number.NaN, Number.NaN, [], []],
      ['exponentialHistogram', 4, ...t, 304, Number.NaN, Number.NaN, Number.NaN, -2, 1, 0.001, -3, [1, 300], 4, [2]],
      ['exponentialHistogram', 4, ...t, 303, Number.NaN, Number.NaN, Number.NaN, 3, 0, 0, 0, [3, 300], 0, []],
      ['summary', 5, ...t, 9, 4.5],
    ]);
  });

  test.each<[string, Record<string, unknown>]>([
    ['a point has no time', { timeUnixNano: '0', asInt: 1 }],
    ['a point has no value', {}],
    ['a value is not a finite number', { asDouble: 'NaN' }],
    ['a value is not a finite number', { asDouble: '-Infinity' }],
    ['an attribute holds a NUL character', { asInt: 1, attributes: attributes({ a: { stringValue: 'x\0' } }) }],
    ['an attribute holds a NUL character', { asInt: 1, attributes: attributes({ 'k\0': { stringValue: 'x' } }) }],
    ['an attribute holds a NUL character', { asInt: 1, attributes: attributes({ a: { stringValue: '\ud800x' } }) }],
    [
      'an attribute holds a NUL character',
      { asInt: 1, attributes: attributes({ a: { arrayValue: { values: [{ stringValue: '\0' }] } } }) },
    ],
  ])('are rejected because %s, and their neighbours are not', (why, point) => {
    const good = { timeUnixNano: time, asInt: 1 };
    const body = json(request([{ name: 'm', gauge: { dataPoints: [good, { timeUnixNano: time, ...point }, good] } }]));
    const { points, rejected } = decode(body);
    expect(points).toHaveLength(2);
    expect(rejected).toEqual([expect.stringContaining(`m: ${why}`)]);
  });

  test.each<[string, string, Record<string, unknown>]>([
    ['3 bucket counts for 1 bounds', 'histogram', { count: 3, bucketCounts: [1, 1, 1], explicitBounds: [1] }],
    ['0 bucket counts for 1 bounds', 'histogram', { count: 3, explicitBounds: [1] }],
    ['bounds are not increasing', 'histogram', { count: 3, bucketCounts: [1, 1, 1], explicitBounds: [1, 1] }],
    ['bounds are not increasing', 'histogram', { count: 2, bucketCounts: [1, 1], explicitBounds: ['NaN'] }],
    ['do not add up to the count', 'histogram', { count: 4, bucketCounts: [1, 1, 1], explicitBounds: [1, 2] }],
    ['sum, min or max is not', 'histogram', { count: 4, sum: 'NaN' }],
    ['sum, min or max is not', 'histogram', { count: 4, max: 'Infinity' }],
    [
      'outside the range of doubles',
      'exponentialHistogram',
      { count: 1, scale: 0, positive: { offset: 1024, bucketCounts: [1] } },
    ],
    [
      'outside the range of doubles',
      'exponentialHistogram',
      { count: 1, scale: 0, negative: { offset: -1076, bucketCounts: [1] } },
    ],
    [
      'outside the range of doubles',
      'exponentialHistogram',
      { count: 1, scale: -10, positive: { offset: 1, bucketCounts: [1] } },
    ],
    ['a zero threshold', 'exponentialHistogram', { count: 0, zeroThreshold: -1 }],
    ['do not add up to the count', 'exponentialHistogram', { count: 2, zeroCount: 1 }],
  ])('with %s are rejected (%s)', (why, kind, point) => {
    const data = { aggregationTemporality: 2, dataPoints: [{ timeUnixNano: time, ...point }] };
    const { points, rejected } = decode(json(request([{ name: 'm', [kind]: data }])));
    expect(points).toEqual([]);
    expect(rejected).toEqual([expect.stringContaining(why)]);
  });

  test.each([
    ['gauge', { flags: 1 }, ['number', 1, 0n, 1790000000000000001n, 1, Number.NaN]],
    ['summary', { flags: 1, sum: 'NaN' }, ['summary', 1, 0n, 1790000000000000001n, 1, 0, Number.NaN]],
    [
      'histogram',
      { flags: 1, bucketCounts: [1], explicitBounds: [1] },
      ['histogram', 1, 0n, 1790000000000000001n, 1, 0, Number.NaN, Number.NaN, Number.NaN, [], []],
    ],
  ])('marked as not recorded may lack their value (%s)', (kind, point, told) => {
    const data = { aggregationTemporality: 2, dataPoints: [{ timeUnixNano: time, ...point }] };
    const { points, rejected } = decode(json(request([{ name: 'm', [kind]: data }])));
    expect(rejected).toEqual([]);
    expect(points).toEqual([told]);
  });

  test.each([
    ['the metric has no name', { sum: { aggregationTemporality: 2 } }],
    ['the aggregation temporality is unspecified', { name: 'm', sum: {} }],
    ['the aggregation temporality is unspecified', { name: 'm', sum: { aggregationTemporality: 7 } }],
    ['the name is longer than 1024 bytes', { name: 'm'.repeat(1025), sum: { aggregationTemporality: 2 } }],
    ['the unit holds a NUL', { name: 'm', unit: '\0', sum: { aggregationTemporality: 2 } }],
  ])('of a metric are all rejected because %s', (why, metric) => {
    const dataPoints = [1, 2, 3].map((asInt) => ({ timeUnixNano: time, asInt }));
    const { points, rejected } = decode(json(request([{ ...metric, sum: { ...metric.sum, dataPoints } }])));
    expect(points).toEqual([]);
    expect(rejected).toHaveLength(1);
    expect(rejected[0]).toContain(why);
    expect(rejected[0]).toContain('(3)');
  });

  test('keep counts beyond 2^53 and times to the nanosecond', () => {
    const body = json(
      request([
        {
          name: 'm',
          histogram: { aggregationTemporality: 1, dataPoints: [{ timeUnixNano: time, count: '18446744073709549568' }] },
        },
      ]),
    );
    expect(decode(body).points[0]?.slice(3, 6)).toEqual([1790000000000000001n, 0, 2 ** 64 - 2048]);
  });
});

describe('streams', () => {
  const named = (given: Record<string, unknown>, resource?: Record<string, unknown>) =>
    json(
      request(
        [{ name: 'm', gauge: { dataPoints: [{ timeUnixNano: time, asInt: 1, attributes: attributes(given) }] } }],
        resource,
      ),
    );
  const hashOf = (body: Buffer, environment?: string) =>
    decode(body, environment ? { environment } : {}).streams[0]?.hash;

  test('are one whatever the order of their attributes', () => {
    const a = { stringValue: '1' };
    const b = { intValue: '2' };
    expect(hashOf(named({ a, b }))).toBe(hashOf(named({ b, a })));
  });

  test('differ by the type of an attribute, by environment and by resource', () => {
    const all = [
      hashOf(named({ a: { stringValue: '1' } })),
      hashOf(named({ a: { intValue: '1' } })),
      hashOf(named({ a: { doubleValue: 1 } })),
      hashOf(named({ a: { boolValue: true } })),
      hashOf(named({ a: {} })),
      hashOf(named({})),
      hashOf(named({}, {})),
      hashOf(named({}, { 'deployment.environment.name': { stringValue: 'staging' } })),
      hashOf(named({}, {}), 'staging'),
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  test.each([
    [{}, undefined, 'production'],
    [{ 'deployment.environment': { stringValue: 'old' } }, undefined, 'old'],
    [
      { 'deployment.environment': { stringValue: 'old' }, 'deployment.environment.name': { stringValue: 'new' } },
      undefined,
      'new',
    ],
    [{ 'deployment.environment.name': { stringValue: 'new' } }, 'key', 'key'],
    [{ 'deployment.environment.name': { intValue: '1' } }, undefined, 'production'],
  ])(
    'belong to the environment of the key, else of the resource, else production (%j, %s)',
    (resource, key, environment) => {
      const { streams } = decode(named({}, resource), key ? { environment: key } : {});
      expect(streams[0]?.family.environment).toBe(environment);
    },
  );

  test('that are known are found again, in any order, and never taken for another', () => {
    const known = newKnown();
    const columns = newColumns();
    const ids = new Map<string, number>();
    const set = fc.record({ a: fc.constantFrom('', 'x', 'y', 'a longer value'), b: fc.nat({ max: 9 }) });
    fc.assert(
      fc.property(fc.array(set, { maxLength: 40 }), (sets) => {
        const dataPoints = sets.map(({ a, b }) => ({
          timeUnixNano: time,
          asInt: 1,
          attributes: attributes({ a: { stringValue: a }, b: { intValue: b } }),
        }));
        const body = json(request([{ name: 'm', gauge: { dataPoints } }]));
        const alone = decode(body);
        const hashes = alone.points.map((p) => alone.streams[(p[1] as number) - 1]?.hash as string);
        clearColumns(columns);
        const { fresh } = decodeRequest(known, columns, body, null);
        fresh.streams.forEach(({ hash }, i) => {
          if (!ids.has(hash)) ids.set(hash, ids.size + 1);
          const { metric, set } = fresh.pairs[i] as { metric: number; set: number };
          rememberStream(known.streams, metric, set, ids.get(hash) as number);
        });
        const found = Array.from(columns.numbers.stream.subarray(0, columns.numbers.length), (id) =>
          id > 0 ? id : ids.get(fresh.streams[-id - 1]?.hash as string),
        );
        expect(found).toEqual(hashes.map((hash) => ids.get(hash)));
      }),
      { numRuns: 300 },
    );
    expect(ids.size).toBe(40);
  });

  test('keep a key that JavaScript knows, and integers that it cannot hold', () => {
    const { streams } = decode(named({ ['__proto__']: { stringValue: 'x' }, n: { intValue: '9223372036854775807' } }));
    expect(streams[0]?.attributes).toBe('{"__proto__":"x","n":"9223372036854775807"}');
  });
});

describe('both encodings', () => {
  const value = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constant('NaN'));
  const any = fc.letrec<{ any: Record<string, unknown> }>((tie) => ({
    any: fc.oneof(
      { maxDepth: 3 },
      fc.record({ stringValue: fc.string({ unit: 'binary' }) }),
      fc.record({ intValue: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String) }),
      fc.record({ doubleValue: fc.double({ noNaN: true, noDefaultInfinity: true }) }),
      fc.record({ boolValue: fc.boolean() }),
      fc.record({ arrayValue: fc.record({ values: fc.array(tie('any'), { maxLength: 3 }) }) }),
      fc.record({
        kvlistValue: fc.record({
          values: fc.array(fc.record({ key: fc.string(), value: tie('any') }), { maxLength: 3 }),
        }),
      }),
    ),
  })).any;
  const point = fc.record({
    timeUnixNano: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String),
    startTimeUnixNano: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String),
    asDouble: value,
    attributes: fc.array(fc.record({ key: fc.string(), value: any }), { maxLength: 4 }),
  });
  const metrics = fc.array(
    fc.record({
      name: fc.string({ maxLength: 5 }),
      unit: fc.string({ maxLength: 3 }),
      gauge: fc.record({ dataPoints: fc.array(point, { maxLength: 5 }) }),
    }),
    { maxLength: 4 },
  );

  test('give the same block: long integers as numbers or strings, spaces, unknown fields', () => {
    fc.assert(
      fc.property(metrics, (given) => {
        const plain = request(given);
        const text = JSON.stringify(plain);
        const other = JSON.stringify({ unknown: [1, { a: '1234567890123456789' }], ...plain }, null, 1)
          .replace(/"timeUnixNano": "(\d+)"/g, '"timeUnixNano": $1')
          .replace(/"intValue": "(-?\d+)"/g, '"intValue":$1 ');
        const a = decode(protobufOf(Buffer.from(text)));
        const b = decode(protobufOf(Buffer.from(other)));
        expect(b).toEqual(a);
      }),
    );
  });

  test.each([
    ['{"resourceMetrics":5}', 'resourceMetrics must be an array'],
    ['{"resourceMetrics":[null]}', 'must be an object'],
    ['[]', 'the request must be an object'],
    ['{', 'not JSON'],
    ['{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":3}]}]}]}', 'name must be a string'],
    [
      '{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"sum":{"aggregationTemporality":"AGGREGATION_TEMPORALITY_DELTA"}}]}]}]}',
      'aggregationTemporality must be an integer',
    ],
    [
      '{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"gauge":{"dataPoints":[{"asInt":"1.5"}]}}]}]}]}',
      'asInt must be an integer',
    ],
    [
      '{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"gauge":{"dataPoints":[{"asDouble":"nan"}]}}]}]}]}',
      'asDouble must be a number',
    ],
    [
      '{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"gauge":{"dataPoints":[{"timeUnixNano":-1}]}}]}]}]}',
      'timeUnixNano must be between',
    ],
  ])('JSON %s is malformed: %s', (text, message) => {
    expect(() => decode(protobufOf(Buffer.from(text)))).toThrow(message);
  });

  test('null counts as absent, snake_case and unknown fields as nothing', () => {
    const body = {
      resource_metrics: 4,
      resourceMetrics: [{ resource: null, scopeMetrics: null, schemaUrl: null, x: [] }],
    };
    expect(decode(protobufOf(Buffer.from(JSON.stringify(body)))).points).toEqual([]);
  });
});

/** A number point whose content the test writes. */
function wire(content: (w: ProtoWriter) => void, metric: (w: ProtoWriter) => void = () => {}): Buffer {
  const w = newProtoWriter();
  writeMessage(w, 1, () =>
    writeMessage(w, 2, () =>
      writeMessage(w, 2, () => {
        writeTextField(w, 1, 'm');
        writeMessage(w, 5, () => writeMessage(w, 1, () => content(w)));
        metric(w);
      }),
    ),
  );
  return written(w);
}

const keyValue = (w: ProtoWriter, key: string, text: string) =>
  writeMessage(w, 7, () => {
    writeTextField(w, 1, key);
    writeMessage(w, 2, () => writeTextField(w, 1, text));
  });

describe('protobuf', () => {
  test('may interleave attributes with other fields, and repeat fields, of which the last counts', () => {
    const body = wire((w) => {
      keyValue(w, 'a', '1');
      writeFixed64Field(w, 3, 9n);
      keyValue(w, 'b', '2');
      writeDoubleField(w, 4, 1);
      writeDoubleField(w, 4, 2);
      writeVarintField(w, 99, 5);
      writeTextField(w, 98, 'newer than us');
      keyValue(w, 'a', 'later of the same name');
    });
    const { points, streams } = decode(body);
    expect(points).toEqual([['number', 1, 0n, 9n, 0, 2]]);
    expect(streams[0]?.attributes).toBe('{"a":"1","b":"2"}');
  });

  test('may send repeated numbers unpacked, and a message in pieces', () => {
    const body = wire(
      () => {},
      (w) =>
        writeMessage(w, 9, () => {
          writeMessage(w, 1, () => {
            writeFixed64Field(w, 3, 9n);
            writeFixed64Field(w, 4, 3n);
            writeFixed64Field(w, 6, 1n);
            writeDoubleField(w, 7, 0.5);
            writeMessage(w, 7, () => writeDouble(w, 0.75));
            writeFixed64Field(w, 6, 1n);
            writeFixed64Field(w, 6, 1n);
          });
          writeVarintField(w, 2, 1);
        }),
    );
    const { points, rejected } = decode(body);
    expect(rejected).toEqual([]);
    expect(points).toEqual([
      ['histogram', 1, 0n, 9n, 0, 3, Number.NaN, Number.NaN, Number.NaN, [0.5, 0.75], [1, 1, 1]],
    ]);
  });

  test.each<[string, Buffer]>([
    ['a known field of another wire type', wire((w) => writeVarintField(w, 3, 1))],
    ['a group', Buffer.from([0x0b, 0x0c])],
    ['field number 0', Buffer.from([0x00, 0x01])],
    ['a varint of eleven bytes', Buffer.from([0x08, ...Array(10).fill(0xff), 0x01])],
    ['a length beyond the end', Buffer.from([0x0a, 0x05, 0x00])],
    [
      'text that is not UTF-8',
      wire((w) => {
        writeFixed64Field(w, 3, 9n);
        writeDoubleField(w, 4, 1);
        keyValue(w, 'a', 'b');
      }),
    ],
  ])('with %s is malformed', (what, body) => {
    const bytes = Buffer.from(body);
    if (what.startsWith('text')) bytes[bytes.lastIndexOf('b')] = 0xff;
    expect(() => decode(bytes)).toThrow(Malformed);
  });

  test.each([
    [64, null],
    [65, 'nested deeper than 64'],
    [10_000, 'nested deeper than 64'],
  ])('with attribute values nested %i deep', (depth, message) => {
    const nest = (w: ProtoWriter, left: number): void => {
      if (left === 1) writeTextField(w, 1, 'x');
      else writeMessage(w, 5, () => writeMessage(w, 1, () => nest(w, left - 1)));
    };
    const body = () =>
      wire((w) => {
        writeFixed64Field(w, 3, 9n);
        writeDoubleField(w, 4, 1);
        writeMessage(w, 7, () => writeMessage(w, 2, () => nest(w, Math.min(depth, 1000))));
      });
    if (message) expect(() => decode(body())).toThrow(message);
    else expect(decode(body()).points).toHaveLength(1);
  });

  const whole = json(
    request([
      {
        name: 'g',
        gauge: {
          dataPoints: [{ timeUnixNano: time, asDouble: 1, attributes: attributes({ a: { stringValue: 'é' } }) }],
        },
      },
      {
        name: 'h',
        histogram: {
          aggregationTemporality: 2,
          dataPoints: [{ timeUnixNano: time, count: 3, bucketCounts: [1, 2], explicitBounds: [1] }],
        },
      },
      {
        name: 'e',
        exponentialHistogram: {
          aggregationTemporality: 1,
          dataPoints: [{ timeUnixNano: time, count: 3, positive: { offset: 1, bucketCounts: [1, 2] } }],
        },
      },
    ]),
  );

  test('cut short anywhere or with any bits flipped is decoded or malformed, nothing else', () => {
    const known = newKnown();
    const columns = newColumns();
    const survives = (bytes: Buffer) => {
      clearColumns(columns);
      try {
        decodeRequest(known, columns, bytes, null);
        expect(countPoints(columns)).toBeLessThanOrEqual(50);
      } catch (error) {
        if (!(error instanceof Malformed)) throw error;
      }
    };
    for (let length = 0; length < whole.length; length++) survives(whole.subarray(0, length));
    const flip = fc.tuple(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 }));
    fc.assert(
      fc.property(fc.array(flip, { minLength: 1, maxLength: 4 }), (flips) => {
        const bytes = Buffer.from(whole);
        for (const [at, to] of flips) bytes[at] = to;
        survives(bytes);
      }),
      { numRuns: 3000 },
    );
  });
});

test('what is known is forgotten when it grows past its limit, and learnt again', () => {
  const known = newKnown(20_000);
  const columns = newColumns();
  for (let i = 0; i < 200; i++) {
    clearColumns(columns);
    const body = json(
      request([{ name: `metric-${i}`.repeat(10), gauge: { dataPoints: [{ timeUnixNano: time, asInt: 1 }] } }]),
    );
    expect(decodeRequest(known, columns, body, null).fresh.streams).toHaveLength(1);
  }
  expect(known.generation).toBeGreaterThan(0);
});
