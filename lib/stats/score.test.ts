/** The score against its definition: one bin, the variances and cumulants of its two arms added up plainly. */
import { describe, expect, test } from 'vitest';
import { deviationAt, estimateOf, type Shape, scoreAt } from './score';
import { combine, countBin, countBinAlone, meanBin, meanBinAlone, noSums } from './sums';

const shape = (over: Partial<Shape> = {}): Shape => ({
  family: 'count',
  against: 'baseline',
  relative: false,
  modelled: true,
  tail: false,
  ...over,
});
const alone = shape({ against: 'threshold' });
const ratio = shape({ relative: true });

/** n·m·(1−m) and n·m·(1−m)·(1−2m), or n·m twice */
function spread(n: number, m: number, bounded: boolean): { v: number; k3: number } {
  return bounded ? { v: n * m * (1 - m), k3: n * m * (1 - m) * (1 - 2 * m) } : { v: n * m, k3: n * m };
}

describe('a difference', () => {
  const arms = { n1: 3000, k1: 240, n0: 1000, k0: 60 };
  const p = 300 / 4000;
  test.each([
    [0, true],
    [0.01, true],
    [-0.02, true],
    [0.03, false],
    [-0.02, false],
  ])('of %d (a share: %s) has the variance that it implies', (difference, bounded) => {
    const sums = countBin({ ...arms, bounded });
    // With the pooled share p the candidate's is p + f0·δ, the baseline's p − f1·δ.
    const one = spread(3000, p + 0.25 * difference, bounded);
    const zero = spread(1000, p - 0.75 * difference, bounded);
    const { s, v, k3 } = scoreAt(sums, shape(), difference);
    expect(s).toBeCloseTo(0.25 * 240 - 0.75 * 60 - difference * 750, 9);
    expect(s).toBe(deviationAt(sums, shape(), difference));
    expect(v / (0.25 ** 2 * one.v + 0.75 ** 2 * zero.v)).toBeCloseTo(1, 3);
    const exact = 0.25 ** 3 * one.k3 - 0.75 ** 3 * zero.k3;
    expect(Math.abs(k3 - exact)).toBeLessThan(0.03 * Math.abs(exact) + 0.3);
  });
  test.each([
    [0.2, 0.25 ** 2 * 3000 * 0.2 * 0.8, 0.25 ** 3 * 3000 * 0.2 * 0.8],
    [-0.2, 0.75 ** 2 * 1000 * 0.2 * 0.8, -(0.75 ** 3) * 1000 * 0.2 * 0.8],
  ])('of %d without any event: one arm alone has them', (difference, v, k3) => {
    const score = scoreAt(countBin({ n1: 3000, k1: 0, n0: 1000, k0: 0, bounded: true }), shape(), difference);
    expect(score.v).toBeCloseTo(v, 9);
    expect(score.k3).toBeCloseTo(k3, 9);
  });
  test.each([
    [0.2, 0.75 ** 2 * 1000 * 0.2 * 0.8],
    [-0.2, 0.25 ** 2 * 3000 * 0.2 * 0.8],
  ])('of %d where everything is an event: the other arm has what is none', (difference, v) =>
    expect(
      scoreAt(countBin({ n1: 3000, k1: 3000, n0: 1000, k0: 1000, bounded: true }), shape(), difference).v,
    ).toBeCloseTo(v, 9),
  );
  test('without an upper end the least variance is a Poisson one', () =>
    expect(scoreAt(countBin({ n1: 3000, k1: 0, n0: 1000, k0: 0, bounded: false }), shape(), 2).v).toBeCloseTo(
      0.25 ** 2 * 3000 * 2,
      9,
    ));
  test('beyond 100 points nothing is left to vary', () =>
    expect(scoreAt(countBin({ n1: 30, k1: 0, n0: 10, k0: 0, bounded: true }), shape(), 1.5).v).toBe(0));
  test('of means: the variances within the bins', () =>
    expect(
      scoreAt(meanBin({ n1: 30, y1: 60, s1: 5, n0: 10, y0: 40, s0: 3 }), shape({ family: 'mean' }), -1),
    ).toMatchObject({ s: 15 - 30 + 7.5, v: (7.5 * 7.5 * 5) / 30 + (7.5 * 7.5 * 3) / 10, k3: 0 }));
});

