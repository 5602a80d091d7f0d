import { describe, expect, test } from 'vitest';
import type { Shape } from '@/lib/stats/score';
import { combine, countBin, countBinAlone, meanBin, meanBinAlone } from '@/lib/stats/sums';
import { incrementOf, observed, samplesOf } from './increment';
import type { Arm, Bin } from './model';

const against = (over: Partial<Shape> = {}): Shape => ({
  family: 'count',
  against: 'baseline',
  relative: false,
  modelled: true,
  tail: false,
  ...over,
});
const alone = against({ against: 'threshold' });
const bin = (candidate: Arm | null, baseline?: Arm | null): Bin => ({ at: '', candidate, baseline });
const one = (candidate: Arm | null, baseline?: Arm | null, shape = against()) =>
  incrementOf([bin(candidate, baseline)], shape, null);

describe('an arm', () => {
  test.each<[string, Arm | null | undefined, number, boolean]>([
    ['not there', undefined, 0, false],
    ['silent', null, 0, false],
    ['of none', { n: 0, k: 0 }, 0, false],
    ['of some', { n: 7, k: 2 }, 7, true],
    ['of means', { n: 7, sum: 2, sum2: 4 }, 7, true],
    ['of no values', { values: [] }, 0, false],
    ['of values', { values: [1, 2] }, 2, true],
    ['of no event in some seconds', { n: 0, seconds: 60 }, 0, true],
    ['of events in some seconds', { n: 5, seconds: 60 }, 5, true],
    ['of events in no time', { n: 5, seconds: 0 }, 0, false],
    ['of a part of the traffic', { n: 5, seconds: 60, exposure: 0.1 }, 5, true],
    ['of a part that nobody knows', { n: 5, seconds: 60, exposure: null }, 5, false],
    ['of buckets', { bounds: [1], counts: [2, 3] }, 5, true],
    ['of empty buckets', { bounds: [1], counts: [0, 0] }, 0, false],
    ['of exponential buckets', { scale: 0, zeroCount: 4, offset: 0, counts: [2, 3] }, 9, true],
    [
      'of negative ones too',
      { scale: 0, zeroCount: 4, offset: 0, counts: [2, 3], negativeOffset: 0, negativeCounts: [5] },
      14,
      true,
    ],
  ])('%s: %i observations', (_, arm, n, seen) => {
    expect(samplesOf(arm)).toBe(n);
    expect(observed(arm)).toBe(seen);
  });
});

