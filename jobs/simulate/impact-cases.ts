/** Synthetic incidents of which the truth is known: what the candidate's requests would have met at the baseline. */
import type { Baseline, Stratum } from '@/lib/stats/standardised';
import type { Random } from './random';

export const minuteMs = 60_000;

export type Cohort = {
  name: string;
  /** requests a minute, of both versions; drawn */
  traffic: number;
  /** the baseline's rate */
  rate: number;
  /** the candidate's part of them in minute `t` of `of`; 0 before the rollout */
  share: (t: number, of: number) => number;
};
export type Incident = {
  name: string;
  minutes: number;
  /** minutes of the baseline alone, before and after */
  around: number;
  cohorts: Cohort[];
  /** the candidate's rate from `onset` on is so many times the baseline's, or at least `harm` */
  times: number;
  onset: number;
  /** noise in the logarithm of the baseline's own rate, minute by minute; `lingers`: AR(1) */
  noise: number;
  lingers: number;
  /** all cohorts have the same noise */
  common: boolean;
  /** the rate itself, of both versions: ten times in one minute of twenty, or a slow wave */
  moves: 'not' | 'bursts' | 'wave';
  /** its figures are stated, and need not reach the level */
  stated?: boolean;
  /** every one is another: rates, traffic, exposure, noise, length */
  varied?: boolean;
};

export type Drawn = {
  incident: Incident;
  strata: Stratum[];
  minutes: Baseline[];
  /** candidate's events less what they would have been: k − Σ n·p */
  truth: number;
  /** what the candidate would have counted on average, stratum by stratum */
  expected: number[];
  /** the standard deviation of Σ w·k₀ where everything is known */
  oracle: number;
};

const flat = (share: number) => () => share;
const one = (traffic: number, rate: number, share = 0.5): Cohort[] => [
  { name: 'everyone', traffic, rate, share: flat(share) },
];
const usual: Omit<Incident, 'name' | 'cohorts'> = {
  minutes: 15,
  around: 15,
  times: 5,
  onset: 5,
  noise: 0,
  lingers: 0,
  common: false,
  moves: 'not',
};
/** The worse cohorts first, from 5 to 50 %, so the mix of both versions changes all the time. */
const ramp: Cohort[] = [
  { name: 'eu', traffic: 500, rate: 0.002, share: (t, of) => 0.05 + (0.45 * t) / of },
  { name: 'us', traffic: 300, rate: 0.02, share: (t, of) => Math.min(0.5, 1.6 * (0.05 + (0.45 * t) / of)) },
  { name: 'beta', traffic: 200, rate: 0.05, share: (t, of) => Math.min(0.5, 2.5 * (0.05 + (0.45 * t) / of)) },
];
const steps: Cohort[] = [
  { name: 'internal', traffic: 20, rate: 0.05, share: flat(0.9) },
  { name: 'beta', traffic: 80, rate: 0.02, share: (t, of) => (t < of / 3 ? 0 : 0.25) },
  { name: 'everyone', traffic: 900, rate: 0.01, share: (t, of) => (t < (2 * of) / 3 ? 0 : 0.1) },
];

export const incidents: Incident[] = [
  { ...usual, name: 'every one another', cohorts: [], varied: true },
  { ...usual, name: 'errors 1 % to 5 %', cohorts: one(400, 0.01) },
  { ...usual, name: 'no harm: 1 % and 1 %', cohorts: one(400, 0.01), times: 1 },
  { ...usual, name: '0.01 % to 20 %', cohorts: one(2_000, 0.0001), times: 2_000 },
  { ...usual, name: '0.01 %, holdback 10 %', cohorts: one(2_000, 0.0001, 0.9) },
  { ...usual, name: '0.1 % to 0.5 %, exposure 5 %', cohorts: one(4_000, 0.001, 0.05) },
  { ...usual, name: '5 % to 20 %', cohorts: one(400, 0.05), times: 4 },
  { ...usual, name: 'five minutes of it only', minutes: 5, around: 0, onset: 1, cohorts: one(400, 0.01) },
  { ...usual, name: 'conversions 60 % to 50 %', cohorts: one(300, 0.6), times: 5 / 6 },
  { ...usual, name: 'ramp, the mix changes', minutes: 30, onset: 10, cohorts: ramp },
  { ...usual, name: 'stages, cohort by cohort', minutes: 30, onset: 0, cohorts: steps },
  { ...usual, name: 'little baseline: 3 a minute of 30', cohorts: one(30, 0.02, 0.9) },
  { ...usual, name: 'bursts common to both', minutes: 30, cohorts: one(400, 0.01), moves: 'bursts' },
  { ...usual, name: 'slow wave, both', minutes: 30, cohorts: one(1_000, 0.02), moves: 'wave' },
  { ...usual, name: 'noisy minutes, sd 0.2', cohorts: one(1_000, 0.02), noise: 0.2 },
  { ...usual, name: 'noisy minutes, sd 0.45', cohorts: one(1_000, 0.02), noise: 0.45 },
  { ...usual, name: 'noisy, many events', minutes: 30, cohorts: one(10_000, 0.05), noise: 0.45 },
  { ...usual, name: 'noisy, few minutes', minutes: 5, around: 0, onset: 1, cohorts: one(1_000, 0.02), noise: 0.3 },
  { ...usual, name: 'noisy, holdback 10 %', cohorts: one(1_000, 0.02, 0.9), noise: 0.45 },
  { ...usual, name: 'noisy ramp, own noise a cohort', minutes: 30, cohorts: ramp, noise: 0.45 },
  { ...usual, name: 'noisy ramp, common noise', minutes: 30, cohorts: ramp, noise: 0.45, common: true },
  { ...usual, name: 'lingering noise, AR(1) 0.5', minutes: 40, cohorts: one(1_000, 0.02), noise: 0.3, lingers: 0.5 },
  {
    ...usual,
    name: 'lingering noise, AR(1) 0.8',
    minutes: 40,
    cohorts: one(1_000, 0.02),
    noise: 0.3,
    lingers: 0.8,
    stated: true,
  },
];

