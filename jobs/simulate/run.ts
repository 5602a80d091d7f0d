/** Judges simulated rollouts exactly as the watch does: a look after every closed bin. */
import { alphaFor } from '@/lib/criterion/budget';
import { absorb, look, startJudge } from '@/lib/criterion/judge';
import { criterionInput } from '@/lib/criterion/model';
import type { Case } from './cases';
import { type Random, randomFrom } from './random';

export const falseRollbackRate = 0.01;

/** Looks until the first failing and the first passing one, counted from where harm begins; null for never. */
export type Ran = { failedAt: number | null; passedAt: number | null; looks: number };

export function runOne(given: Case, seed: number, number: number): Ran {
  const random = randomFrom(seed, number);
  const draw = given.draw(random);
  const several = given.criteria !== undefined;
  const criterion = criterionInput.parse({
    name: given.name,
    kind: 'guardrail',
    metric: 'metric',
    better: 'lower',
    ...given.criterion,
  });
  // One criterion alone has the whole bound, as `npm run -s judge`; a rollout splits it over criteria and cohorts.
  const alpha = several
    ? alphaFor({ falseRollbackRate, criteria: given.criteria ?? 1, cohort: null })
    : falseRollbackRate;
  const draws = Array.from({ length: given.criteria ?? 1 }, (_, i) =>
    i === 0 ? draw : given.draw(again(seed, number, i)),
  );
  const states = draws.map(() => startJudge(criterion, { alpha }));
  const ran: Ran = { failedAt: null, passedAt: null, looks: 0 };
  for (let t = 0; t < given.looks; t++) {
    for (const [i, next] of draws.entries()) {
      const state = absorb(states[i] as (typeof states)[number], next(t));
      states[i] = state;
      const { overall, byCohort } = look(state);
      ran.looks++;
      const failed =
        overall.outcome === 'fail' || (several && [...byCohort.values()].some((l) => l.outcome === 'fail'));
      if (overall.outcome === 'pass') ran.passedAt ??= t + 1 - given.healthy;
      if (failed) return { ...ran, failedAt: t + 1 - given.healthy };
    }
    if (given.must.kind === 'pass' && ran.passedAt !== null) return ran;
  }
  return ran;
}

function again(seed: number, number: number, i: number): Random {
  return randomFrom(seed + 7919 * i, number);
}
