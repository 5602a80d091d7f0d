import { describe, expect, test } from 'vitest';
import { changeOf } from './change';
import type { Stratum } from './standardised';

const step = 10_000;
const strata = (rates: Array<[number, number]>): Stratum[] =>
  rates.map(([k1, k0], t) => ({ at: t * step, cohort: 'a', n1: 100, k1, n0: 100, k0 }));
const flat = (times: number, k1: number, k0: number): Array<[number, number]> =>
  Array.from({ length: times }, () => [k1, k0]);
const of = { worse: 'above', dispersion: 1, level: 0.95 } as const;

describe('changeOf', () => {
  test('finds the step from which the candidate is worse, and by how many times', () => {
    const found = changeOf(strata([...flat(20, 2, 2), ...flat(10, 12, 2)]), of);
    expect(found).toMatchObject({ at: 20 * step, first: false });
    expect(found?.low).toBeGreaterThanOrEqual(18 * step);
    expect(found?.high).toBeLessThanOrEqual(21 * step);
    expect(found?.ratio).toBeGreaterThan(5);
    expect(found?.ratio).toBeLessThan(7);
  });
  test('a burst of both is no change', () =>
    expect(changeOf(strata([...flat(20, 2, 2), ...flat(10, 20, 20)]), of)).toBeNull());
  test('what is no more than chance is none, nor what noise explains', () => {
    expect(changeOf(strata(flat(30, 3, 2)), of)).toBeNull();
    const harm = strata([...flat(20, 2, 2), ...flat(4, 8, 2)]);
    expect(changeOf(harm, of)).not.toBeNull();
    expect(changeOf(harm, { ...of, dispersion: 10 })).toBeNull();
  });
  test('better is not worse', () => {
    const fewer = strata([...flat(20, 10, 10), ...flat(20, 2, 10)]);
    expect(changeOf(fewer, of)).toBeNull();
    expect(changeOf(fewer, { ...of, worse: 'below' })).toMatchObject({ at: 20 * step });
  });
  test('harm from the first step on says so', () =>
    expect(changeOf(strata(flat(10, 12, 2)), of)).toMatchObject({ at: 0, first: true }));
  test('a baseline without events is no obstacle', () =>
    expect(changeOf(strata([...flat(10, 0, 0), ...flat(10, 5, 0)]), of)).toMatchObject({ at: 10 * step }));
  test('small harm is less certain of its beginning than large harm', () => {
    const width = (k: number) => {
      const found = changeOf(strata([...flat(60, 4, 4), ...flat(60, k, 4)]), of);
      return found ? found.high - found.low : Number.NaN;
    };
    expect(width(7)).toBeGreaterThan(width(20));
  });
  test('nothing seen', () => expect(changeOf([], of)).toBeNull());
});