export function drawn(of: Incident, r: Random): Drawn {
  const given = of.varied ? another(of, r) : of;
  const noise = noises(given, r);
  const out: Drawn = { incident: given, strata: [], minutes: [], truth: 0, expected: [], oracle: 0 };
  const variance = { counting: 0 };
  const terms = new Map<string, number[]>();
  for (let m = -given.around; m < given.minutes + given.around; m++) {
    const moved = movedBy(given, m, r);
    const times = noise();
    given.cohorts.forEach((cohort, c) => {
      const rate = Math.min(1, cohort.rate * moved);
      const inside = m >= 0 && m < given.minutes;
      const all = r.poisson(cohort.traffic);
      const n1 = inside ? r.binomial(all, cohort.share(m, given.minutes)) : 0;
      const n0 = all - n1;
      const k0 = r.binomial(n0, Math.min(1, rate * (times[given.common ? 0 : c] as number)));
      const k1 = r.binomial(n1, Math.min(1, m >= given.onset ? rate * given.times : rate));
      const at = (m + given.around) * minuteMs;
      if (n0 > 0) out.minutes.push({ at, cohort: cohort.name, n: n0, k: k0 });
      if (n1 === 0 || n0 === 0) return;
      out.strata.push({ at, cohort: cohort.name, n1, k1, n0, k0 });
      out.truth += k1 - n1 * rate;
      out.expected.push(n1 * rate);
      variance.counting += (n1 / n0) ** 2 * n0 * rate * (1 - rate);
      const key = given.common ? 'all' : cohort.name;
      const of = terms.get(key) ?? new Array<number>(given.minutes).fill(0);
      of[m] = (of[m] as number) + n1 * rate;
      terms.set(key, of);
    });
  }
  out.oracle = Math.sqrt(variance.counting + [...terms.values()].reduce((v, of) => v + noiseOf(given, of), 0));
  return out;
}

/** Baselines of 0.01 to 5 %, errors of up to 20 %, one to four cohorts, exposures of 2 to 90 %, noise of up to 0.45. */
function another(of: Incident, r: Random): Incident {
  const between = (low: number, high: number) => low * (high / low) ** r.uniform();
  const rate = between(0.0001, 0.05);
  const cohorts = Array.from({ length: 1 + Math.floor(4 * r.uniform()) }, (_, i): Cohort => {
    const [from, to] = [between(0.02, 0.9), between(0.02, 0.9)].sort((a, b) => a - b) as [number, number];
    return {
      name: `c${i}`,
      traffic: between(20, 3_000),
      rate: Math.min(0.05, rate * between(0.3, 3)),
      share: (t, minutes) => from + ((to - from) * t) / minutes,
    };
  });
  const minutes = 4 + Math.floor(26 * r.uniform());
  const noise = r.uniform() < 0.5 ? 0 : 0.45 * r.uniform();
  const times = 1 + r.uniform() * (0.2 / Math.max(...cohorts.map((c) => c.rate)) - 1);
  return {
    ...of,
    cohorts,
    minutes,
    around: Math.floor(20 * r.uniform()),
    onset: Math.floor((minutes / 2) * r.uniform()),
    times,
    noise,
    common: r.uniform() < 0.5,
    moves: r.uniform() < 0.2 ? 'wave' : 'not',
  };
}

/** The variance that noise of this kind gives Σ E·noise: log-normal of mean 1, autocorrelated. */
function noiseOf({ noise, lingers }: Incident, expected: number[]): number {
  let v = 0;
  for (let i = 0; i < expected.length; i++)
    for (let j = 0; j < expected.length; j++)
      v += (expected[i] as number) * (expected[j] as number) * Math.expm1(noise ** 2 * lingers ** Math.abs(i - j));
  return lingers > 0 ? v : expected.reduce((sum, e) => sum + e * e * Math.expm1(noise ** 2), 0);
}

function noises({ noise, lingers, cohorts }: Incident, r: Random): () => number[] {
  let now = cohorts.map(() => r.normal());
  return () => {
    now = now.map((z) => lingers * z + Math.sqrt(1 - lingers ** 2) * r.normal());
    return now.map((z) => Math.exp(noise * z - (noise * noise) / 2));
  };
}

function movedBy({ moves }: Incident, minute: number, r: Random): number {
  if (moves === 'bursts') return r.uniform() < 0.05 ? 10 : 1;
  return moves === 'wave' ? 1 + 0.5 * Math.sin(minute / 8) : 1;
}
