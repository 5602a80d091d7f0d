/** Evidence, its working and the interval are three sights of one boundary: they must agree. */
import { describe, expect, test } from 'vitest';
import { exponent, exponentNeeded } from './boundary';
import type { Noise } from './dispersion';
import { boundsOf, deviationNeeded, intervalEnd, reach, type Side, type Stretch, weigh } from './evidence';
import { type Shape, scoreAt } from './score';
import { countBin, countBinAlone, meanBin, meanBinAlone, noSums, type Sums } from './sums';

const shape = (over: Partial<Shape> = {}): Shape => ({
  family: 'count',
  against: 'baseline',
  relative: false,
  modelled: true,
  tail: false,
  ...over,
});
const calm: Noise = { leaned: 1.3, bare: 1, free: 0 };
const learned: Noise = { leaned: 3, bare: 1.4, free: 60 };
const shares = countBin({ n1: 3000, k1: 60, n0: 2000, k0: 25, bounded: true });
const means = meanBin({ n1: 3000, y1: 6300, s1: 4, n0: 2000, y0: 4000, s0: 4 });
const stretch = (over: Partial<Stretch> = {}): Stretch => ({
  sums: shares,
  shape: shape(),
  noise: calm,
  rho: 5,
  ...over,
});
const bounds = boundsOf(0.01);
const sides: Side[] = ['above', 'below'];

const kinds: Array<[string, Stretch]> = [
  ['difference of shares', stretch()],
  ['difference, noise learned', stretch({ noise: learned })],
  ['ratio of shares', stretch({ shape: shape({ relative: true }), rho: 0.5 })],
  [
    'one share',
    stretch({ sums: countBinAlone({ n1: 3000, k1: 60, bounded: true }), shape: shape({ against: 'threshold' }) }),
  ],
  [
    'one rate',
    stretch({ sums: countBinAlone({ n1: 3000, k1: 60, bounded: false }), shape: shape({ against: 'threshold' }) }),
  ],
  ['rates', stretch({ sums: countBin({ n1: 3000, k1: 60, n0: 2000, k0: 25, bounded: false }) })],
  ['difference of means', stretch({ sums: means, shape: shape({ family: 'mean' }) })],
  ['ratio of means', stretch({ sums: means, shape: shape({ family: 'mean', relative: true }) })],
  [
    'one mean',
    stretch({
      sums: meanBinAlone({ n1: 3000, y1: 6300, s1: 4 }),
      shape: shape({ family: 'mean', against: 'threshold' }),
    }),
  ],
  [
    'one share of few events, ruled out at nothing',
    stretch({ sums: countBinAlone({ n1: 100, k1: 30, bounded: true }), shape: shape({ against: 'threshold' }) }),
  ],
  [
    'rates that differ by more than one',
    stretch({ sums: countBin({ n1: 10, k1: 90, n0: 10, k0: 20, bounded: false }) }),
  ],
  [
    'one mean below nothing',
    stretch({
      sums: meanBinAlone({ n1: 3000, y1: -6300, s1: 4 }),
      shape: shape({ family: 'mean', against: 'threshold' }),
    }),
  ],
  [
    'one mean far from nothing',
    stretch({
      sums: meanBinAlone({ n1: 3000, y1: 3e9, s1: 4 }),
      shape: shape({ family: 'mean', against: 'threshold' }),
    }),
  ],
  [
    'one mean of nothing, in a unit that is small',
    stretch({
      sums: meanBinAlone({ n1: 3000, y1: 0, s1: 1e18 }),
      shape: shape({ family: 'mean', against: 'threshold' }),
      rho: 5e21,
    }),
  ],
  [
    'values, noise between bins only',
    stretch({ sums: means, shape: shape({ family: 'mean', modelled: false }), noise: learned }),
  ],
];
const asked = kinds.flatMap(([name, of]) => sides.map((side) => [name, side, of] as const));

describe('the interval ends where the evidence does', () => {
  test.each(asked)('%s, %s', (_, side, of) => {
    const end = intervalEnd(of, side, bounds) as number;
    const estimate = (intervalEnd(of, 'above', bounds) as number) + (intervalEnd(of, 'below', bounds) as number);
    const inwards = (estimate / 2 - end) * 5e-3;
    expect(Math.sign(inwards)).toBe(side === 'above' ? 1 : -1);
    expect(reach(of, end, side, bounds)).toBeGreaterThanOrEqual(1);
    expect(reach(of, end + inwards, side, bounds)).toBeLessThan(1);
    expect(reach(of, end - inwards, side, bounds)).toBeGreaterThan(1);
  });
  test.each(asked)('%s, %s: the deviation that is needed reaches exactly 1', (_, side, of) => {
    const at = intervalEnd(of, side, bounds) as number;
    const score = scoreAt(of.sums, of.shape, at);
    expect(deviationNeeded(of, score, side, bounds) / score.s).toBeCloseTo(1, 2);
  });
});

