import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PointSink } from '../model';
import { encodeBlock, readBlock } from './block';
import { type Columns, newColumns, reserve, reservePool, type Section } from './columns';

type Point = { kind: keyof PointSink; arguments: unknown[] };

/** What a sink was told, with lent arrays copied. */
function recorded(read: (sink: PointSink) => void): Point[] {
  const points: Point[] = [];
  const note =
    (kind: keyof PointSink) =>
    (...given: unknown[]) => {
      points.push({ kind, arguments: given.map((v) => (v instanceof Float64Array ? Array.from(v) : v)) });
    };
  read({
    number: note('number'),
    histogram: note('histogram'),
    exponentialHistogram: note('exponentialHistogram'),
    summary: note('summary'),
  });
  return points;
}

const uint64 = fc.bigInt({ min: 0n, max: 18446744073709551615n });
const double = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(-0, Number.NaN, 2 ** 53, -(2 ** 53) - 2));
const count = fc.oneof(fc.nat(), fc.maxSafeNat(), fc.constantFrom(2 ** 63, 2 ** 64 - 2048));
const stream = fc.integer({ min: 1, max: 2147483647 });
const int32 = fc.integer({ min: -2147483648, max: 2147483647 });
const head = fc.tuple(stream, uint64, uint64, fc.nat({ max: 4294967295 }));
const moments = fc.tuple(count, double, double, double);
const increasing = fc.uniqueArray(fc.double({ noNaN: true }), { maxLength: 20 }).map((b) => b.sort((x, y) => x - y));
const buckets = fc.array(count, { maxLength: 20 });

const number = fc.tuple(head, double).map(([h, v]): Point => ({ kind: 'number', arguments: [...h, v] }));
const histogram = fc
  .tuple(head, moments, increasing, fc.boolean(), fc.infiniteStream(count))
  .map(([h, m, bounds, bare, counts]): Point => {
    const given = bare ? [[], []] : [bounds, [...counts.take(bounds.length + 1)]];
    return { kind: 'histogram', arguments: [...h, ...m, ...given] };
  });
const exponential = fc
  .tuple(head, moments, fc.tuple(int32, count, double), fc.tuple(int32, buckets, int32, buckets))
  .map(([h, m, z, b]): Point => ({ kind: 'exponentialHistogram', arguments: [...h, ...m, ...z, ...b] }));
const summary = fc.tuple(head, count, double).map(([h, c, s]): Point => ({ kind: 'summary', arguments: [...h, c, s] }));

function putHead(s: Section, given: unknown[]): number {
  const i = s.length++;
  reserve(s, s.length);
  const [id, start, time, flags] = given as [number, bigint, bigint, number];
  s.stream[i] = id;
  s.startLow[i] = Number(start & 0xffffffffn);
  s.startHigh[i] = Number(start >> 32n);
  s.timeLow[i] = Number(time & 0xffffffffn);
  s.timeHigh[i] = Number(time >> 32n);
  s.flags[i] = flags;
  return i;
}

function putPool(pool: Columns['counts'], counts: number[]): void {
  reservePool(pool, pool.length + counts.length);
  pool.data.set(counts, pool.length);
  pool.length += counts.length;
}

function columnsOf(points: Point[]): Columns {
  const columns = newColumns();
  for (const { kind, arguments: given } of points) {
    if (kind === 'number') {
      const i = putHead(columns.numbers, given);
      columns.numbers.value[i] = given[4] as number;
    }
    if (kind === 'summary') {
      const i = putHead(columns.summaries, given);
      columns.summaries.count[i] = given[4] as number;
      columns.summaries.sum[i] = given[5] as number;
    }
    const s = kind === 'histogram' ? columns.histograms : columns.exponentials;
    if (kind !== 'histogram' && kind !== 'exponentialHistogram') continue;
    const i = putHead(s, given);
    [s.count[i], s.sum[i], s.min[i], s.max[i]] = given.slice(4, 8) as [number, number, number, number];
    if (kind === 'histogram') {
      const [bounds, counts] = given.slice(8) as [number[], number[]];
      if (counts.length > 0) columns.bounds.push(Float64Array.from(bounds));
      columns.histograms.bounds[i] = counts.length > 0 ? columns.bounds.length : 0;
      putPool(columns.counts, counts);
    } else {
      const e = columns.exponentials;
      const [scale, zero, threshold, po, p, no, n] = given.slice(8) as [
        number,
        number,
        number,
        number,
        number[],
        number,
        number[],
      ];
      e.scale[i] = scale;
      e.zeroCount[i] = zero;
      e.zeroThreshold[i] = threshold;
      e.positiveOffset[i] = po;
      e.positiveLength[i] = p.length;
      e.negativeOffset[i] = no;
      e.negativeLength[i] = n.length;
      putPool(columns.exponentialCounts, [...p, ...n]);
    }
  }
  return columns;
}