describe('a ratio', () => {
  const arms = { n1: 3000, k1: 120, n0: 1000, k0: 20 };
  const p = 140 / 4000;
  test.each([
    [1, true],
    [2, true],
    [0.5, true],
    [2, false],
  ])('of %d (a share: %s) has the variance that it implies', (times, bounded) => {
    const sums = countBin({ ...arms, bounded });
    const zeroShare = p / (0.25 + 0.75 * times);
    const one = spread(3000, times * zeroShare, bounded);
    const zero = spread(1000, zeroShare, bounded);
    const { s, v, k3 } = scoreAt(sums, ratio, times - 1);
    expect(s).toBeCloseTo(0.25 * 120 - times * 0.75 * 20, 9);
    expect(s).toBeCloseTo(deviationAt(sums, ratio, times - 1), 12);
    const exact = 0.25 ** 2 * one.v + (times * 0.75) ** 2 * zero.v;
    expect(v / exact).toBeCloseTo(1, 9);
    // The third cumulant is that of rare events, made smaller as the variance is.
    const poisson = 0.25 ** 3 * 3000 * times * zeroShare - (times * 0.75) ** 3 * 1000 * zeroShare;
    expect(k3).toBeCloseTo((v / (times * sums.p)) * poisson, 9);
  });
  test('a variance never falls below a thousandth of the Poisson one', () => {
    const sums = countBin({ n1: 10, k1: 10, n0: 10, k0: 10, bounded: true });
    expect(scoreAt(sums, ratio, 0).v).toBeCloseTo(sums.p * 1e-3, 12);
  });
  test.each([-1, -2])('below nothing (%d) nothing is known', (effect) =>
    expect(scoreAt(countBin({ ...arms, bounded: true }), ratio, effect)).toMatchObject({ v: 0, k3: 0 }),
  );
  test('nor without data', () => expect(scoreAt(noSums(), ratio, 0)).toEqual({ s: 0, v: 0, k3: 0 }));
  test('without events there is no skew', () =>
    expect(scoreAt(countBin({ n1: 10, k1: 0, n0: 10, k0: 0, bounded: true }), ratio, 0.5)).toEqual({
      s: 0,
      v: 0,
      k3: 0,
    }));
  test('of means', () =>
    expect(
      scoreAt(
        meanBin({ n1: 30, y1: 60, s1: 5, n0: 10, y0: 40, s0: 3 }),
        shape({ family: 'mean', relative: true }),
        0.5,
      ),
    ).toMatchObject({ s: 15 - 1.5 * 30, v: (7.5 * 7.5 * 5) / 30 + 2.25 * ((7.5 * 7.5 * 3) / 10), k3: 0 }));
});

describe('one arm against a number', () => {
  test.each([
    [0.1, true],
    [0.5, true],
    [0.9, true],
    [0.1, false],
    [3, false],
  ])('%d (a share: %s): its own spread', (level, bounded) => {
    const sums = countBinAlone({ n1: 400, k1: 30, bounded });
    const { s, v, k3 } = scoreAt(sums, alone, level);
    const want = spread(400, level, bounded);
    expect(s).toBeCloseTo(30 - 400 * level, 9);
    expect(s).toBeCloseTo(deviationAt(sums, alone, level), 12);
    expect(v).toBeCloseTo(want.v, 9);
    expect(k3).toBeCloseTo(want.k3, 9);
  });
  test('a share beyond 1 cannot vary', () =>
    expect(scoreAt(countBinAlone({ n1: 400, k1: 30, bounded: true }), alone, 1.2).v).toBe(0));
  test('a mean: the variance within the bins', () =>
    expect(scoreAt(meanBinAlone({ n1: 30, y1: 60, s1: 5 }), { ...alone, family: 'mean' }, 3)).toMatchObject({
      s: -30,
      v: 150,
      k3: 0,
    }));
  test('without data', () => expect(scoreAt(noSums(), alone, 0.5)).toEqual({ s: 0, v: 0, k3: 0 }));
});

describe('the estimate is where the score is zero', () => {
  const sums = combine(
    countBin({ n1: 300, k1: 12, n0: 100, k0: 3, bounded: true }),
    countBin({ n1: 100, k1: 9, n0: 200, k0: 11, bounded: true }),
    1,
  );
  test.each([
    ['difference', shape(), sums],
    ['ratio', ratio, sums],
    ['threshold', alone, countBinAlone({ n1: 300, k1: 12, bounded: true })],
  ])('%s', (_, kind, of) => expect(deviationAt(of, kind, estimateOf(of, kind) as number)).toBeCloseTo(0, 9));
  test('none without data', () => expect(estimateOf(noSums(), shape())).toBeNull());
  test('no ratio to nothing', () => {
    const none = countBin({ n1: 300, k1: 12, n0: 100, k0: 0, bounded: true });
    expect(estimateOf(none, ratio)).toBeNull();
    expect(estimateOf(none, shape())).not.toBeNull();
  });
});
