import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aggregateOf, type Bin, emptyBin, mergeBin } from './bin';
import {
  bucketOf,
  commonBounds,
  downscale,
  type Exponential,
  mergeExponential,
  subtractExponential,
  upperEdge,
  widestSpan,
} from './buckets';
import { encodeChunk, readChunk } from './codec';
import { explicitBuckets, exponentialBuckets, quantileOf } from './quantile';

const counts = (max = 6) => fc.array(fc.nat(50), { maxLength: max });
const exponential: fc.Arbitrary<Exponential> = fc
  .record({ scale: fc.integer({ min: -2, max: 6 }), zeroCount: fc.nat(9), at: fc.integer({ min: -40, max: 40 }) })
  .chain(({ scale, zeroCount, at }) =>
    fc.tuple(counts(), counts(), fc.constantFrom(0, 0, 1e-3)).map(([positive, negative, zeroThreshold]) => ({
      scale,
      zeroCount,
      // Values below the threshold would be in the zero bucket.
      zeroThreshold: upperEdge(scale, at - 1) > zeroThreshold ? zeroThreshold : 0,
      positive: { offset: at, counts: Float64Array.from(positive) },
      negative: { offset: at, counts: Float64Array.from(negative) },
    })),
  );

/** Counts by bucket, without the padding that spans may have. */
function plain(x: Exponential) {
  const side = ({ offset, counts: list }: Exponential['positive']) =>
    [...list].flatMap((c, i) => (c === 0 ? [] : [[offset + i, c]]));
  return { scale: x.scale, zero: x.zeroCount, positive: side(x.positive), negative: side(x.negative) };
}

const total = (x: Exponential) => x.zeroCount + [...x.positive.counts, ...x.negative.counts].reduce((a, b) => a + b, 0);

test('merging exponential histograms is associative and commutative, and loses nothing', () => {
  fc.assert(
    fc.property(exponential, exponential, exponential, (a, b, c) => {
      const left = mergeExponential(mergeExponential(a, b), c);
      expect(plain(left)).toEqual(plain(mergeExponential(a, mergeExponential(b, c))));
      expect(plain(mergeExponential(a, b))).toEqual(plain(mergeExponential(b, a)));
      expect(total(left)).toBe(total(a) + total(b) + total(c));
    }),
    { numRuns: 1000 },
  );
});

test('what was merged in can be taken out again', () => {
  fc.assert(
    fc.property(exponential, exponential, (a, b) => {
      const grown = subtractExponential(mergeExponential(a, b), a);
      expect(grown && total(grown)).toBe(total(b));
    }),
  );
});

test('downscaling is exact: every value stays in the bucket that holds it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 1e-6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 0, max: 8 }),
      fc.integer({ min: 1, max: 5 }),
      (values, scale, by) => {
        const held = (at: number): Exponential => {
          const indexes = values.map((v) => bucketOf(v, at));
          const offset = Math.min(...indexes);
          const list = new Float64Array(Math.max(...indexes) - offset + 1);
          for (const i of indexes) list[i - offset] = (list[i - offset] as number) + 1;
          const none = { offset: 0, counts: new Float64Array(0) };
          return { scale: at, zeroCount: 0, zeroThreshold: 0, positive: { offset, counts: list }, negative: none };
        };
        expect(plain(downscale(held(scale), scale - by))).toEqual(plain(held(scale - by)));
      },
    ),
  );
});

test('a merged range never grows wider than the cap', () => {
  const at = (offset: number): Exponential => ({
    scale: 8,
    zeroCount: 0,
    zeroThreshold: 0,
    positive: { offset, counts: Float64Array.of(1) },
    negative: { offset: 0, counts: new Float64Array(0) },
  });
  const merged = mergeExponential(at(-20_000), at(20_000));
  expect(merged.positive.counts.length).toBeLessThanOrEqual(widestSpan);
  expect(merged.scale).toBe(1);
  expect(total(merged)).toBe(2);
});

test('the widest zero threshold wins, and is raised to the edge of a populated bucket that it cuts', () => {
  const none = { offset: 0, counts: new Float64Array(0) };
  // Scale 0: bucket 0 is (1, 2], bucket 1 is (2, 4].
  const a = { scale: 0, zeroCount: 1, zeroThreshold: 1.5, positive: none, negative: none };
  const b = {
    scale: 0,
    zeroCount: 0,
    zeroThreshold: 0,
    positive: { offset: 0, counts: Float64Array.of(3, 4) },
    negative: none,
  };
  const cut = mergeExponential(a, b);
  expect([cut.zeroThreshold, cut.zeroCount, plain(cut).positive]).toEqual([2, 4, [[1, 4]]]);
  const clear = mergeExponential(a, { ...b, positive: { offset: 1, counts: Float64Array.of(4) } });
  expect([clear.zeroThreshold, clear.zeroCount]).toEqual([1.5, 1]);
});

