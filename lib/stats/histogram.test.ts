import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addHistograms,
  commonEdges,
  fromExplicit,
  fromExponential,
  type Histogram,
  onEdges,
  totalOf,
} from './histogram';
import { countAbove, pivotAt, valueAbove } from './quantile';

describe('from OpenTelemetry', () => {
  test('explicit bounds stay as they are', () =>
    expect(fromExplicit({ bounds: [1, 2], counts: [3, 4, 5] })).toEqual({ edges: [1, 2], counts: [3, 4, 5] }));
  test('positive buckets: bucket i of scale 1 holds (2^(i/2), 2^((i+1)/2)]', () =>
    expect(fromExponential({ scale: 1, zeroCount: 7, offset: 2, counts: [5, 6] })).toEqual({
      edges: [0, 2, 2 ** 1.5, 4],
      counts: [7, 0, 5, 6, 0],
    }));
  test('negative buckets are mirrored', () =>
    expect(
      fromExponential({ scale: 0, zeroCount: 0, offset: 0, counts: [1], negativeOffset: 1, negativeCounts: [2, 3] }),
    ).toEqual({ edges: [-4, -2, 0, 1, 2], counts: [3, 2, 0, 0, 1, 0] }));
  test('negative buckets begin at 0 where no offset is given', () =>
    expect(fromExponential({ scale: 0, zeroCount: 0, offset: 0, counts: [], negativeCounts: [2] })).toEqual({
      edges: [-1, 0],
      counts: [2, 0, 0],
    }));
  test('a zero threshold swallows the buckets below it', () =>
    expect(fromExponential({ scale: 0, zeroCount: 1, zeroThreshold: 2, offset: 0, counts: [5, 6] })).toEqual({
      edges: [2, 4],
      counts: [1, 11, 0],
    }));
  test('a negative zero threshold is none', () =>
    expect(fromExponential({ scale: 0, zeroCount: 1, zeroThreshold: -2, offset: 0, counts: [5] }).edges).toEqual([
      0, 1, 2,
    ]));
  test('the total is everything', () => expect(totalOf({ edges: [1], counts: [2, 3.5] })).toBe(5.5));
});

describe('two grids', () => {
  test.each<[string, Histogram, Histogram, number[]]>([
    ['equal ones', { edges: [1, 2], counts: [1, 1, 1] }, { edges: [1, 2], counts: [2, 0, 1] }, [1, 2]],
    [
      'one is finer where the other is empty',
      { edges: [4], counts: [0, 3] },
      { edges: [1, 4], counts: [1, 1, 1] },
      [1, 4],
    ],
    ['one is finer where the other is not', { edges: [4], counts: [2, 3] }, { edges: [1, 4], counts: [1, 1, 1] }, [4]],
    ['beyond the last edge', { edges: [1], counts: [1, 0] }, { edges: [1, 5], counts: [1, 1, 1] }, [1, 5]],
    ['beyond the last edge, populated', { edges: [1], counts: [1, 2] }, { edges: [1, 5], counts: [1, 1, 1] }, [1]],
    [
      'of the other, beyond the last edge',
      { edges: [1, 5], counts: [1, 1, 1] },
      { edges: [1], counts: [1, 0] },
      [1, 5],
    ],
    ['nothing in common', { edges: [1], counts: [1, 1] }, { edges: [2], counts: [1, 1] }, []],
  ])('%s', (_, a, b, edges) => expect(commonEdges(a, b)).toEqual(edges));
  test('of the same length, but others', () =>
    expect(addHistograms({ edges: [1, 2], counts: [1, 1, 1] }, { edges: [1, 3], counts: [1, 0, 1] })).toEqual({
      edges: [1, 2],
      counts: [2, 1, 2],
    }));
  test('the same edges are taken as they are, in whichever array', () => {
    const edges = [1, 2];
    const h = { edges, counts: [1, 2, 3] };
    expect(onEdges(h, edges)).toBe(h);
    const copy = [1, 2];
    expect(onEdges(h, copy).edges).toBe(copy);
  });
  test('no grid grows beyond 400 edges: every other one goes', () => {
    const edges = Array.from({ length: 300 }, (_, i) => 2 * i);
    const between = edges.map((e) => e + 1);
    const empty = { edges, counts: new Array(301).fill(0) };
    expect(commonEdges(empty, { edges: between, counts: new Array(301).fill(0) })).toHaveLength(300);
    const at = edges.slice(0, 200);
    expect(
      commonEdges(
        { edges: at, counts: new Array(201).fill(0) },
        { edges: between.slice(0, 200), counts: new Array(201).fill(0) },
      ),
    ).toHaveLength(400);
  });
  test('may be weighted', () =>
    expect(addHistograms({ edges: [1], counts: [1, 2] }, { edges: [1], counts: [3, 4] }, 0.5)).toEqual({
      edges: [1],
      counts: [2.5, 4],
    }));
  test('nothing is lost or moved over an edge that stays, on any grids', () => {
    const grid = fc
      .uniqueArray(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 8 })
      .chain((edges) =>
        fc
          .array(fc.integer({ min: 0, max: 3 }), { minLength: edges.length + 1, maxLength: edges.length + 1 })
          .map((counts): Histogram => ({ edges: edges.sort((a, b) => a - b), counts })),
      );
    const upTo = (h: Histogram, edge: number) =>
      h.counts.reduce((n, c, i) => (i < h.edges.length && (h.edges[i] as number) <= edge ? n + c : n), 0);
    fc.assert(
      fc.property(grid, grid, (a, b) => {
        const sum = addHistograms(a, b);
        expect(totalOf(sum)).toBe(totalOf(a) + totalOf(b));
        for (const edge of sum.edges) expect(upTo(sum, edge)).toBe(upTo(a, edge) + upTo(b, edge));
      }),
    );
  });
});