describe('what a bin adds', () => {
  test('nothing where an arm that is needed is silent', () => {
    expect(one(null, { n: 5, k: 1 })).toBeNull();
    expect(one({ n: 5, k: 1 }, null)).toBeNull();
    expect(one({ n: 5, k: 1 })).toBeNull();
    expect(one(null, null, alone)).toBeNull();
    expect(incrementOf([], against(), null)).toBeNull();
  });
  test('shares', () => {
    expect(one({ n: 5, k: 1 }, { n: 8, k: 3 })).toEqual(countBin({ n1: 5, k1: 1, n0: 8, k0: 3, bounded: true }));
    expect(one({ n: 5, k: 1 }, null, alone)).toEqual(countBinAlone({ n1: 5, k1: 1, bounded: true }));
  });
  test('rates: by the seconds, each times its part of the traffic', () => {
    const candidate = { n: 5, seconds: 60, exposure: 0.25 };
    expect(one(candidate, { n: 9, seconds: 60 })).toEqual(countBin({ n1: 15, k1: 5, n0: 60, k0: 9, bounded: false }));
    expect(one(candidate, null, alone)).toEqual(countBinAlone({ n1: 15, k1: 5, bounded: false }));
  });
  test('means: the variance within each arm, and the pooled one where that is larger', () => {
    // 1, 3 and 2, 4, 6: variances 2 and 4, pooled (2 + 8)/3; 2/2 + 4/3 = 7/3 against 10/3·5/6
    const more = ((10 / 3) * (5 / 6)) / (7 / 3);
    const got = one({ n: 2, sum: 4, sum2: 10 }, { n: 3, sum: 12, sum2: 56 }, against({ family: 'mean' }));
    const want = meanBin({ n1: 2, y1: 4, s1: 2 * more, n0: 3, y0: 12, s0: 4 * more });
    expect(got?.v1).toBeCloseTo(want.v1, 12);
    expect(got?.v0).toBeCloseTo(want.v0, 12);
    expect(got).toMatchObject({ w: want.w, a1: want.a1, a0: want.a0 });
  });
  test('means: the arms’ own where the pooled variance is smaller', () => {
    // 0, 10 and eight of 5 ± 1: variances 50 and 8/7
    const got = one({ n: 2, sum: 10, sum2: 100 }, { n: 8, sum: 40, sum2: 208 }, against({ family: 'mean' }));
    const want = meanBin({ n1: 2, y1: 10, s1: 50, n0: 8, y0: 40, s0: 8 / 7 });
    expect(got?.v1).toBeCloseTo(want.v1, 9);
    expect(got?.v0).toBeCloseTo(want.v0, 9);
  });
  test('a mean of one observation borrows the other’s variance; two of one have none', () => {
    const mean = against({ family: 'mean' });
    const got = one({ n: 1, sum: 4, sum2: 16 }, { n: 3, sum: 12, sum2: 56 }, mean);
    expect(got?.v1).toBeCloseTo(meanBin({ n1: 1, y1: 4, s1: 4, n0: 3, y0: 12, s0: 4 }).v1, 9);
    expect(one({ n: 1, sum: 4, sum2: 16 }, { n: 1, sum: 2, sum2: 4 }, mean)).toBeNull();
    expect(one({ n: 3, sum: 12, sum2: 56 }, { n: 1, sum: 4, sum2: 16 }, mean)?.v0).toBeCloseTo(
      meanBin({ n1: 3, y1: 12, s1: 4, n0: 1, y0: 4, s0: 4 }).v0,
      9,
    );
  });
  test('means that do not vary at all, and sums that rounding bent', () => {
    const mean = against({ family: 'mean' });
    expect(one({ n: 2, sum: 4, sum2: 8 }, { n: 2, sum: 4, sum2: 8 }, mean)).toMatchObject({ v1: 0, v0: 0 });
    expect(one({ n: 2, sum: 4, sum2: 7.9 }, { n: 2, sum: 4, sum2: 8 }, mean)).toMatchObject({ v1: 0, v0: 0 });
  });
  test('one mean', () => {
    const shape = { ...alone, family: 'mean' as const };
    expect(one({ n: 2, sum: 4, sum2: 10 }, null, shape)).toEqual(meanBinAlone({ n1: 2, y1: 4, s1: 2 }));
    expect(one({ n: 1, sum: 4, sum2: 16 }, null, shape)).toEqual(meanBinAlone({ n1: 1, y1: 4, s1: 0 }));
  });
  test('values: a tenth of the higher level, each bin weighing 1', () => {
    const shape = against({ family: 'mean', modelled: false });
    expect(one({ values: [10, 20] }, { values: [-40] }, shape)).toEqual(
      meanBin({ n1: 2, y1: 30, s1: 2 * 16, n0: 1, y0: -40, s0: 16 }, 1),
    );
    expect(one({ values: [50, 60] }, { values: [40] }, shape)).toEqual(
      meanBin({ n1: 2, y1: 110, s1: 2 * 30.25, n0: 1, y0: 40, s0: 30.25 }, 1),
    );
    expect(one({ values: [10, 20] }, null, { ...shape, against: 'threshold' })).toEqual(
      meanBinAlone({ n1: 2, y1: 30, s1: 2 * 2.25 }, 1),
    );
  });
  test('arms of different kinds, and buckets without a pivot, are nothing to compare', () => {
    expect(one({ n: 5, k: 1 }, { n: 5, seconds: 1 })).toBeNull();
    expect(one({ n: 5, seconds: 1 }, { n: 5, k: 1 })).toBeNull();
    expect(one({ n: 5, sum: 1, sum2: 1 }, { n: 5, k: 1 })).toBeNull();
    expect(one({ values: [1] }, { n: 5, k: 1 })).toBeNull();
    expect(one({ bounds: [1], counts: [2, 3] }, null, alone)).toBeNull();
  });
  test('cohorts are compared within themselves and added up to one bin', () => {
    const bins = [
      bin({ n: 5, k: 1 }, { n: 8, k: 3 }),
      bin({ n: 50, k: 9 }, { n: 20, k: 4 }),
      bin({ n: 9, k: 9 }, null),
    ];
    const want = combine(
      countBin({ n1: 5, k1: 1, n0: 8, k0: 3, bounded: true }),
      countBin({ n1: 50, k1: 9, n0: 20, k0: 4, bounded: true }),
      1,
    );
    expect(incrementOf(bins, against(), null)).toEqual({ ...want, bins: 1 });
  });
});

describe('a quantile as a share', () => {
  const h = (...counts: number[]): Arm => ({ bounds: [10, 20], counts });
  const pivots = { candidate: { value: 15, part: 0.5 }, baseline: { value: 12, part: 0.8 } };
  test('what lies above the pivot of each arm', () =>
    expect(incrementOf([bin(h(4, 4, 2), h(10, 5, 5))], against(), pivots)).toEqual(
      countBin({ n1: 10, k1: 4, n0: 20, k0: 9, bounded: true }),
    ));
  test('one arm alone', () =>
    expect(incrementOf([bin(h(4, 4, 2))], alone, { candidate: pivots.candidate, baseline: null })).toEqual(
      countBinAlone({ n1: 10, k1: 4, bounded: true }),
    ));
  test.each([
    [null, h(1, 1, 1)],
    [h(0, 0, 0), h(1, 1, 1)],
    [h(1, 1, 1), null],
    [h(1, 1, 1), h(0, 0, 0)],
  ])('silence is nothing', (candidate, baseline) =>
    expect(incrementOf([bin(candidate, baseline)], against(), pivots)).toBeNull(),
  );
});