describe('reach', () => {
  test.each([
    ['above', 0.5],
    ['below', -0.5],
  ] as const)('%s: nothing where the data lies on the other side', (side, effect) =>
    expect(reach(stretch(), effect, side, bounds)).toBe(0),
  );
  test('everything where the hypothesis rules the data out', () => {
    const some = countBinAlone({ n1: 100, k1: 1, bounded: true });
    expect(reach(stretch({ sums: some, shape: shape({ against: 'threshold' }) }), 0, 'above', bounds)).toBe(
      Number.POSITIVE_INFINITY,
    );
  });
  test('is the exponent over what is needed, each over the noise', () => {
    const { v, k3, s } = scoreAt(shares, shape(), 0);
    const needed = exponentNeeded(v / 1.3, 5 / 1.3, bounds.leaned);
    expect(reach(stretch(), 0, 'above', bounds)).toBeCloseTo(exponent({ s, v, k3 }) / 1.3 / needed, 12);
  });
  test('is that of Student where the bins say more than the expectation', () => {
    const noise = { leaned: 30, bare: 1.4, free: 9 };
    const { v, k3, s } = scoreAt(shares, shape(), 0);
    const e = exponent({ s, v, k3 }) / 1.4;
    const needed = exponentNeeded(v / 1.4, 5 / 1.4, bounds.bare);
    expect(reach(stretch({ noise }), 0, 'above', bounds)).toBeCloseTo((5 * Math.log1p((2 * e) / 9)) / needed, 12);
  });
  test.each([
    [1.99, 1.4, 0],
    [2, 1.4, 1],
    [9, 0, 0],
  ])('with %d degrees of freedom and a noise of %d the bare view speaks: %i', (free, bare, speaks) => {
    const values = stretch({
      sums: means,
      shape: shape({ family: 'mean', modelled: false }),
      noise: { leaned: 1, bare, free },
    });
    expect(reach(values, 0, 'above', bounds) > 0).toBe(speaks === 1);
    expect(weigh(values, 0, 'above', bounds) !== null).toBe(speaks === 1);
    expect(Number.isFinite(deviationNeeded(values, scoreAt(means, values.shape, 0), 'above', bounds))).toBe(
      speaks === 1,
    );
    expect(intervalEnd(values, 'above', bounds) !== null).toBe(speaks === 1);
  });
  test('below: what cannot be decided is a deviation without end', () => {
    const values = stretch({ sums: means, shape: shape({ family: 'mean', modelled: false }), noise: calm });
    expect(deviationNeeded(values, scoreAt(means, values.shape, 0), 'below', bounds)).toBe(Number.NEGATIVE_INFINITY);
  });
  test.each([
    ['above', 0, 'over'],
    ['below', 0.05, 'under'],
  ] as const)('%s: what single bins added beyond the cap is no evidence', (side, effect, capped) => {
    const less: Sums = { ...shares, [capped]: 3 };
    const other: Sums = { ...shares, [capped === 'over' ? 'under' : 'over']: 3 };
    const plain = reach(stretch(), effect, side, bounds);
    expect(reach(stretch({ sums: less }), effect, side, bounds)).toBeLessThan(plain);
    expect(reach(stretch({ sums: other }), effect, side, bounds)).toBe(plain);
    expect(reach(stretch({ sums: { ...shares, [capped]: 1e6 } }), effect, side, bounds)).toBe(0);
    const score = scoreAt(shares, shape(), effect);
    const needed = deviationNeeded(stretch(), score, side, bounds);
    expect(deviationNeeded(stretch({ sums: less }), score, side, bounds)).toBeCloseTo(
      needed + (side === 'above' ? 3 : -3),
      9,
    );
  });
  test('most of the bound goes to the view that leans', () => {
    const { whole, leaned, bare } = boundsOf(0.02);
    expect(Math.exp(-whole.log)).toBeCloseTo(0.02, 12);
    expect(Math.exp(-leaned.log)).toBeCloseTo(0.0184, 12);
    expect(Math.exp(-bare.log)).toBeCloseTo(0.0016, 12);
  });
});