describe('quantiles', () => {
  const even = { edges: [0, 10, 20], counts: [0, 10, 10, 0] };
  test.each([
    [5, 15],
    [10, 10],
    [15, 5],
    [19, 1],
  ])('where the paper cannot be drawn it is even: %d of 20 lie above %d', (above, value) =>
    expect(valueAbove(even, above, 20)).toBeCloseTo(value, 9),
  );
  test.each([
    [0, Number.POSITIVE_INFINITY],
    [-1, Number.POSITIVE_INFINITY],
    [20, Number.NEGATIVE_INFINITY],
    [21, Number.NEGATIVE_INFINITY],
  ])('%d above it: at %d', (above, value) => expect(valueAbove(even, above, 20)).toBe(value));
  test('the first bucket begins at 0 where values are positive, and nowhere where they are not', () => {
    expect(valueAbove({ edges: [10], counts: [10, 0] }, 5, 10)).toBeCloseTo(5, 9);
    expect(valueAbove({ edges: [-10], counts: [10, 0] }, 5, 10)).toBe(Number.NEGATIVE_INFINITY);
    expect(valueAbove({ edges: [0], counts: [10, 0] }, 5, 10)).toBe(Number.NEGATIVE_INFINITY);
    expect(valueAbove({ edges: [], counts: [10] }, 5, 10)).toBe(Number.POSITIVE_INFINITY);
  });
  test('empty buckets are stepped over, and counts below nothing count as nothing', () => {
    expect(valueAbove({ edges: [1, 2, 3, 4], counts: [0, 10, 0, -1, 0] }, 5, 10)).toBeCloseTo(1.5, 9);
    expect(valueAbove({ edges: [1, 2], counts: [0, 0, 0] }, 5, 10)).toBe(Number.NEGATIVE_INFINITY);
  });
  test('a pivot cuts its bucket', () => {
    expect(pivotAt(even, 15, 20)).toEqual({ value: 15, part: 0.5 });
    expect(pivotAt(even, 2.5, 20)).toEqual({ value: 2.5, part: 0.75 });
    expect(pivotAt(even, 20, 20)).toEqual({ value: 20, part: 0 });
    expect(pivotAt(even, 10, 20)).toEqual({ value: 10, part: 0 });
  });
  test('an empty bucket is cut evenly', () =>
    expect(pivotAt({ edges: [1, 5, 9], counts: [4, 0, 4, 0] }, 2, 8)).toEqual({ value: 2, part: 0.75 }));
  test.each([
    [20.5, 'beyond the last edge'],
    [-3, 'below the first'],
  ])('no pivot at %d: %s', (value) => expect(pivotAt(even, value, 20)).toBeNull());
  test('what lies above a pivot', () => {
    expect(countAbove(even, { value: 15, part: 0.5 })).toBe(5);
    expect(countAbove(even, { value: 5, part: 0.25 })).toBe(12.5);
    expect(countAbove(even, { value: 10, part: 0 })).toBe(10);
    expect(countAbove(even, { value: 30, part: 0.5 })).toBe(0);
    expect(countAbove({ edges: [1], counts: [2, 3] }, { value: 0, part: 1 })).toBe(5);
  });
  test('on the paper of a log-normal, a pivot at a quantile has that much above it', () => {
    const h = { edges: [50, 100, 200, 400], counts: [5, 30, 45, 18, 2] };
    for (const above of [3, 10, 19, 21, 40, 64, 66, 90]) {
      const value = valueAbove(h, above, 100);
      const pivot = pivotAt(h, value, 100);
      expect(pivot && countAbove(h, pivot)).toBeCloseTo(above, 6);
    }
    // Between even and geometric: skewed to the left of its bucket.
    expect(valueAbove(h, 11, 100)).toBeGreaterThan(200);
    expect(valueAbove(h, 11, 100)).toBeLessThan(300);
  });
});
