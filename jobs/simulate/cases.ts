/** The rollouts that are simulated: what the data is like, and what judging it must reach. */
import type { CriterionInput } from '@/lib/criterion/model';
import * as draw from './draws';
import { type Published, publishedMean, publishedQuantile } from './published';

export type Case = {
  name: string;
  criterion: Partial<CriterionInput>;
  /** a whole rollout: so many criteria, overall and in each cohort, share the bound (`alphaFor`) */
  criteria?: number;
  looks: number;
  /** the harm begins after so many looks; what fails before is a false alarm */
  healthy: number;
  rollouts: number;
  /** false alarms of 10,000 at α = 1 %, or power and speed */
  must: { kind: 'quiet' } | { kind: 'power'; atLeast?: number; median?: number; p95?: number } | { kind: 'pass' };
  draw: draw.Draw;
  /** the best published method for this case, on data of the same distribution */
  published?: Published;
};

const share: Partial<CriterionInput> = { measure: 'share', of: { status: '5xx' } };
const mean: Partial<CriterionInput> = { measure: 'mean' };
const rate: Partial<CriterionInput> = { measure: 'rate' };
/** burning fourteen times too fast over an hour and over its last five minutes */
const burn: Partial<CriterionInput> = {
  measure: 'burn_rate',
  of: { status: '5xx' },
  objective: 0.999,
  windows: [
    { minutes: 60, rate: 14.4 },
    { minutes: 5, rate: 14.4 },
  ],
};
const atTheBurnRate = 14.4 * 0.001;
const p99: Partial<CriterionInput> = { measure: 'quantile', q: 0.99 };

const failing: draw.DrawArm = (r, times) => draw.errors(r, draw.base * times);

type Quiet = Pick<Case, 'name' | 'criterion' | 'draw'> & Partial<Case>;
const quiet: Quiet[] = [
  { name: 'A/A independent', criterion: share, draw: draw.alike(failing) },
  { name: 'A/A over-dispersed, sd 0.45', criterion: share, draw: draw.noisy(0.45, failing) },
  { name: 'A/A autocorrelated, AR(1) 0.5', criterion: share, draw: draw.lingering(failing) },
  { name: 'A/A bursts common to both arms', criterion: share, draw: draw.bursts },
  { name: 'A/A 0 to 5 events a bin', criterion: share, draw: draw.few },
  { name: 'A/A ramp 5 to 50 %, cohorts differ', criterion: share, draw: draw.ramp },
  { name: 'A/A four criteria, five cohorts', criterion: share, criteria: 4, draw: draw.fiveCohorts },
  { name: 'A/A open bin looked at five times', criterion: share, draw: draw.growing(0) },
  { name: 'A/A open bin, over-dispersed', criterion: share, draw: draw.growing(0.45) },
  { name: 'A/A arms 5 to 95', criterion: share, draw: draw.unequal(0) },
  { name: 'A/A arms 5 to 95, over-dispersed', criterion: share, draw: draw.unequal(0.45) },
  {
    name: 'A/A higher is better, over-dispersed',
    criterion: { ...share, better: 'higher' },
    draw: draw.noisy(0.45, failing),
  },
  {
    name: 'at the margin: 1 % against 1.5 %, 0.5 pp',
    criterion: { ...share, margin: '0.5pp' },
    draw: draw.shifted(failing, 1.5),
  },
  {
    name: 'at the margin: + 20 %, margin 20 %',
    criterion: { ...share, margin: '20%' },
    draw: draw.shifted(failing, 1.2),
  },
  {
    name: 'at the threshold 1 %, one arm, over-dispersed',
    criterion: { ...share, against: { threshold: '1%' } },
    draw: draw.alone(0.45, draw.base),
  },
  { name: 'A/A mean, variation 1', criterion: mean, draw: draw.alike(draw.exponential) },
  { name: 'A/A mean, variation 1, over-dispersed', criterion: mean, draw: draw.noisy(0.45, draw.exponential) },
  { name: 'A/A mean, heavy tail', criterion: mean, draw: draw.alike(draw.heavyTail) },
  { name: 'A/A mean, heavy tail, over-dispersed', criterion: mean, draw: draw.noisy(0.45, draw.heavyTail) },
  { name: 'A/A p99, 14 buckets', criterion: p99, draw: draw.alike(draw.buckets) },
  { name: 'A/A p99, 14 buckets, over-dispersed, sd 0.3', criterion: p99, draw: draw.noisy(0.3, draw.buckets) },
  { name: 'A/A p99, exponential histogram', criterion: p99, draw: draw.alike(draw.fineBuckets) },
  { name: 'A/A p99, exponential, over-dispersed, sd 0.3', criterion: p99, draw: draw.noisy(0.3, draw.fineBuckets) },
  { name: 'A/A rate', criterion: rate, draw: draw.alike(draw.events) },
  { name: 'at the burn rate, independent', criterion: burn, draw: draw.alone(0, atTheBurnRate) },
  { name: 'at the burn rate, over-dispersed', criterion: burn, draw: draw.alone(0.45, atTheBurnRate) },
  {
    name: 'at the margin: p99 + 20 %, margin 20 %',
    criterion: { ...p99, margin: '20%' },
    rollouts: 2_000,
    draw: draw.shifted(draw.buckets, 1.2),
  },
  { name: 'A/A rate, over-dispersed, sd 0.45', criterion: rate, draw: draw.noisy(0.45, draw.events) },
];

