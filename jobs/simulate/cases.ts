/** The rollouts that are simulated: what the data is like, and what judging it must reach. */
import type { Arm, Bin, CriterionInput } from '@/lib/criterion/model';
import type { Random } from './random';

/** Draws the bins of one rollout: bin `t` of every cohort. */
export type Draw = (random: Random) => (t: number) => Map<string, Bin>;
export type Case = {
  name: string;
  criterion: Partial<CriterionInput>;
  /** several criteria at once share the bound (`alphaFor`) */
  criteria?: number;
  looks: number;
  /** the harm begins after so many looks; what fails before is a false alarm */
  healthy: number;
  /** false alarms of 10,000 at α = 1 %, or power and speed */
  must:
    | { kind: 'quiet'; rollouts: number }
    | { kind: 'power'; rollouts: number; atLeast?: number; median?: number; p95?: number }
    | { kind: 'pass'; rollouts: number };
  draw: Draw;
};

const n = 500;
const base = 0.01;
const share: Partial<CriterionInput> = { measure: 'share', of: { status: '5xx' } };

function pair(baseline: Arm, candidate: Arm): Map<string, Bin> {
  return new Map([['', { at: '', baseline, candidate }]]);
}
function errors(r: Random, rate: number, of = n): Arm {
  return { n: of, k: r.binomial(of, Math.min(1, rate)) };
}
/** Errors at `rate` in both arms, the candidate's `times` as high from look `from` on. */
function steady(times: number, from = 0): Draw {
  return (r) => (t) => pair(errors(r, base), errors(r, t < from ? base : base * times));
}
/** Log-rate noise of each arm and bin. */
function noisy(sd: number, draw: (r: Random, noise: number) => Arm): Draw {
  return (r) => () => pair(draw(r, Math.exp(sd * r.normal())), draw(r, Math.exp(sd * r.normal())));
}
const lingering: Draw = (r) => {
  const stationary = 0.25 / Math.sqrt(1 - 0.25);
  let a = stationary * r.normal();
  let b = stationary * r.normal();
  return () => {
    a = 0.5 * a + 0.25 * r.normal();
    b = 0.5 * b + 0.25 * r.normal();
    return pair(errors(r, base * Math.exp(a)), errors(r, base * Math.exp(b)));
  };
};
const bursts: Draw = (r) => () => {
  const rate = r.uniform() < 0.05 ? base * 10 : base;
  return pair(errors(r, rate), errors(r, rate));
};
const few: Draw = (r) => () =>
  pair({ n: 250, k: r.poisson(r.uniform() * 2.5) }, { n: 250, k: r.poisson(r.uniform() * 2.5) });
const cohorts = [
  { name: 'eu', rate: 0.002, size: 500, lead: 1 },
  { name: 'us', rate: 0.02, size: 300, lead: 1.6 },
  { name: 'beta', rate: 0.06, size: 200, lead: 2.5 },
];
/** From 5 to 50 %, the worse cohorts first: the mix of the arms changes all the time. */
const ramp: Draw = (r) => (t) => {
  const bins = new Map<string, Bin>();
  for (const { name, rate, size, lead } of cohorts) {
    const exposed = r.binomial(size, Math.min(0.5, (0.05 + (0.45 * t) / 240) * lead));
    bins.set(name, { at: '', baseline: errors(r, rate, size - exposed), candidate: errors(r, rate, exposed) });
  }
  return bins;
};
function fiveCohorts(): Draw {
  return (r) => () => {
    const bins = new Map<string, Bin>();
    for (let c = 0; c < 5; c++)
      bins.set(`c${c}`, {
        at: '',
        baseline: errors(r, base * (c + 1), 100),
        candidate: errors(r, base * (c + 1), 100),
      });
    return bins;
  };
}

/** `n` values of one arm as their sums. */
function values(draw: () => number, scale: number): Arm {
  let sum = 0;
  let sum2 = 0;
  for (let i = 0; i < n; i++) {
    const v = draw() * scale;
    sum += v;
    sum2 += v * v;
  }
  return { n, sum, sum2 };
}
const exponential = (r: Random) => () => -Math.log(r.uniform());
/** log-normal, σ = 1.5: a coefficient of variation of 2.9 */
const heavy = (r: Random) => () => Math.exp(1.5 * r.normal());

const bounds = [5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000];
/** Latencies: log-normal about 120 ms with σ = 0.6; p99 is about 480 ms. */
function latencies(r: Random, scale: number): Arm {
  const counts = new Array<number>(bounds.length + 1).fill(0);
  for (let i = 0; i < n; i++) {
    const v = 120 * scale * Math.exp(0.6 * r.normal());
    let at = 0;
    while (at < bounds.length && v > (bounds[at] as number)) at++;
    counts[at] = (counts[at] as number) + 1;
  }
  return { bounds, counts };
}
function fineLatencies(r: Random, scale: number): Arm {
  const at: number[] = [];
  for (let i = 0; i < n; i++) at.push(Math.ceil(Math.log2(120 * scale * Math.exp(0.6 * r.normal())) * 8) - 1);
  const offset = Math.min(...at);
  const counts = new Array<number>(Math.max(...at) - offset + 1).fill(0);
  for (const i of at) counts[i - offset] = (counts[i - offset] as number) + 1;
  return { scale: 3, zeroCount: 0, offset, counts };
}
function events(r: Random, rate: number): Arm {
  return { n: r.poisson(rate * 60), seconds: 60 };
}

