import { describe, expect, test } from 'vitest';
import { criterionInput } from '@/lib/criterion/model';
import type { Aggregate, BinRow } from '@/lib/signal/model';
import { cellsOf } from './cells';

const step = 10_000;
const aggregate = (over: Partial<Aggregate>): Aggregate => {
  return { kind: 'sum', n: 0, sum: Number.NaN, sum2: Number.NaN, min: 0, max: 0, last: 0, ...over };
};
const row = (metric: string, over: Partial<BinRow> & { aggregate: Aggregate }): BinRow => {
  return { at: 0, version: 'treatment', cohort: 'eu', metric, kind: 'sum', unit: '{request}', attributes: {}, ...over };
};
const counter = (metric: string, n: number, attributes: BinRow['attributes'] = {}, over: Partial<BinRow> = {}) =>
  row(metric, { aggregate: aggregate({ n }), attributes, ...over });
const share = criterionInput.parse({
  name: 'errors',
  kind: 'guardrail',
  measure: 'share',
  metric: 'requests',
  where: { route: '/pay' },
  of: { status: '5xx' },
  better: 'lower',
});

describe('shares', () => {
  test('count what the criterion selects, one cell a version, cohort and step', () => {
    const pay = { route: '/pay', status: 200 };
    const rows = [
      counter('requests', 90, pay),
      counter('requests', 10, { ...pay, status: 503 }),
      counter('requests', 7, { route: '/other', status: 503 }),
      counter('requests', 5, pay, { at: 10_000 }),
      counter('requests', 4, pay, { cohort: 'us' }),
      counter('requests', 3, pay, { version: 'control' }),
      counter('other', 1_000, pay),
    ];
    expect(cellsOf(share, rows, step).cells).toEqual([
      { at: 0, version: 'control', cohort: 'eu', n: 3, k: 0 },
      { at: 0, version: 'treatment', cohort: 'eu', n: 100, k: 10 },
      { at: 0, version: 'treatment', cohort: 'us', n: 4, k: 0 },
      { at: 10_000, version: 'treatment', cohort: 'eu', n: 5, k: 0 },
    ]);
    // Coarser steps hold the same.
    expect(cellsOf(share, rows, 60_000).cells.map(({ n, k }) => [n, k])).toEqual([
      [3, 0],
      [105, 10],
      [4, 0],
    ]);
  });

  test('silence is no cell, and names that could run into each other stay apart', () => {
    expect(cellsOf(share, [], step)).toEqual({ unit: '', bounds: null, cells: [] });
    const pay = { route: '/pay' };
    const rows = [
      counter('requests', 1, pay, { version: 'a b', cohort: 'c' }),
      counter('requests', 2, pay, { version: 'a', cohort: 'b c' }),
    ];
    expect(cellsOf(share, rows, step).cells).toHaveLength(2);
  });
});

test('a ratio counts above and below the line, and is silent where nothing is below', () => {
  const orders = { name: 'o', kind: 'success', measure: 'ratio', metric: 'orders', per: 'visits', better: 'higher' };
  const rows = [counter('visits', 50), counter('orders', 5), counter('orders', 2, {}, { cohort: 'us' })];
  expect(cellsOf(criterionInput.parse(orders), rows, step).cells).toEqual([
    { at: 0, version: 'treatment', cohort: 'eu', n: 50, k: 5 },
  ]);
});

test('a mean keeps sums in the unit of the first row; what has none is left out', () => {
  const mean = criterionInput.parse({ name: 'm', kind: 'diagnostic', measure: 'mean', metric: 'd', better: 'lower' });
  const of = (unit: string, sum: number, sum2: number) =>
    row('d', { unit, kind: 'histogram', aggregate: aggregate({ kind: 'histogram', n: 2, sum, sum2 }) });
  expect(cellsOf(mean, [of('ms', 30, 500), of('s', 0.01, 0.0001), of('By', 9, 81)], step)).toEqual({
    unit: 'ms',
    bounds: null,
    cells: [{ at: 0, version: 'treatment', cohort: 'eu', n: 4, sum: 40, sum2: 600 }],
  });
});

describe('quantiles', () => {
  const p99 = { name: 'p99', kind: 'guardrail', measure: 'quantile', q: 0.99, metric: 'd', better: 'lower' };
  const criterion = criterionInput.parse(p99);
  const histogram = (bounds: number[], counts: number[], over: Partial<BinRow> = {}): BinRow => {
    const n = counts.reduce((a, b) => a + b, 0);
    return row('d', {
      unit: 'ms',
      aggregate: aggregate({ kind: 'histogram', n, explicit: { bounds, counts } }),
      ...over,
    });
  };

  test('count what lies above each boundary, and no boundary cuts a bucket', () => {
    const { bounds, cells } = cellsOf(
      criterion,
      [histogram([10, 20, 40], [1, 2, 3, 4]), histogram([10, 40], [5, 6, 7], { version: 'control' })],
      step,
    );
    // 20 lies within a bucket of the second.
    expect(bounds).toEqual([10, 40]);
    expect(cells).toEqual([
      { at: 0, version: 'control', cohort: 'eu', n: 18, over: [13, 7] },
      { at: 0, version: 'treatment', cohort: 'eu', n: 10, over: [9, 4] },
    ]);
  });

  test('keep the boundaries with most beside them where they are many, and what they count', () => {
    const bounds = Array.from({ length: 60 }, (_, i) => i + 1);
    const counts = Array.from({ length: 61 }, (_, i): number => (i >= 40 ? 50 : 0));
    const kept = cellsOf(criterion, [histogram(bounds, counts)], step);
    expect(kept.bounds).toHaveLength(24);
    for (const [i, bound] of (kept.bounds ?? []).entries()) {
      const above = counts.slice(bound).reduce((a, b) => a + b, 0);
      expect([bound, kept.cells[0]?.over?.[i]]).toEqual([bound, above]);
    }
    expect(kept.bounds?.filter((bound) => bound >= 40).length).toBeGreaterThan(18);
  });
});
