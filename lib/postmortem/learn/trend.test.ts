import { describe, expect, test } from 'vitest';
import { medianOf, monthsBetween, rateOf, trendsOf } from './trend';

describe('a median', () => {
  test.each<[values: Array<number | null>, n: number, unknown: number, median: number | null]>([
    [[], 0, 0, null],
    [[null, null], 0, 2, null],
    [[3], 1, 0, 3],
    [[10, 9, 100], 3, 0, 10],
    [[1, 2, null, 30, 4], 4, 1, 3],
  ])('of %j', (values, n, unknown, medianMs) => expect(medianOf(values)).toEqual({ n, unknown, medianMs }));
});

describe('a rate', () => {
  test('of nothing is not known', () =>
    expect(rateOf(0, 0)).toEqual({ n: 0, of: 0, share: null, low: null, high: null }));
  // Newcombe, Stat. Med. 17, 1998, table I (method 3).
  test.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('of %i in %i has the interval that is printed', (n, of, low, high) => {
    const rate = rateOf(n, of);
    expect(rate.low).toBeCloseTo(low, 4);
    expect(rate.high).toBeCloseTo(high, 4);
  });
});

test('months are all there, over the end of a year', () => {
  const months = monthsBetween(new Date('2025-11-30T23:59:59Z'), new Date('2026-02-01T00:00:00Z'));
  expect(months).toEqual(['2025-11', '2025-12', '2026-01', '2026-02']);
});

test('a cause repeats where more than one report has it, however often each does', () => {
  const report = (id: string, causes: string[]) => ({
    id,
    title: id,
    feature: 'f',
    at: new Date('2026-01-01'),
    clocks: null,
    causes,
  });
  const { repeats } = trendsOf(
    { rollouts: [], actions: [], reports: [report('a', ['x', 'x', 'y']), report('b', ['y']), report('c', ['z', 'y'])] },
    [],
  );
  expect(repeats.map(({ cause, reports }) => [cause, reports.length])).toEqual([['y', 3]]);
});

test('of many causes and reports the most are listed, and how many more there are is said', () => {
  const reports = Array.from({ length: 30 }, (_, n) => ({
    id: `r${n}`,
    title: 't',
    feature: 'f',
    at: new Date(Date.UTC(2026, 0, 1, n)),
    clocks: null,
    causes: Array.from({ length: 60 }, (_, c) => `c${c}`),
  }));
  const { repeats, moreRepeats } = trendsOf({ rollouts: [], actions: [], reports }, []);
  expect([repeats.length, moreRepeats]).toEqual([50, 10]);
  expect(repeats[0]).toMatchObject({ count: 30 });
  expect(repeats[0]?.reports.map(({ id }) => id)).toEqual(reports.slice(-20).map(({ id }) => id));
});
