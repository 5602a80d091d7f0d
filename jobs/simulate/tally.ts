/** What many simulated rollouts add up to, and whether that is good enough. Pure. */
import type { Case } from './cases';
import type { Ran } from './run';

export type Tally = {
  rollouts: number;
  /** false alarms: any failure of a quiet case, or one before the harm began; the looks at which they came, sorted */
  early: number[];
  /** looks to the first failure (or pass) that was wanted, sorted */
  found: number[];
  /** the same by the published method; null where there is none */
  published: number[] | null;
  looks: number;
};

export function tally(given: Case, runs: Ran[]): Tally {
  const out: Tally = { rollouts: runs.length, early: [], found: [], published: given.published ? [] : null, looks: 0 };
  for (const run of runs) {
    out.looks += run.looks;
    if (typeof run.publishedAt === 'number') out.published?.push(run.publishedAt);
    const hit = given.must.kind === 'pass' ? run.passedAt : run.failedAt;
    if (hit === null) continue;
    if (given.must.kind === 'quiet' || hit <= 0) out.early.push(hit + given.healthy);
    else out.found.push(hit);
  }
  for (const looks of [out.early, out.found, out.published]) looks?.sort((a, b) => a - b);
  return out;
}

/** The look by which a share `q` of all rollouts is decided; null where fewer are. */
export function lookBy(sorted: number[], rollouts: number, q: number): number | null {
  return sorted[Math.max(0, Math.ceil(q * rollouts) - 1)] ?? null;
}

/** The required count for the whole table; 1 % stays at or below it in about one run of twenty. */
const required = { rollouts: 10_000, most: 83 };
/** How often a smaller run may blame a judge whose true rate is 1 %. */
export const wrongBlame = 0.005;

/**
 * The most false alarms of `rollouts` that are let through. Fewer than 10,000 cannot show a rate below 0.83 %, only that
 * it is not far above 1 %: theirs is the count that a true rate of 1 % exceeds with a probability of `wrongBlame` at
 * most. A rate three times as high exceeds it in 94 of 100 runs of 800 rollouts.
 */
export function mostFalseAlarms(rollouts: number): number {
  if (rollouts >= required.rollouts) return Math.floor((rollouts * required.most) / required.rollouts);
  let k = 0;
  while (moreThan(k, rollouts, 0.01) > wrongBlame) k++;
  return k;
}

/** P(more than `k` of `n` at `rate`), binomial. */
export function moreThan(k: number, n: number, rate: number): number {
  let term = (1 - rate) ** n;
  let sum = 0;
  for (let i = 0; i <= Math.min(k, n); i++) {
    sum += term;
    term *= ((n - i) / (i + 1)) * (rate / (1 - rate));
  }
  return Math.max(0, 1 - sum);
}

export type Verdict = { good: boolean; need: string; got: string; published: string };

export function assess(given: Case, t: Tally): Verdict {
  const published = t.published ? `${given.published?.method}: ${speed(t.published, t.rollouts)}` : '';
  if (given.must.kind === 'quiet') {
    const most = mostFalseAlarms(t.rollouts);
    const got = `${t.early.length} false alarms`;
    return { good: t.early.length <= most, need: `≤ ${most} of ${t.rollouts.toLocaleString('en')}`, got, published };
  }
  // A false alarm before the harm is its own row's business: of what is left, all must be found.
  const left = t.rollouts - t.early.length;
  const before = t.early.length > 0 ? `, before ${t.early.length} of ${t.rollouts.toLocaleString('en')}` : '';
  const got = `${speed(t.found, left)}${before}`;
  if (given.must.kind === 'pass') return { good: t.found.length > 0, need: 'stated', got, published };
  const { atLeast, median, p95 } = given.must;
  const need = [
    atLeast === undefined ? '' : `≥ ${100 * atLeast} %`,
    median === undefined ? '' : `median ≤ ${median}`,
    p95 === undefined ? '' : `95 % ≤ ${p95}`,
  ].filter(Boolean);
  const good =
    t.early.length <= mostFalseAlarms(t.rollouts) &&
    (atLeast === undefined || t.found.length >= atLeast * left) &&
    (median === undefined || (lookBy(t.found, left, 0.5) ?? Number.POSITIVE_INFINITY) <= median) &&
    (p95 === undefined || (lookBy(t.found, left, 0.95) ?? Number.POSITIVE_INFINITY) <= p95);
  return { good, need: need.join(', ') || 'stated', got, published };
}

function speed(sorted: number[], rollouts: number): string {
  const power = (100 * sorted.length) / Math.max(1, rollouts);
  const part = sorted.length === rollouts ? '100' : Math.min(99.9, power).toFixed(1);
  return `${part} %, median ${lookBy(sorted, rollouts, 0.5) ?? '–'}, 95 % ${lookBy(sorted, rollouts, 0.95) ?? '–'}`;
}
