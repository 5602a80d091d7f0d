/**
 * What one arm would have counted at the concurrent rate of another, with its interval. Pure.
 *
 * Per stratum (cohort and minute) the candidate had n₁ observations and the baseline k₀ of n₀: expected are
 * E = Σ w·k₀ with w = n₁/n₀, the directly standardised count. Its interval is the gamma interval of Fay & Feuer
 * (Statistics in Medicine 16, 1997) for a weighted sum of Poisson counts: with v = Σ w²·k₀ the lower end is the α/2
 * quantile of the gamma distribution of mean E and variance v, the upper end the 1 − α/2 quantile of the one of mean
 * E + w* and variance v + w*², w* the largest weight. It covers at least as often as it says.
 *
 * Two things are not as in a register of deaths. Minutes of a service vary more than Poisson counts: what they vary
 * more (`scatter.ts`) is added to v, and w* grows as v does. And counts that are a part of n₀ vary less than Poisson
 * ones: v has their 1 − p.
 */
import { gammaQuantile } from './gamma';
import { type Counted, type Scatter, scatterOf } from './scatter';

/** One cohort in one minute, both arms seen. */
export type Stratum = { at: number; cohort: string; n1: number; k1: number; n0: number; k0: number };
export type Baseline = { at: number; cohort: string; n: number; k: number };
export type Standardised = {
  /** what the candidate counted, and on how many */
  k: number;
  n: number;
  /** what the baseline counted in the same strata, and on how many */
  k0: number;
  n0: number;
  expected: number;
  expectedLow: number;
  expectedHigh: number;
  /** k − expected, and k less the ends of its interval */
  excess: number;
  low: number;
  high: number;
  /** of `expected`: what counting alone makes, and with the noise of the minutes */
  counting: number;
  variance: number;
  largestWeight: number;
  scatter: Scatter;
};

export type Options = { level: number; stepMs: number };

/** `minutes`: all that the baseline counted, wherever the candidate was; its noise is learned from them. */
export function standardised(strata: readonly Stratum[], minutes: readonly Baseline[], options: Options): Standardised {
  const sums = sumsOf(strata);
  const scatter = scatterOf(weighted(strata, minutes), options.stepMs);
  const counting = countingOf(strata);
  const span = options.stepMs * scatter.lag;
  const noise = scatter.tau2 * squaresOf(strata, span);
  const variance = counting + noise;
  const clump = counting > 0 ? variance / counting : 1;
  const [expectedLow, expectedHigh] = gammaInterval({
    mean: sums.expected,
    variance,
    largestWeight: sums.largestWeight * clump,
    level: options.level,
  });
  // Of n observations no more than n can count, where none counts twice.
  const most = strata.every((s) => s.k0 <= s.n0 && s.k1 <= s.n1) ? sums.n : Number.POSITIVE_INFINITY;
  const high = Math.min(most, Math.max(sums.expected, expectedHigh));
  return {
    ...sums,
    expectedLow,
    expectedHigh: high,
    excess: sums.k - sums.expected,
    low: sums.k - high,
    high: sums.k - expectedLow,
    counting,
    variance,
    scatter,
  };
}

/** How much more (or, of a large share, less) the baseline's counts vary than Poisson ones of their size. */
export function dispersionOf(strata: readonly Stratum[], { variance }: Pick<Standardised, 'variance'>): number {
  const poisson = strata.reduce((sum, { n1, n0, k0 }) => sum + (n1 / n0) ** 2 * k0, 0);
  return poisson > 0 ? variance / poisson : 1;
}

/** Fay & Feuer 1997, equation (3) and what follows it. */
export function gammaInterval(of: {
  mean: number;
  variance: number;
  largestWeight: number;
  level: number;
}): [number, number] {
  const { mean, variance, largestWeight: w, level } = of;
  const quantile = (m: number, v: number, p: number) => (m > 0 && v > 0 ? (v / m) * gammaQuantile((m * m) / v, p) : m);
  return [quantile(mean, variance, (1 - level) / 2), quantile(mean + w, variance + w * w, (1 + level) / 2)];
}

export function sumsOf(
  strata: readonly Stratum[],
): Pick<Standardised, 'k' | 'n' | 'k0' | 'n0' | 'expected' | 'largestWeight'> {
  const sums = { k: 0, n: 0, k0: 0, n0: 0, expected: 0, largestWeight: 0 };
  for (const { n1, k1, n0, k0 } of strata) {
    sums.k += k1;
    sums.n += n1;
    sums.k0 += k0;
    sums.n0 += n0;
    sums.expected += (n1 / n0) * k0;
    sums.largestWeight = Math.max(sums.largestWeight, n1 / n0);
  }
  return sums;
}

/** Σ w²·k₀, with 1 − p where the counts are a part of the observations. */
function countingOf(strata: readonly Stratum[]): number {
  let sum = 0;
  const part = partOf(strata);
  for (const { n1, n0, k0, cohort } of strata) sum += (n1 / n0) ** 2 * k0 * (1 - (part.get(cohort) ?? 0));
  return sum;
}

/** The share of a cohort's observations that count; 0 where one observation may count more than once. */
function partOf(strata: readonly Stratum[]): Map<string, number> {
  const all = new Map<string, { n: number; k: number; part: boolean }>();
  for (const { cohort, n0, k0 } of strata) {
    const had = all.get(cohort) ?? { n: 0, k: 0, part: true };
    all.set(cohort, { n: had.n + n0, k: had.k + k0, part: had.part && k0 <= n0 });
  }
  return new Map([...all].map(([cohort, { n, k, part }]) => [cohort, part ? k / (n + 1) : 0]));
}

/** Σ over spans of (Σ w·μ)², μ² as k(k−1), which is what it is on average. */
function squaresOf(strata: readonly Stratum[], spanMs: number): number {
  const spans = new Map<number, { sum: number; own: number }>();
  for (const { at, n1, n0, k0 } of strata) {
    const span = Math.floor(at / spanMs);
    const had = spans.get(span) ?? { sum: 0, own: 0 };
    const w = n1 / n0;
    spans.set(span, { sum: had.sum + w * k0, own: had.own + w * w * k0 });
  }
  return [...spans.values()].reduce((all, { sum, own }) => all + Math.max(0, sum * sum - own), 0);
}

/** Each cohort's minutes, with the weight that its events have on average. */
function weighted(strata: readonly Stratum[], minutes: readonly Baseline[]): Counted[] {
  const sums = new Map<string, { n1: number; n0: number }>();
  for (const { cohort, n1, n0 } of strata) {
    const had = sums.get(cohort) ?? { n1: 0, n0: 0 };
    sums.set(cohort, { n1: had.n1 + n1, n0: had.n0 + n0 });
  }
  return minutes.flatMap((m) => {
    const of = sums.get(m.cohort);
    return of && of.n0 > 0 ? [{ ...m, weight: of.n1 / of.n0 }] : [];
  });
}
