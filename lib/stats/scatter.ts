/**
 * How much more the counts of a baseline vary from minute to minute than chance alone would make them. Pure.
 *
 * The relative variance τ² of the rate: a minute of μ expected events has the variance μ + τ²μ². (A split of traffic
 * thins counts, and thinning keeps τ².) Neighbouring minutes are compared with each other, so a rate that drifts is
 * not taken for noise (von Neumann, Ann. Math. Stat. 12, 1941): given their sum m, the first of two minutes with n and
 * n′ observations has m·f events, f = n/(n+n′), and the variance m·f·(1−f), which needs no estimate of the rate. The
 * cohorts of a minute are added before they are squared, so noise that they share counts as such. τ² is where
 * Σ D²/(V + τ²·V₂) meets its expectation, the number of pairs (Paule & Mandel, J. Res. NBS 87, 1982); rather too large
 * than too small, so it meets a lower quantile of χ² instead (the Q-profile of Viechtbauer, Stat. Med. 26, 2007).
 */
import { gammaQuantile } from './gamma';

/** What the baseline counted in one minute and cohort; `weight`: what one of its events stands for. */
export type Counted = { at: number; cohort: string; n: number; k: number; weight: number };
export type Scatter = {
  /** relative variance of the rate from one run of `lag` minutes to the next */
  tau2: number;
  /** how many minutes at a time it is largest over */
  lag: number;
  /** how many pairs of runs showed it; 0: none did, and it is what is expected of any service */
  pairs: number;
};

/** Chosen by simulation (`npm run simulate -- impact`). */
export const tuning = {
  /** log-rate noise, squared, where nothing has shown any */
  usual: 0.1,
  /** the truth is above it about so often */
  doubt: 0.3,
  /** differences of neighbours overlap: a pair is worth two thirds of a degree of freedom */
  worth: 2 / 3,
  /** noise that lingers shows over several minutes only, so runs of so many count too, where there are enough of them */
  lags: [1, 5],
  fewestPairs: 4,
  /** and runs that follow each other are still a little alike */
  alike: 1.3,
};

type Pair = { d2: number; v: number; v2: number };

export function scatterOf(cells: readonly Counted[], stepMs: number): Scatter {
  const found = tuning.lags.map((lag) => over(pairsOf(cells, stepMs * lag), lag));
  return found.reduce((worst, s) =>
    s.pairs >= tuning.fewestPairs && s.tau2 * s.lag > worst.tau2 * worst.lag ? s : worst,
  );
}

function over(pairs: Pair[], lag: number): Scatter {
  return { tau2: solved(pairs) * (lag > 1 ? tuning.alike : 1), lag, pairs: pairs.length };
}

function pairsOf(cells: readonly Counted[], spanMs: number): Pair[] {
  const spans = new Map<number, Span>();
  for (const { at, cohort, n, k, weight } of cells) {
    if (!(n > 0)) continue;
    const number = Math.floor(at / spanMs);
    const span = spans.get(number) ?? new Map();
    spans.set(number, span);
    const had = span.get(cohort) ?? { n: 0, k: 0 };
    span.set(cohort, { n: had.n + n, k: had.k + k, weight });
  }
  return [...spans].flatMap(([number, here]) => {
    const next = spans.get(number + 1);
    const pair = next && paired(here, next);
    return pair && pair.v > 0 ? [pair] : [];
  });
}

type Span = Map<string, { n: number; k: number; weight: number }>;

function paired(here: Span, next: Span): Pair {
  let d = 0;
  let v = 0;
  let root = 0;
  for (const [cohort, a] of here) {
    const b = next.get(cohort);
    if (!b) continue;
    const f = a.n / (a.n + b.n);
    const m = a.k + b.k;
    const rest = m <= a.n + b.n ? 1 - m / (a.n + b.n) : 1;
    d += a.weight * (a.k - m * f);
    v += a.weight ** 2 * m * f * (1 - f) * rest;
    root += a.weight * m * f * (1 - f);
  }
  return { d2: d * d, v, v2: 2 * root * root };
}

/** Σ D²/(V + τ²V₂) falls as τ² grows, so there is one root, or none above zero. */
function solved(pairs: Pair[]): number {
  if (pairs.length === 0) return tuning.usual;
  const free = pairs.length * tuning.worth;
  const want = pairs.length * Math.min(1, (2 * gammaQuantile(free / 2, tuning.doubt)) / free);
  const above = (tau2: number) => pairs.reduce((sum, p) => sum + p.d2 / (p.v + tau2 * p.v2), 0) > want;
  if (!above(0)) return 0;
  let low = 0;
  let high = 1;
  while (above(high) && high < 1e6) high *= 4;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (above(middle)) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
