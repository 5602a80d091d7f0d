import { describe, expect, test } from 'vitest';
import { boundOf, deviationFor, exponent, exponentNeeded } from './boundary';
import { addHistograms, fromExponential, totalOf } from './histogram';
import { countAbove, pivotAt, valueAbove } from './quantile';
import { erfc, normalCdf, normalQuantile } from './special';
import { isAlive, startShare } from './starts';

describe('special functions agree with SciPy', () => {
  test.each([
    [0.1, 0.8875370839817152],
    [1, 0.15729920705028513],
    [5, 1.5374597944280347e-12],
    [-2, 1.9953222650189528],
  ])('erfc(%d)', (x, want) => expect(erfc(x) / want).toBeCloseTo(1, 13));
  test.each([
    [0.975, 1.959963984540054],
    [0.01, -2.3263478740408408],
    [1e-9, -5.9978070150076865],
  ])('Φ⁻¹(%d)', (p, want) => {
    expect(normalQuantile(p)).toBeCloseTo(want, 11);
    expect(normalCdf(normalQuantile(p)) / p).toBeCloseTo(1, 11);
  });
});

describe('boundary', () => {
  test('without skew the exponent is the normal one', () =>
    expect(exponent({ s: 3, v: 4, k3: 0 })).toBeCloseTo(9 / 8, 12));
  test('a Poisson count of zero where n·p is expected has the exponent n·p', () =>
    expect(exponent({ s: -7, v: 7, k3: 7 })).toBeCloseTo(7, 12));
  test('an excess is worth less than a normal one where events are rare', () =>
    expect(exponent({ s: 6, v: 4, k3: 4 })).toBeLessThan(36 / 8));
  test('nothing is no evidence, and what cannot be is all of it', () => {
    expect(exponent({ s: 0, v: 0, k3: 0 })).toBe(0);
    expect(exponent({ s: 1, v: 0, k3: 0 })).toBe(Number.POSITIVE_INFINITY);
  });
  test.each([
    [5, 10, 4, 1],
    [5, 10, 4, -1],
    [12, 300, -80, 1],
    [0.5, 2, 2, 1],
  ] as const)('deviationFor inverts exponent (%d, %d, %d, %d)', (e, v, k3, sign) =>
    expect(exponent({ s: deviationFor(e, v, k3, sign), v, k3 })).toBeCloseTo(e, 6),
  );
  test('the boundary asks for more than the bound, and less than 20 % more where it is tuned', () => {
    const bound = boundOf(0.01);
    const needed = exponentNeeded(20, 2.5, bound);
    expect(needed).toBeGreaterThan(bound.log);
    expect(needed).toBeLessThan(1.35 * bound.log);
  });
});

describe('start times', () => {
  test('shares never add up to more than 1', () => {
    let sum = 0;
    for (let start = 0; start < 200_000; start++) sum += startShare(start);
    expect(sum).toBeLessThan(1);
    expect(sum).toBeGreaterThan(0.8);
  });
  test('after a month of 10-second bins fewer than 100 starts are alive', () => {
    const bins = 259_200;
    let alive = 0;
    for (let start = 0; start < bins; start++) if (isAlive(start, bins)) alive++;
    expect(alive).toBeLessThan(100);
  });
  test.each([3, 10, 50, 400])('harm %d bins old is seen by a start that saw at least three quarters of it', (age) => {
    for (let now = 1000; now < 1200; now++) {
      let best = 0;
      for (let start = now - age; start < now; start++) if (isAlive(start, now)) best = Math.max(best, now - start);
      expect(best / age).toBeGreaterThanOrEqual(0.74 - 1 / age);
    }
  });
});

describe('histograms', () => {
  const exponential = (offset: number, scale = 2) =>
    fromExponential({ scale, zeroCount: 1, offset, counts: [1, 2, 3, 4] });
  test('different ranges and scales add up exactly', () => {
    const sum = addHistograms(addHistograms(exponential(0), exponential(9)), exponential(3, 1));
    expect(totalOf(sum)).toBe(33);
    expect(sum.edges).toEqual([...sum.edges].sort((a, b) => a - b));
  });
  test('adding and taking away leaves what was there', () => {
    const a = { edges: [1, 2, 5], counts: [3, 0, 4, 1] };
    const b = { edges: [1, 2, 5], counts: [1, 2, 0, 0] };
    expect(addHistograms(addHistograms(a, b), b, -1)).toEqual(a);
  });
  test('unequal explicit bounds meet on what both have: no count moves over an edge that stays', () => {
    const sum = addHistograms({ edges: [1, 2, 5], counts: [3, 1, 4, 1] }, { edges: [2, 4], counts: [1, 2, 3] });
    expect(sum).toEqual({ edges: [2], counts: [5, 10] });
  });
});

describe('quantiles', () => {
  const latencies = { edges: [100, 200, 300], counts: [50, 40, 9, 1] };
  test('a quantile beyond the last edge is not known', () =>
    expect(valueAbove(latencies, 0.5, 100)).toBe(Number.POSITIVE_INFINITY));
  test('at an edge it is the edge', () => expect(valueAbove(latencies, 10, 100)).toBeCloseTo(200, 9));
  test('a pivot at a quantile counts what lies above it', () => {
    const value = valueAbove(latencies, 4, 100);
    const pivot = pivotAt(latencies, value, 100);
    expect(value).toBeGreaterThan(200);
    expect(value).toBeLessThan(300);
    expect(pivot && countAbove(latencies, pivot)).toBeCloseTo(4, 6);
  });
  test('a log-normal in coarse buckets is found exactly', () => {
    const edges = [50, 100, 200, 400, 800];
    const total = 1e6;
    const upTo = edges.map((e) => total * normalCdf(Math.log(e / 120) / 0.6));
    const counts = [...upTo, total].map((c, i) => c - (i === 0 ? 0 : (upTo[i - 1] as number)));
    expect(valueAbove({ edges, counts }, 0.01 * total, total)).toBeCloseTo(120 * Math.exp(0.6 * 2.3263478740408408), 4);
  });
});
