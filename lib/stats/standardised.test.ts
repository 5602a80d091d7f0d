import { describe, expect, test } from 'vitest';
import { scatterOf } from './scatter';
import { type Baseline, gammaInterval, type Stratum, standardised } from './standardised';

const minute = 60_000;
const stratum = (t: number, n1: number, k1: number, n0: number, k0: number, cohort = 'a'): Stratum => ({
  at: t * minute,
  cohort,
  n1,
  k1,
  n0,
  k0,
});
const minutesOf = (strata: Stratum[]): Baseline[] =>
  strata.map(({ at, cohort, n0, k0 }) => ({ at, cohort, n: n0, k: k0 }));
const level = 0.95;
const of = (strata: Stratum[]) => standardised(strata, minutesOf(strata), { level, stepMs: minute });

describe('the interval of a weighted sum of counts', () => {
  test('of one stratum with weight 1 it is the exact one of Garwood 1936', () => {
    // scipy.stats: chi2.ppf(.025, 20)/2, chi2.ppf(.975, 22)/2
    const [low, high] = gammaInterval({ mean: 10, variance: 10, largestWeight: 1, level });
    expect(low).toBeCloseTo(4.795389, 5);
    expect(high).toBeCloseTo(18.390356, 5);
  });
  test('of no events it still reaches as far as none can be told from some', () => {
    const [low, high] = gammaInterval({ mean: 0, variance: 0, largestWeight: 9, level });
    expect(low).toBe(0);
    expect(high).toBeCloseTo(9 * 3.688879, 5);
  });
  test('of unequal weights it agrees with SciPy for their formula', () => {
    const [low, high] = gammaInterval({ mean: 12.5, variance: 31.25, largestWeight: 5, level });
    expect(low).toBeCloseTo(4.058715975, 8);
    expect(high).toBeCloseTo(34.973759403, 8);
  });
});

describe('what the candidate would have counted', () => {
  test('strata are compared within themselves: a mix that differs is no excess', () => {
    // In each cohort both versions have the same rate; pooled, the candidate looks four times as bad.
    const found = of([stratum(0, 900, 90, 100, 10, 'bad'), stratum(0, 100, 1, 900, 9, 'good')]);
    expect(found.expected).toBeCloseTo(91, 10);
    expect(found.excess).toBeCloseTo(0, 10);
  });
  test('fewer than expected stay fewer', () => {
    const found = of(Array.from({ length: 20 }, (_, t) => stratum(t, 1_000, 5, 1_000, 20)));
    expect(found.excess).toBeCloseTo(-300, 10);
    expect(found.high).toBeLessThan(0);
  });
  test('a baseline without a single event leaves the candidate its own, and says how sure that is', () => {
    const found = of([stratum(0, 90, 4, 10, 0), stratum(1, 90, 5, 10, 0)]);
    expect(found.excess).toBe(9);
    expect(found.high).toBe(9);
    expect(found.low).toBeCloseTo(9 - 9 * 3.688879, 4);
  });
  test('no more can be expected than there were requests', () => {
    const found = of([stratum(0, 3, 3, 1, 1)]);
    expect(found.expectedHigh).toBe(3);
    expect(found.low).toBe(0);
  });
});

describe('the noise of minutes', () => {
  const cells = (ks: number[]) => ks.map((k, t) => ({ at: t * minute, cohort: 'a', n: 1_000, k, weight: 1 }));
  test('there is none where neighbours differ no more than by chance', () =>
    expect(scatterOf(cells([100, 108, 95, 101, 92, 104, 99, 107, 96, 103]), minute).tau2).toBeLessThan(0.002));
  test('it is what the rate varies by', () => {
    const noisy = Array.from({ length: 40 }, (_, t) => (t % 2 === 0 ? 70 : 130));
    // ±30 % of 100, differences of neighbours twice that: 2·τ² = 0.6²
    expect(scatterOf(cells(noisy), minute).tau2).toBeGreaterThan(0.17);
    expect(scatterOf(cells(noisy), minute).tau2).toBeLessThan(0.26);
  });
  test('a rate that drifts slowly is not taken for it', () => {
    const drifting = Array.from({ length: 30 }, (_, t) => 100 + 2 * t);
    // About its own mean it varies by 0.018.
    expect(scatterOf(cells(drifting), minute).tau2).toBeLessThan(0.008);
  });
  test('one minute alone shows none, so the usual one counts', () =>
    expect(scatterOf(cells([10]), minute)).toEqual({ tau2: 0.1, lag: 1, pairs: 0 }));
  test('it widens the interval', () => {
    const calm = of(Array.from({ length: 20 }, (_, t) => stratum(t, 1_000, 50, 1_000, 100)));
    const noisy = of(Array.from({ length: 20 }, (_, t) => stratum(t, 1_000, 50, 1_000, t % 2 === 0 ? 50 : 150)));
    expect(noisy.excess).toBeCloseTo(calm.excess, 10);
    expect(noisy.high - noisy.low).toBeGreaterThan(3 * (calm.high - calm.low));
  });
});
