import { describe, expect, test } from 'vitest';
import { gammaCdf, gammaQuantile, logGamma } from './gamma';

describe('the gamma distribution agrees with SciPy', () => {
  test.each([
    [0.5, 0.5723649429247],
    [100, 359.1342053695754],
  ])('ln Γ(%d)', (a, want) => expect(logGamma(a) / want).toBeCloseTo(1, 13));
  test.each([
    [0.01, 0.975, 0.047137958431590306],
    [0.1, 0.025, 5.791710245521471e-17],
    [0.5, 0.975, 2.511943093657444],
    [3, 0.025, 0.6186721228956014],
    [50, 0.975, 64.7805985929183],
    [1e4, 0.025, 9804.952467260184],
    [1e6, 0.975, 1001960.9109654503],
  ])('quantile of shape %d at %d', (shape, p, want) => {
    expect(gammaQuantile(shape, p) / want).toBeCloseTo(1, 11);
    expect(gammaCdf(shape, want) / p).toBeCloseTo(1, 9);
  });
  test('the ends', () => {
    expect(gammaCdf(2, 0)).toBe(0);
    expect(gammaCdf(2, Number.POSITIVE_INFINITY)).toBe(1);
    expect(gammaQuantile(2, 0)).toBe(0);
    expect(gammaQuantile(2, 1)).toBe(Number.POSITIVE_INFINITY);
  });
});