describe('the working of a look', () => {
  test.each(asked)('%s, %s: exponent over needed is the reach', (_, side, of) => {
    for (const effect of [0.001, 0.01, 0.3]) {
      const weighed = weigh(of, effect, side, bounds);
      if (!weighed) throw new Error('no working');
      expect(weighed.exponent / weighed.needed).toBeCloseTo(reach(of, effect, side, bounds), 9);
    }
  });
  test('names the view that reaches further, its noise and its part of the bound', () => {
    const far = weigh(stretch({ noise: { leaned: 30, bare: 1.4, free: 9 } }), 0, 'above', bounds);
    expect(far).toMatchObject({ dispersion: 1.4, free: 9 });
    expect(far?.alpha).toBeCloseTo(0.0008, 12);
    const near = weigh(stretch({ noise: { leaned: 1.2, bare: 9, free: 9 } }), 0, 'above', bounds);
    expect(near).toMatchObject({ dispersion: 1.2, free: null });
    expect(near?.alpha).toBeCloseTo(0.0092, 12);
  });
  test('takes off what lies beyond the cap, and never past nothing', () => {
    const { s } = scoreAt(shares, shape(), 0);
    const over = weigh(stretch({ sums: { ...shares, over: 3, under: 5 } }), 0, 'above', bounds);
    expect(over?.score.s).toBeCloseTo(s - 3, 12);
    const under = weigh(stretch({ sums: { ...shares, over: 3, under: 5 } }), 0.05, 'below', bounds);
    expect(under?.score.s).toBeCloseTo(scoreAt(shares, shape(), 0.05).s + 5, 12);
    expect(weigh(stretch({ sums: { ...shares, over: 1e6 } }), 0, 'above', bounds)?.score.s).toBe(0);
    expect(weigh(stretch({ sums: { ...shares, under: 1e6 } }), 0.05, 'below', bounds)?.score.s).toBe(0);
  });
  test('what the hypothesis rules out is a number that JSON can hold', () => {
    const some = countBinAlone({ n1: 100, k1: 1, bounded: true });
    const sure = weigh(stretch({ sums: some, shape: shape({ against: 'threshold' }) }), 0, 'above', bounds);
    expect(sure).toMatchObject({ exponent: Number.MAX_VALUE, needed: bounds.leaned.log });
  });
});

describe('intervals at the ends of what can be', () => {
  const few = (k1: number, k0: number, bounded = true) => countBin({ n1: 12, k1, n0: 12, k0, bounded });
  test('a difference of shares is never beyond 1: few data exclude only that', () => {
    expect(intervalEnd(stretch({ sums: few(1, 1) }), 'above', boundsOf(1e-9))).toBe(-1);
    expect(intervalEnd(stretch({ sums: few(1, 1) }), 'below', boundsOf(1e-9))).toBe(1);
  });
  test('one share without events lies between 0 and what it excludes', () => {
    const none = stretch({
      sums: countBinAlone({ n1: 500, k1: 0, bounded: true }),
      shape: shape({ against: 'threshold' }),
    });
    expect(intervalEnd(none, 'above', bounds)).toBeNull();
    expect(intervalEnd(none, 'below', bounds)).toBeGreaterThan(0.005);
    expect(intervalEnd(none, 'below', bounds)).toBeLessThan(0.1);
  });
  test('a share of everything is not above that', () => {
    const all = stretch({
      sums: countBinAlone({ n1: 3, k1: 3, bounded: true }),
      shape: shape({ against: 'threshold' }),
    });
    expect(intervalEnd(all, 'below', bounds)).toBeNull();
    expect(intervalEnd(all, 'above', bounds)).toBe(0);
  });
  test('nothing against something: no ratio is too small', () => {
    const none = countBin({ n1: 500, k1: 0, n0: 500, k0: 10, bounded: true });
    expect(intervalEnd(stretch({ sums: none, shape: shape({ relative: true }) }), 'above', bounds)).toBeNull();
  });
  test('a rate has no upper end', () => {
    const one = stretch({
      sums: countBinAlone({ n1: 1, k1: 3, bounded: false }),
      shape: shape({ against: 'threshold' }),
    });
    expect(intervalEnd(one, 'below', bounds)).toBeGreaterThan(5);
  });
  test('a ratio to nothing is somewhere above', () => {
    const burst = stretch({ sums: few(12, 0), shape: shape({ relative: true }), noise: { ...calm, leaned: 1 } });
    const many = { ...burst, sums: countBin({ n1: 500, k1: 60, n0: 500, k0: 0, bounded: true }) };
    const low = intervalEnd(many, 'above', bounds) as number;
    expect(low).toBeGreaterThan(0);
    expect(reach(many, low, 'above', bounds)).toBeGreaterThanOrEqual(1);
    expect(reach(many, low * 1.05 + 0.05, 'above', bounds)).toBeLessThan(1);
    expect(intervalEnd(many, 'below', bounds)).toBeNull();
    const nothing = { ...burst, sums: few(0, 0) };
    expect(intervalEnd(nothing, 'above', bounds)).toBeNull();
  });
  test('no data, no interval', () => {
    expect(intervalEnd(stretch({ sums: noSums() }), 'above', bounds)).toBeNull();
    expect(intervalEnd(stretch({ sums: noSums() }), 'below', bounds)).toBeNull();
  });
});