const quiet = (rollouts = 10_000) => ({ kind: 'quiet', rollouts }) as const;
const p99: Partial<CriterionInput> = { measure: 'quantile', q: 0.99, margin: 0 };
const mean: Partial<CriterionInput> = { measure: 'mean' };
const rate: Partial<CriterionInput> = { measure: 'rate' };
const judged = { looks: 240, healthy: 0 };

export const cases: Case[] = [
  { name: 'A/A independent', criterion: share, ...judged, must: quiet(), draw: steady(1) },
  {
    name: 'A/A over-dispersed, sd 0.45',
    criterion: share,
    ...judged,
    must: quiet(),
    draw: noisy(0.45, (r, x) => errors(r, base * x)),
  },
  { name: 'A/A autocorrelated, AR(1) 0.5', criterion: share, ...judged, must: quiet(), draw: lingering },
  { name: 'A/A bursts common to both arms', criterion: share, ...judged, must: quiet(), draw: bursts },
  { name: 'A/A 0 to 5 events a bin', criterion: share, ...judged, must: quiet(), draw: few },
  { name: 'A/A ramp 5 to 50 %, cohorts differ', criterion: share, ...judged, must: quiet(), draw: ramp },
  {
    name: 'A/A four criteria, five cohorts',
    criterion: share,
    criteria: 4,
    ...judged,
    must: quiet(2_000),
    draw: fiveCohorts(),
  },
  {
    name: 'at the margin: 1 % against 1.5 %, 0.5 pp',
    criterion: { ...share, margin: '0.5pp' },
    ...judged,
    must: quiet(),
    draw: steady(1.5),
  },
  {
    name: 'at the margin: + 20 %, margin 20 %',
    criterion: { ...share, margin: '20%' },
    ...judged,
    must: quiet(),
    draw: steady(1.2),
  },
  {
    name: 'A/A mean, variation 1',
    criterion: mean,
    ...judged,
    must: quiet(2_000),
    draw: (r) => () => pair(values(exponential(r), 1), values(exponential(r), 1)),
  },
  {
    name: 'A/A mean, over-dispersed',
    criterion: mean,
    ...judged,
    must: quiet(2_000),
    draw: noisy(0.45, (r, x) => values(exponential(r), x)),
  },
  {
    name: 'A/A mean, heavy tail',
    criterion: mean,
    ...judged,
    must: quiet(2_000),
    draw: (r) => () => pair(values(heavy(r), 1), values(heavy(r), 1)),
  },
  {
    name: 'A/A p99, 14 buckets',
    criterion: p99,
    ...judged,
    must: quiet(2_000),
    draw: (r) => () => pair(latencies(r, 1), latencies(r, 1)),
  },
  {
    name: 'A/A p99, over-dispersed, sd 0.3',
    criterion: p99,
    ...judged,
    must: quiet(2_000),
    draw: noisy(0.3, latencies),
  },
  {
    name: 'A/A p99, exponential histogram',
    criterion: p99,
    ...judged,
    must: quiet(2_000),
    draw: (r) => () => pair(fineLatencies(r, 1), fineLatencies(r, 1)),
  },
  { name: 'A/A rate', criterion: rate, ...judged, must: quiet(), draw: (r) => () => pair(events(r, 5), events(r, 5)) },
  {
    name: 'A/A rate, over-dispersed',
    criterion: rate,
    ...judged,
    must: quiet(),
    draw: noisy(0.45, (r, x) => events(r, 5 * x)),
  },
  {
    name: 'errors 1 % to 2 %',
    criterion: share,
    ...judged,
    must: { kind: 'power', rollouts: 10_000, atLeast: 0.99, median: 12, p95: 24 },
    draw: steady(2),
  },
  {
    name: 'errors 1 % to 5 % after 480 healthy looks',
    criterion: share,
    looks: 600,
    healthy: 480,
    must: { kind: 'power', rollouts: 2_000, atLeast: 0.99, median: 10 },
    draw: steady(5, 480),
  },
  {
    name: 'errors 1 % to 2 % after 120 looks, margin 0.5 pp',
    criterion: { ...share, margin: '0.5pp' },
    looks: 480,
    healthy: 120,
    must: { kind: 'power', rollouts: 2_000 },
    draw: steady(2, 120),
  },
  {
    name: 'errors 1 % to 1.25 %',
    criterion: share,
    ...judged,
    must: { kind: 'power', rollouts: 5_000, atLeast: 0.95 },
    draw: steady(1.25),
  },
  {
    name: 'candidate fails every request',
    criterion: share,
    looks: 10,
    healthy: 0,
    must: { kind: 'power', rollouts: 5_000, atLeast: 1, p95: 3 },
    draw: steady(100),
  },
  {
    name: 'fails every request after 300 looks',
    criterion: share,
    looks: 310,
    healthy: 300,
    must: { kind: 'power', rollouts: 1_000, atLeast: 0.99, p95: 3 },
    draw: steady(100, 300),
  },
  {
    name: 'p99 + 20 %, 14 buckets',
    criterion: p99,
    ...judged,
    must: { kind: 'power', rollouts: 500 },
    draw: (r) => () => pair(latencies(r, 1), latencies(r, 1.2)),
  },
  {
    name: 'mean + 5 %, variation 1',
    criterion: mean,
    ...judged,
    must: { kind: 'power', rollouts: 500 },
    draw: (r) => () => pair(values(exponential(r), 1), values(exponential(r), 1.05)),
  },
  {
    name: 'pass: B equals A, margin 1 pp',
    criterion: { ...share, margin: '1pp' },
    ...judged,
    must: { kind: 'pass', rollouts: 2_000 },
    draw: steady(1),
  },
];