const late = { looks: 480, healthy: 120 };
const others: Array<Omit<Case, 'looks' | 'healthy'> & Partial<Case>> = [
  {
    name: 'errors 1 % to 2 %',
    criterion: share,
    rollouts: 10_000,
    must: { kind: 'power', atLeast: 0.99, median: 12, p95: 24 },
    draw: draw.shifted(failing, 2),
    published: publishedMean({ kind: 'share', from: 0.01, to: 0.02 }),
  },
  {
    name: 'errors 1 % to 5 % after 480 healthy looks',
    criterion: share,
    rollouts: 2_000,
    looks: 600,
    healthy: 480,
    must: { kind: 'power', atLeast: 0.99, median: 10 },
    draw: draw.shifted(failing, 5, 480),
  },
  {
    name: 'errors 1 % to 2 % after 120 looks, margin 0.5 pp',
    criterion: { ...share, margin: '0.5pp' },
    rollouts: 2_000,
    ...late,
    must: { kind: 'power' },
    draw: draw.shifted(failing, 2, 120),
  },
  {
    name: 'errors 1 % to 1.25 %',
    criterion: share,
    rollouts: 5_000,
    must: { kind: 'power', atLeast: 0.95 },
    draw: draw.shifted(failing, 1.25),
    published: publishedMean({ kind: 'share', from: 0.01, to: 0.0125 }),
  },
  {
    name: 'candidate fails every request',
    criterion: share,
    rollouts: 5_000,
    looks: 10,
    must: { kind: 'power', atLeast: 1, p95: 3 },
    draw: draw.shifted(failing, 100),
  },
  {
    name: 'fails every request after 300 looks',
    criterion: share,
    rollouts: 1_000,
    looks: 310,
    healthy: 300,
    must: { kind: 'power', atLeast: 0.99, p95: 3 },
    draw: draw.shifted(failing, 100, 300),
  },
  {
    name: 'p99 + 20 %, 14 buckets',
    criterion: p99,
    rollouts: 2_000,
    must: { kind: 'power' },
    draw: draw.shifted(draw.buckets, 1.2),
    published: publishedQuantile(0.99, 1.2),
  },
  {
    name: 'mean + 5 %, variation 1',
    criterion: mean,
    rollouts: 2_000,
    must: { kind: 'power' },
    draw: draw.shifted(draw.exponential, 1.05),
    published: publishedMean({ kind: 'exponential', from: 1, to: 1.05 }),
  },
  {
    name: 'pass: B equals A, margin 1 pp',
    criterion: { ...share, margin: '1pp' },
    rollouts: 2_000,
    must: { kind: 'pass' },
    draw: draw.alike(failing),
  },
];

const judged = { looks: 240, healthy: 0 };
export const cases: Case[] = [
  ...quiet.map((c): Case => ({ ...judged, rollouts: 10_000, must: { kind: 'quiet' }, ...c })),
  ...others.map((c): Case => ({ ...judged, ...c })),
];

/** @throws Error where no case is called so */
export function caseNamed(name: string): Case {
  const found = cases.find((c) => c.name === name);
  if (!found) throw new Error(`no case "${name}"`);
  return found;
}
