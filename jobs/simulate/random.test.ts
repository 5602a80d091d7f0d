/** What is drawn has the distribution that it is called by, against `@stdlib`. */
import binomialCdf from '@stdlib/stats-base-dists-binomial-cdf';
import poissonCdf from '@stdlib/stats-base-dists-poisson-cdf';
import { describe, expect, test } from 'vitest';
import { bucketCounts, latencyCdf } from './draws';
import { randomFrom } from './random';
import { moreThan } from './tally';

const draws = 8_000;

/** The largest distance of two distribution functions. 2/√n is exceeded once in 1,500 samples (Kolmogorov). */
function farthest(sample: number[], cdf: (x: number) => number): number {
  const counts = new Map<number, number>();
  for (const x of sample) counts.set(x, (counts.get(x) ?? 0) + 1);
  let below = 0;
  let most = 0;
  for (const [x, count] of [...counts].sort(([a], [b]) => a - b)) {
    below += count / sample.length;
    most = Math.max(most, Math.abs(below - cdf(x)));
  }
  return most;
}
const sampleOf = (draw: () => number) => Array.from({ length: draws }, draw);
const most = 2 / Math.sqrt(draws);

describe('binomial', () => {
  test.each([
    [500, 0.01],
    [500, 0.059],
    [500, 0.061],
    [500, 0.3],
    [950, 0.5],
    [500, 0.97],
    [3, 0.4],
  ])('%i at %d', (n, p) => {
    const r = randomFrom(1, n);
    expect(
      farthest(
        sampleOf(() => r.binomial(n, p)),
        (k) => binomialCdf(k, n, p),
      ),
    ).toBeLessThan(most);
  });
  test('nothing and everything', () => {
    const r = randomFrom(1, 1);
    expect([r.binomial(10, 0), r.binomial(0, 0.5), r.binomial(10, 1)]).toEqual([0, 0, 10]);
  });
});

test.each([0.3, 2.5, 29, 31, 300])('Poisson %d', (mean) => {
  const r = randomFrom(2, mean);
  expect(
    farthest(
      sampleOf(() => r.poisson(mean)),
      (k) => poissonCdf(k, mean),
    ),
  ).toBeLessThan(most);
});

test('the counts of buckets add up, and each is binomial', () => {
  const edges = [50, 100, 250, 500];
  const r = randomFrom(3, 0);
  const counts = Array.from({ length: draws }, () => bucketCounts(r, edges, 500, 1.1));
  for (const [i, from] of [0, ...edges].entries()) {
    const upTo = edges[i] === undefined ? 1 : latencyCdf(edges[i], 1.1);
    const p = upTo - latencyCdf(from, 1.1);
    expect(
      farthest(
        counts.map((c) => c[i] as number),
        (k) => binomialCdf(k, 500, p),
      ),
    ).toBeLessThan(most);
  }
  expect(counts.every((c) => c.reduce((a, b) => a + b, 0) === 500)).toBe(true);
});

test.each([
  [2, 100, 0.01],
  [16, 800, 0.01],
  [16, 800, 0.03],
  [10, 10, 0.5],
])('more than %i of %i at %d', (k, n, rate) =>
  expect(moreThan(k, n, rate)).toBeCloseTo(1 - binomialCdf(k, n, rate), 12),
);
