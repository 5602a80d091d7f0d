/** The distributions that decisions rest on, against those of `@stdlib`, which nothing but tests uses. */
import stdlibErfc from '@stdlib/math-base-special-erfc';
import stdlibCdf from '@stdlib/stats-base-dists-normal-cdf';
import stdlibQuantile from '@stdlib/stats-base-dists-normal-quantile';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { erfc, normalCdf, normalQuantile } from './special';

/** At most this far off, as a part of the value. */
const within = 1e-13;

function near(ours: number, theirs: number, tolerance = within): void {
  if (theirs === 0) expect(ours).toBe(0);
  else expect(Math.abs(ours / theirs - 1)).toBeLessThan(tolerance);
}

/** Both sides of every seam between two approximations, and the far ends. */
const seams = [-26, -6, -4, -0.5, -1e-9, 0, 1e-9, 0.25, 0.4999, 0.5, 0.5001, 2, 3.9999, 4, 4.0001, 6, 12, 26];

describe('erfc', () => {
  test.each(seams)('at %d', (x) => near(erfc(x), stdlibErfc(x)));
  test('anywhere', () =>
    fc.assert(fc.property(fc.double({ min: -8, max: 26, noNaN: true }), (x) => near(erfc(x), stdlibErfc(x)))));
});

describe('Φ', () => {
  test.each(seams)('at %d', (z) => near(normalCdf(z), stdlibCdf(z, 0, 1), 1e-12));
  test('anywhere', () =>
    fc.assert(
      fc.property(fc.double({ min: -30, max: 8, noNaN: true }), (z) => near(normalCdf(z), stdlibCdf(z, 0, 1), 1e-12)),
    ));
});

describe('Φ⁻¹', () => {
  test.each([0.001, 0.02424, 0.02425, 0.02426, 0.1, 0.3, 0.4999, 0.5001, 0.7, 0.97574, 0.97576, 0.999])('at %d', (p) =>
    near(normalQuantile(p), stdlibQuantile(p, 0, 1), 1e-11),
  );
  // There the oracle's inverse knows p only as 2p − 1, so it is its Φ that is asked.
  test.each([1e-300, 1e-100, 1e-20, 1e-12, 1e-9, 1e-4])('far out, at %d', (p) =>
    near(stdlibCdf(normalQuantile(p), 0, 1), p, 1e-11),
  );
  test('the middle is 0, the ends are infinite', () => {
    expect(normalQuantile(0.5)).toBeCloseTo(0, 15);
    expect(normalQuantile(0)).toBe(Number.NEGATIVE_INFINITY);
    expect(normalQuantile(-0.1)).toBe(Number.NEGATIVE_INFINITY);
    expect(normalQuantile(1)).toBe(Number.POSITIVE_INFINITY);
    expect(normalQuantile(1.1)).toBe(Number.POSITIVE_INFINITY);
    expect(normalQuantile(Number.NaN)).toBe(Number.NEGATIVE_INFINITY);
  });
  test('anywhere', () =>
    fc.assert(
      fc.property(fc.double({ min: 1e-12, max: 1 - 1e-4, noNaN: true }), (p) =>
        near(stdlibCdf(normalQuantile(p), 0, 1), p, 1e-11),
      ),
    ));
});
