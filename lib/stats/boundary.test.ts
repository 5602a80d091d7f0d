import { describe, expect, test } from 'vitest';
import { boundOf, deviationFor, exponent, exponentNeeded } from './boundary';
import { normalCdf } from './special';

describe('the exponent is Chernoff’s, of a Poisson variable of the same cumulants', () => {
  /** sup over λ of λs − ln E exp(λ(X − EX)) for X = c·Poisson(v/c²), found by trying. */
  function chernoff(s: number, v: number, c: number): number {
    let best = 0;
    for (let l = -20; l <= 20; l += 0.001) best = Math.max(best, l * s - (v / (c * c)) * (Math.expm1(c * l) - c * l));
    return best;
  }
  test.each([
    [3, 4, 1],
    [-3, 4, 1],
    [3, 4, -1],
    [-3, 4, -1],
    [3, 4, 0.3],
    [8, 4, 0.7],
    [-2, 9, 0.4],
  ])('s = %d, v = %d, c = %d', (s, v, c) => expect(exponent({ s, v, k3: c * v })).toBeCloseTo(chernoff(s, v, c), 3));
  test.each([
    [3, 4, 8, 1],
    [3, 4, -8, -1],
  ])('skew counts for at most one event each (s = %d, v = %d, K = %d)', (s, v, k3, c) =>
    expect(exponent({ s, v, k3 })).toBe(exponent({ s, v, k3: c * v })),
  );
  test.each([1, -1])('series and formula meet where one takes over from the other (%i)', (sign) => {
    const v = 50;
    for (const x of [0.99e-4, 1.01e-4]) {
      const k3 = 0.5 * v;
      const s = (sign * x * v) / 0.5;
      const plain = (s * s) / (2 * v);
      expect(exponent({ s, v, k3 }) / plain).toBeCloseTo(1 - (sign * x) / 3, 6);
    }
  });
  test.each([
    [-4, 4, 1, 4],
    [-5, 4, 1, 4],
    [-8, 4, 0.5, 16],
  ])('no further below than none at all (%d)', (s, v, c, e) =>
    expect(exponent({ s, v, k3: c * v })).toBeCloseTo(e, 12),
  );
  test.each([
    [0, 4, 1, 0],
    [Number.NaN, 4, 1, 0],
    [1, Number.NaN, 1, Number.POSITIVE_INFINITY],
    [1, -1, 1, Number.POSITIVE_INFINITY],
    [-1, 0, 0, Number.POSITIVE_INFINITY],
  ])('of s = %d at v = %d', (s, v, k3, want) => expect(exponent({ s, v, k3 })).toBe(want));
});

describe('the boundary', () => {
  /** The mixture at the exponent that is said to be needed. */
  const mixture = (v: number, rho: number, e: number) =>
    2 * Math.sqrt(rho / (v + rho)) * Math.exp((e * v) / (v + rho)) * normalCdf(Math.sqrt((2 * e * v) / (v + rho)));
  test.each([
    [0.01, 20, 2.5],
    [0.01, 1000, 5],
    [1e-4, 20, 2.5],
    [1e-9, 300, 1],
    [0.2, 50, 50],
  ])('α = %d at v = %d, ρ = %d: the mixture has reached 1/α there, and hardly more', (alpha, v, rho) => {
    const reached = mixture(v, rho, exponentNeeded(v, rho, boundOf(alpha))) * alpha;
    expect(reached).toBeGreaterThanOrEqual(1);
    expect(reached).toBeLessThan(1.12);
  });
  test('holds its own logarithm', () => expect(boundOf(0.01).log).toBeCloseTo(Math.log(100), 12));
  test('a bound of one half and more asks for nothing negative', () => {
    expect(boundOf(0.9).constant).toBeCloseTo(-Math.log(0.9), 12);
    expect(exponentNeeded(1, 1e-9, boundOf(0.999))).toBeGreaterThanOrEqual(0);
  });
  test.each([0, -1, Number.NaN])('never reached without variance (%d)', (v) =>
    expect(exponentNeeded(v, 1, boundOf(0.01))).toBe(Number.POSITIVE_INFINITY),
  );
});

describe('the deviation of an exponent', () => {
  const cases = [0.01, 0.5, 3, 12, 60].flatMap((e) =>
    [0.5, 4, 300].flatMap((v) => [-1, -0.3, 0, 1e-6, 0.3, 1].map((c) => [e, v, c] as const)),
  );
  test.each(cases)('e = %d, v = %d, c = %d: there and back', (e, v, c) => {
    for (const sign of [1, -1] as const) {
      const s = deviationFor(e, v, c * v, sign);
      expect(Math.sign(s)).toBe(sign);
      const most = v / (c * c);
      // Towards fewer events than none there is no more evidence than that of none.
      if (sign * c < 0 && e >= most) expect(s).toBeCloseTo(-v / c, 9);
      else expect(exponent({ s, v, k3: c * v }) / e).toBeCloseTo(1, 4);
    }
  });
  test('skew counts for at most one event each', () =>
    expect(deviationFor(5, 4, 40, 1)).toBe(deviationFor(5, 4, 4, 1)));
});
