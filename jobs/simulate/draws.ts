/**
 * The data of simulated rollouts. Everything is drawn from its exact distribution, but as counts and sums, because
 * five hundred single requests a bin would cost more than judging them.
 */
import type { Arm, Bin } from '@/lib/criterion/model';
import { normalCdf } from '@/lib/stats/special';
import type { Random } from './random';

export type Bins = Map<string, Bin>;
/** Bin `t` as it grows: all but the last are looks at it while it is open. Nearly always only the last is there. */
export type Draw = (random: Random) => (t: number) => Bins[];
/** One arm of one bin; `noise` multiplies its rate, its level or its latencies. */
export type DrawArm = (random: Random, noise: number) => Arm;

/** Requests an arm and bin. */
export const requests = 500;
export const base = 0.01;
const startMs = Date.UTC(2026, 0, 1);
const lookMs = 60_000;

/** A look a minute. */
export function at(t: number): string {
  return new Date(startMs + t * lookMs).toISOString();
}
function pair(t: number, baseline: Arm, candidate: Arm): Bins[] {
  return [new Map([['', { at: at(t), baseline, candidate }]])];
}

export function errors(r: Random, rate: number, of = requests): Arm {
  return { n: of, k: r.binomial(of, Math.min(1, rate)) };
}
/** Both arms alike, without any noise but their own. */
export function alike(draw: DrawArm): Draw {
  return (r) => (t) => pair(t, draw(r, 1), draw(r, 1));
}
/** Both arms alike but for noise in the logarithm, of each arm and bin on its own. */
export function noisy(sd: number, draw: DrawArm): Draw {
  return (r) => (t) => pair(t, draw(r, Math.exp(sd * r.normal())), draw(r, Math.exp(sd * r.normal())));
}
/** The candidate is `times` as large, from look `from` on. */
export function shifted(draw: DrawArm, times: number, from = 0): Draw {
  return (r) => (t) => pair(t, draw(r, 1), draw(r, t < from ? 1 : times));
}
/** Noise that lingers: AR(1) with 0.5, innovations of 0.25. */
export function lingering(draw: DrawArm): Draw {
  return (r) => {
    const stationary = 0.25 / Math.sqrt(1 - 0.25);
    let a = stationary * r.normal();
    let b = stationary * r.normal();
    return (t) => {
      a = 0.5 * a + 0.25 * r.normal();
      b = 0.5 * b + 0.25 * r.normal();
      return pair(t, draw(r, Math.exp(a)), draw(r, Math.exp(b)));
    };
  };
}
/** Ten times the rate in one bin of twenty, in both arms. */
export const bursts: Draw = (r) => (t) => {
  const rate = r.uniform() < 0.05 ? base * 10 : base;
  return pair(t, errors(r, rate), errors(r, rate));
};
/** 0 to 5 events a bin, both arms together. */
export const few: Draw = (r) => (t) =>
  pair(t, { n: 250, k: r.poisson(r.uniform() * 2.5) }, { n: 250, k: r.poisson(r.uniform() * 2.5) });
/** The candidate has 5 % of the requests. */
export function unequal(sd: number): Draw {
  return (r) => (t) =>
    pair(t, errors(r, base * Math.exp(sd * r.normal()), 950), errors(r, base * Math.exp(sd * r.normal()), 50));
}
/** A candidate alone, whose mean is exactly `level` whatever the noise. */
export function alone(sd: number, level: number): Draw {
  return (r) => (t) => [
    new Map([['', { at: at(t), candidate: errors(r, level * Math.exp(sd * r.normal() - (sd * sd) / 2)) }]]),
  ];
}
/** Each bin is looked at after every hundred requests; the noise is the bin's. */
export function growing(sd: number): Draw {
  return (r) => (t) => {
    const rates = [base * Math.exp(sd * r.normal()), base * Math.exp(sd * r.normal())] as const;
    const k = [0, 0] as [number, number];
    return [100, 200, 300, 400, 500].map((n) => {
      for (const arm of [0, 1] as const) k[arm] += r.binomial(100, rates[arm]);
      return new Map([['', { at: at(t), baseline: { n, k: k[0] }, candidate: { n, k: k[1] } }]]);
    });
  };
}

