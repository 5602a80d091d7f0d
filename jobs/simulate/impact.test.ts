import { describe, expect, test } from 'vitest';
import { gammaInterval, type Stratum, standardised } from '@/lib/stats/standardised';
import { standardisedSum } from '@/lib/stats/standardised-sum';
import { cover, type Estimator, estimator, level, mostMisses, onsets } from './impact';
import { type Incident, incidents, minuteMs } from './impact-cases';
import { randomFrom } from './random';
import { moreThan } from './tally';

const named = (name: string): Incident => {
  const found = incidents.find((i) => i.name === name);
  if (!found) throw new Error(`no incident "${name}"`);
  return found;
};
const runs = 200;
const missesOf = (name: string, of?: Estimator) => {
  const { above, below } = cover(named(name), 11, runs, of);
  return above + below;
};

describe('the interval of the impact covers the truth as often as it says', () => {
  test('and the bound is what it is called', () => {
    expect(moreThan(mostMisses(runs), runs, 1 - level)).toBeLessThanOrEqual(0.001);
    expect(moreThan(mostMisses(runs) - 1, runs, 1 - level)).toBeGreaterThan(0.001);
    expect(moreThan(mostMisses(runs), runs, 0.2)).toBeGreaterThan(0.99);
  });
  test.each(incidents.filter((i) => !i.stated).map((i) => i.name))('%s', (name) =>
    expect(missesOf(name)).toBeLessThanOrEqual(mostMisses(runs)),
  );
});

describe('an estimator that forgets something misses', () => {
  /** Both versions pooled over all cohorts and minutes. */
  const pooled: Estimator = ({ strata, minutes }) => {
    const all = (of: (s: Stratum) => number) => strata.reduce((sum, s) => sum + of(s), 0);
    const counts = { n1: all((s) => s.n1), k1: all((s) => s.k1), n0: all((s) => s.n0), k0: all((s) => s.k0) };
    const sum: Stratum = { at: 0, cohort: 'all', ...counts };
    return standardised(
      [sum],
      minutes.map((m) => ({ ...m, cohort: 'all' })),
      { level, stepMs: minuteMs },
    );
  };
  /** As if minutes varied by chance alone. */
  const calm: Estimator = (given) => {
    const { k, expected: mean, counting: variance, largestWeight } = estimator(given);
    const [low, high] = gammaInterval({ mean, variance, largestWeight, level });
    return { low: k - high, high: k - low };
  };
  test('the strata', () => expect(missesOf('ramp, the mix changes', pooled)).toBeGreaterThan(2 * mostMisses(runs)));
  test('the noise of the minutes', () => {
    expect(missesOf('noisy, many events', calm)).toBeGreaterThan(2 * mostMisses(runs));
    expect(missesOf('noisy minutes, sd 0.45', calm)).toBeGreaterThan(2 * mostMisses(runs));
  });
});

describe('the interval is not wide for nothing', () => {
  test.each([
    ['errors 1 % to 5 %', 1.4],
    ['5 % to 20 %', 1.4],
    ['ramp, the mix changes', 1.4],
    ['noisy, many events', 1.5],
  ])('%s: at most %d times as wide as the oracle’s', (name, most) =>
    expect(cover(named(name), 11, runs).width).toBeLessThan(most),
  );
});

describe('the onset', () => {
  test.each([
    ['5 % to 20 %', 1],
    ['ramp, the mix changes', 1],
    ['noisy minutes, sd 0.45', 2],
  ])('%s: found, and off by at most %d minutes nine times of ten', (name, most) => {
    const found = onsets(named(name), 11, 60);
    expect(found.found).toBeGreaterThan(50);
    expect(found.median).toBe(0);
    expect(found.p90).toBeLessThanOrEqual(most);
    expect(found.held).toBeGreaterThanOrEqual(0.9 * found.found);
  });
  test('is found nowhere where there is no harm', () =>
    expect(onsets(named('no harm: 1 % and 1 %'), 11, 200).found).toBeLessThanOrEqual(4));
});

describe('the interval of a sum covers the truth', () => {
  /** Latencies: log-normal of sd 1, so of a heavy tail, and minutes that vary by `noise`. */
  const misses = (noise: number) => {
    let missed = 0;
    for (let i = 0; i < runs; i++) {
      const r = randomFrom(5, i);
      const strata: Stratum[] = [];
      for (let t = 0; t < 20; t++) {
        const level = Math.exp(noise * r.normal() - (noise * noise) / 2);
        let k0 = 0;
        for (let n = 0; n < 60; n++) k0 += level * Math.exp(r.normal() - 0.5);
        strata.push({ at: t * minuteMs, cohort: 'a', n1: 40 + t, k1: 100, n0: 60, k0 });
      }
      const truth = strata.reduce((sum, s) => sum + s.k1 - s.n1, 0);
      const found = standardisedSum(
        strata,
        strata.map(({ at, cohort, n0, k0 }) => ({ at, cohort, n: n0, k: k0 })),
        { level, stepMs: minuteMs },
      );
      if (!found || truth < found.low || truth > found.high) missed++;
    }
    return missed;
  };
  test.each([0, 0.3])('minutes vary by %d', (noise) => {
    expect(misses(noise)).toBeLessThanOrEqual(mostMisses(runs));
  });
});
