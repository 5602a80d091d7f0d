/**
 * When one arm became worse than the other. Pure.
 *
 * One change of the ratio of rates, from 1 to R at the beginning of a step. Given both arms' events of a stratum, those
 * of the candidate are binomial with n₁R/(n₁R + n₀) (Przyborowski & Wilenski, Biometrika 31, 1940), so the baseline's
 * own ups and downs cancel. For every step the likelihood is the largest over R, its logarithm divided by the
 * dispersion of the counts (quasi-likelihood; McCullagh & Nelder, ch. 9). With every step as likely beforehand, the
 * steps' weights are their likelihoods (Smith, Biometrika 62, 1975); the interval leaves half of what is missed to
 * either side.
 */
import type { Stratum } from './standardised';

export type Change = {
  /** when the likeliest step begins */
  at: number;
  /** the beginning of the first and of the last step of the interval */
  low: number;
  high: number;
  /** how many times the baseline's rate it is from then on */
  ratio: number;
  /** log-likelihood over that of no change, by the dispersion, and how much was needed */
  strength: number;
  needed: number;
  /** it is the first step in which the candidate was seen */
  first: boolean;
};

const ratios = { above: grid(1.02, 2_000), below: [...grid(1.02, 200).map((r) => 1 / r), 0] };
function grid(from: number, to: number): number[] {
  const count = 80;
  // Fine near 1, where small changes differ, and coarse far away.
  return Array.from({ length: count }, (_, i) => 1 + (from - 1) * ((to - 1) / (from - 1)) ** (i / (count - 1)));
}

/** Beyond what the search over so many steps finds by chance. */
export const beyond = 3;

/** @param of.places among how many sets of strata the strongest change is looked for, this one being one; usually 1 */
export function changeOf(
  strata: readonly Stratum[],
  of: { worse: 'above' | 'below'; dispersion: number; level: number; places?: number },
): Change | null {
  const times = [...new Set(strata.map((s) => s.at))].sort((a, b) => a - b);
  if (times.length === 0) return null;
  const best = bestFrom(strata, times, ratios[of.worse]);
  const logs = best.map((b) => b.log / of.dispersion);
  const most = Math.max(...logs);
  const needed = Math.log(times.length * (of.places ?? 1)) + beyond;
  if (!(most >= needed)) return null;
  const weights = logs.map((log) => Math.exp(log - most));
  const [low, high] = middle(weights, of.level);
  // Steps without any event change nothing: of those that are alike the last is where it shows.
  const found = logs.findLastIndex((log) => log >= most - 1e-9);
  return {
    at: times[found] as number,
    low: times[low] as number,
    high: times[high] as number,
    ratio: (best[found] as Best).ratio,
    strength: most,
    needed,
    first: found === 0,
  };
}

type Best = { log: number; ratio: number };

/** For every step: the likeliest ratio from it on, and its logarithm over that of no change. */
function bestFrom(strata: readonly Stratum[], times: number[], ratios: number[]): Best[] {
  const index = new Map(times.map((at, i) => [at, i]));
  const best: Best[] = times.map(() => ({ log: Number.NEGATIVE_INFINITY, ratio: 1 }));
  for (const ratio of ratios) {
    const steps = new Array<number>(times.length).fill(0);
    for (const s of strata)
      steps[index.get(s.at) as number] = (steps[index.get(s.at) as number] as number) + log(s, ratio);
    let sum = 0;
    for (let i = times.length - 1; i >= 0; i--) {
      sum += steps[i] as number;
      if (sum > (best[i] as Best).log) best[i] = { log: sum, ratio };
    }
  }
  return best;
}

function log({ n1, k1, n0, k0 }: Stratum, ratio: number): number {
  if (!(n1 > 0) || !(n0 > 0)) return 0;
  const own = k1 === 0 ? 0 : ratio === 0 ? Number.NEGATIVE_INFINITY : k1 * Math.log(ratio);
  return own - (k1 + k0) * Math.log((n1 * ratio + n0) / (n1 + n0));
}

/** The first and the last that the middle `level` of all weight touches. */
function middle(weights: number[], level: number): [number, number] {
  const all = weights.reduce((a, b) => a + b, 0);
  const side = ((1 - level) / 2) * all;
  let low = 0;
  for (let sum = weights[0] as number; sum <= side && low < weights.length - 1; sum += weights[low] as number) low++;
  let high = weights.length - 1;
  for (let sum = weights[high] as number; sum <= side && high > 0; sum += weights[high] as number) high--;
  return [low, Math.max(low, high)];
}