const order: Array<keyof PointSink> = ['number', 'histogram', 'exponentialHistogram', 'summary'];
const byKind = (points: Point[]) => order.flatMap((kind) => points.filter((p) => p.kind === kind));

describe('a block', () => {
  test('gives back exactly what went in, kind by kind, in order', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(number, histogram, exponential, summary), { maxLength: 60 }), (points) => {
        const { block, points: counted } = encodeBlock(columnsOf(points));
        expect(counted).toBe(points.length);
        expect(recorded((sink) => readBlock(block, sink))).toEqual(byKind(points));
      }),
      { numRuns: 300 },
    );
  });

  test('keeps times that differ by less than a double can tell', () => {
    const times = [1790000000000000001n, 1790000000000000002n, 1790000000000000000n, 4294967295n, 4294967296n, 0n];
    const points = times.map((t): Point => ({ kind: 'number', arguments: [1, t, t, 0, 1.5] }));
    expect(recorded((sink) => readBlock(encodeBlock(columnsOf(points)).block, sink))).toEqual(points);
  });

  test('keeps bucket counts that are near those of the point before, and ones whose difference is not exact', () => {
    const near = fc.array(fc.array(fc.integer({ min: 1000, max: 1100 }), { minLength: 3, maxLength: 3 }), {
      minLength: 2,
    });
    const far = fc.array(fc.array(fc.constantFrom(0, 1, 2 ** 53 - 1, 2 ** 60), { minLength: 3, maxLength: 3 }));
    fc.assert(
      fc.property(fc.oneof(near, far), (rows) => {
        const moments = [5, 1, Number.NaN, Number.NaN];
        const points = rows.map(
          (counts): Point => ({ kind: 'histogram', arguments: [1, 0n, 9n, 0, ...moments, [1, 2], counts] }),
        );
        expect(recorded((sink) => readBlock(encodeBlock(columnsOf(points)).block, sink))).toEqual(points);
      }),
    );
  });

  test('has one digest for the same points and another for any other', () => {
    fc.assert(
      fc.property(number, number, (a, b) => {
        const digest = (p: Point) => encodeBlock(columnsOf([p])).digest.toString('hex');
        expect(digest(a)).toBe(digest(a));
        fc.pre(!a.arguments.every((v, i) => Object.is(v, b.arguments[i])));
        expect(digest(a)).not.toBe(digest(b));
      }),
    );
  });

  test('takes at most four bytes a point where instances report alike', () => {
    const points = Array.from({ length: 500 }, (_, i): Point => {
      const time = 1790000000000000000n;
      return { kind: 'number', arguments: [1000 + i, time - 60000000000n, time, 0, 40 * (i % 7)] };
    });
    expect(encodeBlock(columnsOf(points)).block.length / points.length).toBeLessThan(1);
  });

  test('that is cut short or of another version is refused', () => {
    const { block } = encodeBlock(columnsOf([{ kind: 'number', arguments: [1, 1n, 2n, 0, 0.5] }]));
    const sink = {} as PointSink;
    expect(() => readBlock(block.subarray(0, block.length - 3), sink)).toThrow();
    expect(() => readBlock(Buffer.concat([Buffer.from([9]), block.subarray(1)]), sink)).toThrow(/version 9/);
  });
});
