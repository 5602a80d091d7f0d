/** Judges simulated rollouts exactly as the watch does: a look after every closed bin, and at open ones where drawn. */
import { alphaFor } from '@/lib/criterion/budget';
import { absorb, type JudgeState, look, startJudge } from '@/lib/criterion/judge';
import { criterionInput } from '@/lib/criterion/model';
import type { Case } from './cases';
import type { Bins } from './draws';
import { randomFrom } from './random';

export const falseRollbackRate = 0.01;

/** Looks until the first failing and the first passing one, counted from where harm begins; null for never. */
export type Ran = { failedAt: number | null; passedAt: number | null; looks: number; publishedAt?: number | null };

export function runOne(given: Case, seed: number, number: number): Ran {
  const ran = judgeOne(given, seed, number);
  if (!given.published) return ran;
  const random = randomFrom(seed + 104729, number);
  return { ...ran, publishedAt: given.published.run(random, given.looks, falseRollbackRate) };
}

function judgeOne(given: Case, seed: number, number: number): Ran {
  const strands = Array.from({ length: given.criteria ?? 1 }, (_, i) => ({
    draw: given.draw(randomFrom(seed + 7919 * i, number)),
    state: start(given),
  }));
  const ran: Ran = { failedAt: null, passedAt: null, looks: 0 };
  for (let t = 0; t < given.looks; t++) {
    for (const strand of strands) {
      const growing = strand.draw(t);
      for (const [i, bins] of growing.entries()) {
        const closed = i === growing.length - 1;
        if (closed) strand.state = absorb(strand.state, bins);
        ran.looks++;
        const seen = outcomeOf(strand.state, closed ? undefined : bins, given);
        if (seen === 'pass') ran.passedAt ??= t + 1 - given.healthy;
        if (seen === 'fail') return { ...ran, failedAt: t + 1 - given.healthy };
      }
    }
    if (given.must.kind === 'pass' && ran.passedAt !== null) return ran;
  }
  return ran;
}

function start(given: Case): JudgeState {
  const criterion = criterionInput.parse({
    name: given.name,
    kind: 'guardrail',
    metric: 'metric',
    better: 'lower',
    ...given.criterion,
  });
  // One criterion alone has the whole bound, as `npm run -s judge`; a rollout splits it over criteria and cohorts.
  const alpha =
    given.criteria === undefined
      ? falseRollbackRate
      : alphaFor({ falseRollbackRate, criteria: given.criteria, cohort: null });
  return startJudge(criterion, { alpha });
}

/** Of a whole rollout every cohort counts, of one criterion alone the overall look. */
function outcomeOf(state: JudgeState, open: Bins | undefined, given: Case): string {
  const { overall, byCohort } = look(state, open);
  if (given.criteria === undefined || overall.outcome === 'fail') return overall.outcome;
  return [...byCohort.values()].some((l) => l.outcome === 'fail') ? 'fail' : overall.outcome;
}