const cohorts = [
  { name: 'eu', rate: 0.002, size: 500, lead: 1 },
  { name: 'us', rate: 0.02, size: 300, lead: 1.6 },
  { name: 'beta', rate: 0.06, size: 200, lead: 2.5 },
];
/** From 5 to 50 %, the worse cohorts first: the mix of the arms changes all the time. */
export const ramp: Draw = (r) => (t) => {
  const bins: Bins = new Map();
  for (const { name, rate, size, lead } of cohorts) {
    const exposed = r.binomial(size, Math.min(0.5, (0.05 + (0.45 * t) / 240) * lead));
    bins.set(name, { at: at(t), baseline: errors(r, rate, size - exposed), candidate: errors(r, rate, exposed) });
  }
  return [bins];
};
export const fiveCohorts: Draw = (r) => (t) => {
  const bins: Bins = new Map();
  for (let c = 1; c <= 5; c++)
    bins.set(`c${c}`, { at: at(t), baseline: errors(r, base * c, 100), candidate: errors(r, base * c, 100) });
  return [bins];
};

function sums(draw: (r: Random) => number): DrawArm {
  return (r, scale) => {
    let sum = 0;
    let sum2 = 0;
    for (let i = 0; i < requests; i++) {
      const v = draw(r) * scale;
      sum += v;
      sum2 += v * v;
    }
    return { n: requests, sum, sum2 };
  };
}
/** exponential: a coefficient of variation of 1 */
export const exponential = sums((r) => -Math.log(r.uniform()));
/** log-normal, σ = 1.5: a coefficient of variation of 2.9 */
export const heavyTail = sums((r) => Math.exp(1.5 * r.normal()));

/** Latencies are log-normal about 120 ms with σ = 0.6; p99 is about 480 ms. */
export const latency = { median: 120, sigma: 0.6 };
export function latencyCdf(ms: number, scale: number): number {
  return ms <= 0 ? 0 : normalCdf(Math.log(ms / (latency.median * scale)) / latency.sigma);
}
/** How many of `n` latencies fall between the edges, below the first and above the last: a multinomial, one by one. */
export function bucketCounts(r: Random, edges: readonly number[], n: number, scale: number): number[] {
  const counts: number[] = [];
  let left = n;
  let below = 0;
  for (const edge of edges) {
    const cdf = latencyCdf(edge, scale);
    const k = left > 0 && below < 1 ? r.binomial(left, Math.min(1, (cdf - below) / (1 - below))) : 0;
    counts.push(k);
    left -= k;
    below = cdf;
  }
  counts.push(left);
  return counts;
}
const bounds = [5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000];
/** The fourteen boundaries that OpenTelemetry's SDKs have by default (less the one at 0). */
export const buckets: DrawArm = (r, scale) => ({ bounds, counts: bucketCounts(r, bounds, requests, scale) });

const fineScale = 3;
const fineFrom = 16;
/** 2^(i/8), from 4 ms to 16 s; what is beyond has a probability below 1e-8 and counts to the last bucket. */
const fineEdges = Array.from({ length: 97 }, (_, i) => 2 ** ((fineFrom + i) / 2 ** fineScale));
export const fineBuckets: DrawArm = (r, scale) => {
  const [below = 0, ...counts] = bucketCounts(r, fineEdges, requests, scale);
  let first = 0;
  let last = counts.length - 1;
  while (first < last && counts[first] === 0) first++;
  while (last > first && counts[last] === 0) last--;
  // What lies below the first edge is put into the first bucket, as an exporter of this range would.
  counts[first] = (counts[first] as number) + below;
  return { scale: fineScale, zeroCount: 0, offset: fineFrom + first, counts: counts.slice(first, last + 1) };
};

/** Five events a second. */
export const events: DrawArm = (r, noise) => ({ n: r.poisson(5 * 60 * noise), seconds: 60 });
