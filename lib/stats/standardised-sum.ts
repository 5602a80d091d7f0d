/**
 * What one arm's values would have summed to at the concurrent mean of another, with its interval. Pure.
 *
 * As in `standardised.ts`, with sums in place of counts: E = Σ n₁·m₀, m₀ the baseline's mean in the stratum. A value's
 * variance σ² is what the means of neighbouring minutes differ by (von Neumann, Ann. Math. Stat. 12, 1941), so it holds
 * what minutes vary as well as what values do; rather too large than too small, by a quantile of χ². The interval is
 * normal: there are many values.
 */
import { gammaQuantile } from './gamma';
import { tuning } from './scatter';
import { normalQuantile } from './special';
import { type Baseline, type Options, type Standardised, type Stratum, sumsOf } from './standardised';

/** `k1`, `k0`, `k`: sums of values. Null where too few minutes show how much they vary. */
export function standardisedSum(
  strata: readonly Stratum[],
  minutes: readonly Baseline[],
  options: Options,
): Standardised | null {
  const sums = sumsOf(strata);
  let variance = 0;
  let worst = { tau2: 0, lag: 1, pairs: Number.POSITIVE_INFINITY };
  for (const cohort of new Set(strata.map((s) => s.cohort))) {
    const spread = spreadOf(
      minutes.filter((m) => m.cohort === cohort),
      options.stepMs,
    );
    if (spread === null) return null;
    if (spread.pairs < worst.pairs) worst = spread;
    for (const { n1, n0, cohort: own } of strata) if (own === cohort) variance += (n1 * n1 * spread.tau2) / n0;
  }
  const half = normalQuantile((1 + options.level) / 2) * Math.sqrt(variance);
  return {
    ...sums,
    expectedLow: sums.expected - half,
    expectedHigh: sums.expected + half,
    excess: sums.k - sums.expected,
    low: sums.k - sums.expected - half,
    high: sums.k - sums.expected + half,
    counting: 0,
    variance,
    scatter: worst,
  };
}

/** The variance of one value, noise of its minute included; the larger of what single minutes and runs of them show. */
function spreadOf(minutes: readonly Baseline[], stepMs: number): Standardised['scatter'] | null {
  const found = tuning.lags.flatMap((lag) => over(minutes, stepMs * lag, lag) ?? []);
  const [first] = found;
  return first?.lag === 1 ? found.reduce((most, s) => (s.tau2 > most.tau2 ? s : most)) : null;
}

function over(minutes: readonly Baseline[], spanMs: number, lag: number): Standardised['scatter'] | null {
  const spans = new Map<number, { n: number; k: number }>();
  for (const { at, n, k } of minutes) {
    const span = Math.floor(at / spanMs);
    const had = spans.get(span) ?? { n: 0, k: 0 };
    spans.set(span, { n: had.n + n, k: had.k + k });
  }
  let sum = 0;
  let pairs = 0;
  for (const [span, a] of spans) {
    const b = spans.get(span + 1);
    if (!b) continue;
    sum += (a.k / a.n - b.k / b.n) ** 2 / (1 / a.n + 1 / b.n);
    pairs++;
  }
  if (pairs < tuning.fewestPairs) return null;
  const free = pairs * tuning.worth;
  const least = Math.min(1, (2 * gammaQuantile(free / 2, tuning.doubt)) / free);
  return { tau2: ((sum / pairs) * (lag > 1 ? tuning.alike : 1)) / least, lag, pairs };
}
