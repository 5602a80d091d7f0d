/**
 * The best published always-valid tests for the same questions, to compare with. They are given what no judge in
 * production has: the true variance, and a prior tuned to the very sample at which they decide. They know neither noise
 * between bins nor late harm, so this is the price of those at the most.
 */
import { bucketCounts, latency, requests } from './draws';
import type { Random } from './random';

/** The look at which it decides, or null. */
export type Published = { method: string; run: (random: Random, looks: number, alpha: number) => number | null };

type Question = { kind: 'share' | 'exponential'; from: number; to: number };

/**
 * Asymptotic confidence sequence, one-sided (Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas, arXiv 2103.06476):
 * n·(mean − effect) stays below σ·√(2(nρ²+1)/ρ²·ln(1 + √(nρ²+1)/(2α))), with
 * ρ² = (−2·ln 2α + ln(1 − 2·ln 2α))/n* narrowest at n*.
 */
export function publishedMean({ kind, from, to }: Question): Published {
  const varianceOf = (level: number) => (kind === 'share' ? level * (1 - level) : level * level);
  const variance = varianceOf(from) + varianceOf(to);
  const decides = (20 * variance) / (to - from) ** 2;
  const draw = (r: Random, level: number) =>
    kind === 'share' ? r.binomial(requests, level) : level * r.gamma(requests);
  return {
    method: 'Waudby-Smith et al., arXiv 2103.06476',
    run: (random, looks, alpha) => {
      const log = -2 * Math.log(2 * alpha);
      const rho2 = (log + Math.log(1 + log)) / decides;
      let difference = 0;
      for (let t = 1; t <= looks; t++) {
        difference += draw(random, to) - draw(random, from);
        const grown = t * requests * rho2 + 1;
        const bound = Math.sqrt(((2 * variance * grown) / rho2) * Math.log(1 + Math.sqrt(grown) / (2 * alpha)));
        if (difference >= bound) return t;
      }
      return null;
    },
  };
}

/**
 * Two quantiles (Howard & Ramdas, arXiv 1906.09712, theorem 5, one-sided): while the candidate's quantile is not the
 * larger one, some x has at most 1 − q of the candidate and at least 1 − q of the baseline above it. So for one x both
 * beta-binomial mixtures are supermartingales, and the smallest product over all x reaches 1/α with probability ≤ α.
 * The values are known one by one to 1 part in 200, not in buckets.
 */
export function publishedQuantile(q: number, times: number): Published {
  const above = 1 - q;
  const mixtures = { more: mixture(above, 1), fewer: mixture(above, -1) };
  const edges = Array.from({ length: 160 }, (_, i) => latency.median * Math.exp(latency.sigma * 1.6) * 1.005 ** i);
  return {
    method: 'Howard & Ramdas, arXiv 1906.09712',
    run: (random, looks, alpha) => {
      const totals = [1, times].map(() => new Array<number>(edges.length + 1).fill(0));
      for (let t = 1; t <= looks; t++) {
        for (const [arm, scale] of [1, times].entries()) {
          const into = totals[arm] as number[];
          bucketCounts(random, edges, requests, scale).forEach((k, i) => {
            into[i] = (into[i] as number) + k;
          });
        }
        if (smallest(totals as [number[], number[]], t * requests, mixtures) >= -Math.log(alpha)) return t;
      }
      return null;
    },
  };
}

type Mixture = (k: number, n: number) => number;

/** Over all edges; an edge that almost nothing or too much lies above is no candidate for the smallest. */
function smallest(totals: [number[], number[]], n: number, by: { more: Mixture; fewer: Mixture }): number {
  let least = Number.POSITIVE_INFINITY;
  let [baseline, candidate] = [0, 0];
  for (let i = totals[0].length - 1; i > 0; i--) {
    baseline += totals[0][i] as number;
    candidate += totals[1][i] as number;
    least = Math.min(least, by.more(candidate, n) + by.fewer(baseline, n));
  }
  return least;
}

/** ln of the mixture of likelihood ratios against `p`, over the half on `side` of a beta prior about `p`. */
function mixture(p: number, side: 1 | -1): Mixture {
  // Narrowest at n = 12,500, the best of 4,000 to 25,000 for + 20 %: ρ = p(1−p)·n/(2·ln 100 + ln(1 + 2·ln 100)).
  const size = 12_500 / 11.5;
  const points = Array.from({ length: 40 }, (_, i) => p * (side > 0 ? 1 + (i + 0.5) / 10 : (i + 0.5) / 40));
  const density = points.map((x) => (size * p - 1) * Math.log(x) + (size * (1 - p) - 1) * Math.log1p(-x));
  const top = Math.max(...density);
  const total = density.reduce((sum, d) => sum + Math.exp(d - top), 0);
  const parts = points.map((x, i) => ({
    weight: (density[i] as number) - top - Math.log(total),
    yes: Math.log(x / p),
    no: Math.log((1 - x) / (1 - p)),
  }));
  return (k, n) => {
    let most = Number.NEGATIVE_INFINITY;
    for (const { weight, yes, no } of parts) most = Math.max(most, weight + k * yes + (n - k) * no);
    let sum = 0;
    for (const { weight, yes, no } of parts) sum += Math.exp(weight + k * yes + (n - k) * no - most);
    return most + Math.log(sum);
  };
}
