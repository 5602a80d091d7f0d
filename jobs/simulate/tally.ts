/** What many simulated rollouts add up to, and whether that is good enough. Pure. */
import type { Case } from './cases';
import type { Ran } from './run';

export type Tally = {
  rollouts: number;
  /** false alarms: any failure of a quiet case, or one before the harm began */
  early: number;
  found: number;
  /** looks to the first failure (or pass), sorted */
  at: number[];
  passed: number;
  looks: number;
};

export function tally(given: Case, runs: Ran[]): Tally {
  const out: Tally = { rollouts: runs.length, early: 0, found: 0, at: [], passed: 0, looks: 0 };
  for (const run of runs) {
    out.looks += run.looks;
    if (run.passedAt !== null) out.passed++;
    const hit = given.must.kind === 'pass' ? run.passedAt : run.failedAt;
    if (hit === null) continue;
    if (given.must.kind === 'quiet' || hit <= 0) {
      out.early++;
      continue;
    }
    out.found++;
    out.at.push(hit);
  }
  out.at.sort((a, b) => a - b);
  return out;
}

export function at(sorted: number[], q: number): number | null {
  return sorted.length === 0 ? null : (sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)] ?? null);
}

/**
 * The most false alarms of `rollouts` that are believable at a true rate of 1 %: of 10,000 it is 83, a count that a rate
 * of 1 % goes below in about one run of twenty. Smaller runs can only show that the rate is not far above 1 %, so
 * theirs is the count that 1 % stays at or below in 95 of 100 runs.
 */
export function mostFalseAlarms(rollouts: number): number {
  if (rollouts >= 10_000) return Math.floor(rollouts * 0.0083);
  const mean = rollouts * 0.01;
  let term = Math.exp(-mean);
  let sum = term;
  let k = 0;
  while (sum < 0.95) {
    k++;
    term *= mean / k;
    sum += term;
  }
  return k;
}

export type Verdict = { good: boolean; need: string; got: string };

export function assess(given: Case, t: Tally): Verdict {
  const median = at(t.at, 0.5);
  const p95 = at(t.at, 0.95);
  if (given.must.kind === 'quiet') {
    const most = mostFalseAlarms(t.rollouts);
    return { good: t.early <= most, need: `≤ ${most} of ${t.rollouts}`, got: `${t.early} false alarms` };
  }
  const power = t.found / t.rollouts;
  const got = `${(100 * power).toFixed(1)} %, median ${median ?? '–'}, 95 % ${p95 ?? '–'}, early ${t.early}`;
  if (given.must.kind === 'pass') return { good: t.found > 0, need: 'stated', got };
  const { atLeast, median: most, p95: slowest } = given.must;
  const need = [
    atLeast === undefined ? '' : `≥ ${100 * atLeast} %`,
    most === undefined ? '' : `median ≤ ${most}`,
    slowest === undefined ? '' : `95 % ≤ ${slowest}`,
  ].filter(Boolean);
  const good =
    // A false alarm before the harm is its own row's business.
    (atLeast === undefined || t.found + t.early >= atLeast * t.rollouts) &&
    (most === undefined || (median !== null && median <= most)) &&
    (slowest === undefined || (p95 !== null && p95 <= slowest));
  return { good, need: need.join(', ') || 'stated', got };
}
