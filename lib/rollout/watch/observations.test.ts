import { describe, expect, test } from 'vitest';
import { plan } from '@/e2e/design-plan';
import type { Arm } from '@/lib/criterion/model';
import type { BinRow } from '@/lib/signal/model';
import { binMs, close, lateData, lookNow, observations, snapshotOf, startJudging } from './judging';

describe('observations of an arm', () => {
  test.each<[string, Arm | null | undefined, number]>([
    ['not there', undefined, 0],
    ['silent', null, 0],
    ['counts', { n: 7, k: 1 }, 7],
    ['values', { values: [1, 2, 3] }, 3],
    ['buckets', { bounds: [1], counts: [2, 3] }, 5],
    ['exponential', { scale: 0, zeroCount: 4, offset: 0, counts: [2, 3] }, 9],
    [
      'negative ones too',
      { scale: 0, zeroCount: 4, offset: 0, counts: [2, 3], negativeOffset: 0, negativeCounts: [5, 1] },
      15,
    ],
  ])('%s', (_, arm, n) => expect(observations(arm)).toBe(n));
});

const start = new Date('2026-01-01T00:00:00Z');
const at = (bin: number) => start.getTime() + bin * binMs;
const nothing = { sum2: Number.NaN, min: Number.NaN, max: Number.NaN, last: Number.NaN };
const row = (bin: number, n: number, sum = Number.NaN): BinRow => ({
  at: at(bin),
  version: plan.baseline,
  cohort: 'beta',
  metric: 'http.server.request.duration',
  kind: 'sum',
  unit: 's',
  attributes: {},
  aggregate: { kind: 'sum', n, sum, ...nothing },
});

describe('late data', () => {
  const closed = () => {
    const judging = startJudging(plan, start, start);
    close(judging, [row(0, 10, 5), row(2, 10)], at(4));
    return judging;
  };
  test.each<[string, BinRow[], number, number | null]>([
    ['none', [row(0, 10, 5), row(2, 10)], 0, null],
    ['a bin that grew', [row(0, 10, 5), row(2, 11)], 0, at(2)],
    ['the first of two', [row(0, 11, 5), row(2, 11)], 0, at(0)],
    ['a sum that grew', [row(0, 10, 6), row(2, 10)], 0, at(0)],
    ['a bin that was empty', [row(0, 10, 5), row(1, 3), row(2, 10)], 0, at(1)],
    ['not what is open still', [row(0, 10, 5), row(2, 10), row(4, 3)], 0, null],
    ['not what was not asked for', [row(2, 10)], 1, null],
    ['from the very bin that was asked for', [row(2, 11)], 2, at(2)],
    ['an empty one, from the very bin that was asked for', [row(1, 3), row(2, 10)], 1, at(1)],
    ['not an empty one before what was asked for', [row(1, 3), row(2, 10)], 2, null],
    ['a bin that is gone', [row(0, 10, 5)], 0, at(2)],
  ])('%s', (_, rows, from, first) => expect(lateData(closed(), rows, at(from))).toBe(first));
  test.each([
    ['small', 5, 5 + 1e-9, null],
    ['large', 1e9, 1e9 + 10, null],
    ['larger than that', 1e9, 1e9 + 1e4, at(0)],
    ['of next to nothing', -10, -10 + 1e-9, null],
  ])('rounding is no change: a sum that is %s', (_, sum, now, first) => {
    const judging = startJudging(plan, start, start);
    close(judging, [row(0, 10, sum)], at(4));
    expect(lateData(judging, [row(0, 10, now)], at(0))).toBe(first);
  });
});

test('a snapshot stays as it was while the rest goes on', () => {
  const judging = startJudging(plan, start, start);
  close(judging, [row(0, 10)], at(1));
  const before = snapshotOf(judging);
  const copy = structuredClone(before);
  close(judging, [row(1, 20)], at(2));
  lookNow(judging, [row(2, 5)], at(2) + 1000);
  expect(before).toEqual(copy);
  expect(before.criteria[0]?.counts.get('beta')?.baseline).toBe(10);
  expect(judging.criteria[0]?.counts.get('beta')?.baseline).toBe(30);
});