test('edges are upper-inclusive', () => {
  expect([1, 2, 2.0000001, 4].map((v) => bucketOf(v, 0))).toEqual([-1, 0, 1, 1]);
});

const grids = [[1, 2, 5], [1, 5], [2, 5, 7], [5], []];
const explicitBin = fc.constantFrom(...grids).chain((bounds) =>
  fc.array(fc.nat(50), { minLength: bounds.length + 1, maxLength: bounds.length + 1 }).map((list): Bin => {
    const n = list.reduce((a, b) => a + b, 0);
    return { ...emptyBin(), n, sum: n * 2, bounds: Float64Array.from(bounds), counts: Float64Array.from(list) };
  }),
);

test('merging explicit histograms of any bounds is associative, and counts on common bounds', () => {
  const merged = (...bins: Bin[]) => {
    const sum = emptyBin();
    for (const bin of bins) mergeBin(sum, bin);
    return sum;
  };
  const shape = (b: Bin) => ({ n: b.n, sum: b.sum, bounds: [...(b.bounds ?? [])], counts: [...(b.counts ?? [])] });
  fc.assert(
    fc.property(explicitBin, explicitBin, explicitBin, (a, b, c) => {
      expect(shape(merged(merged(a, b), c))).toEqual(shape(merged(a, merged(b, c))));
      expect(shape(merged(a, b))).toEqual(shape(merged(b, a)));
      const all = merged(a, b, c);
      expect([...(all.counts ?? [])].reduce((x, y) => x + y, 0)).toBe(a.n + b.n + c.n);
    }),
  );
  expect([...commonBounds(Float64Array.of(1, 2, 5), Float64Array.of(2, 3, 5))]).toEqual([2, 5]);
});

test('bins survive being written and read, with and without their buckets', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(explicitBin, exponential), { minLength: 1, maxLength: 5 }), (list) => {
      const bins = new Map(
        list.map((b, i) => [i * 3, 'n' in b ? b : { ...emptyBin(), n: total(b), sum: 0.1, last: -7, exponential: b }]),
      );
      const shown = (b: Bin) => JSON.stringify(aggregateOf(b, b.exponential ? 'exponential_histogram' : 'histogram'));
      const read: string[] = [];
      const bare: number[] = [];
      const bytes = encodeChunk(bins);
      readChunk(bytes, true, (i, bin) => read.push(`${i} ${shown(bin)}`));
      readChunk(bytes, false, (_, bin) => bare.push(bin.n));
      expect(read).toEqual([...bins].map(([i, b]) => `${i} ${shown(b)}`));
      expect(bare).toEqual([...bins.values()].map((b) => b.n));
    }),
  );
});

test('quantiles: linear inside explicit buckets, logarithmic inside exponential ones', () => {
  const bounds = Float64Array.of(1, 2);
  const q = (counts: number[], at: number) =>
    quantileOf(explicitBuckets(bounds, Float64Array.from(counts), Number.NaN, Number.NaN), at);
  expect(q([0, 10, 0], 0.5)).toBe(1.5);
  expect(q([10, 0, 0], 0.5)).toBe(0.5);
  expect(q([0, 0, 10], 0.5)).toBe(2);
  expect(q([0, 0, 0], 0.5)).toBe(null);
  const x: Exponential = {
    scale: 0,
    zeroCount: 0,
    zeroThreshold: 0,
    positive: { offset: 0, counts: Float64Array.of(4) },
    negative: { offset: 1, counts: Float64Array.of(4) },
  };
  expect(quantileOf(exponentialBuckets(x), 0.75)).toBeCloseTo(Math.SQRT2);
  expect(quantileOf(exponentialBuckets(x), 0.25)).toBeCloseTo(-2 * Math.SQRT2);
});

test('the estimated sum of squares lies near the true one', () => {
  const values = Array.from({ length: 1000 }, (_, i) => 0.5 + i / 250);
  const bounds = Float64Array.of(1, 2, 3, 4, 5);
  const list = new Float64Array(6);
  for (const v of values) {
    const i = bounds.findIndex((b) => v <= b);
    list[i] = (list[i] as number) + 1;
  }
  const sum = values.reduce((a, b) => a + b, 0);
  const { sum2 } = aggregateOf({ ...emptyBin(), n: 1000, sum, bounds, counts: list }, 'histogram');
  const truth = values.reduce((a, b) => a + b * b, 0);
  expect(Math.abs(sum2 / truth - 1)).toBeLessThan(0.05);
});
