/** What a plan exposes at a stage, by the same rule as `lib/feature/evaluate.ts`. Pure. */
import type { Plan, RolloutState } from '../model';

/** Every cohort that the plan names, in the order of first mention. */
export function cohortOrder(plan: Plan): string[] {
  return [...new Set(plan.stages.flatMap((s) => Object.keys(s.exposure)))];
}

/** Whether the plan exposes "*" and nothing else: then who is in no cohort that telemetry names is in it too. */
export function everybodyOnly(plan: Plan): boolean {
  const named = cohortOrder(plan);
  return named.length === 1 && named[0] === '*';
}

/**
 * Effective candidate percent of those who are in `cohort` and, as everybody is, in "*": the largest share of any
 * stage so far, less what is held back. In a stage the first cohort that the plan names counts. Who is in a cohort
 * that was taken back gets none, whatever else would expose them.
 */
export function shareOf(plan: Plan, stage: number, cohort: string, withdrawn: readonly string[] = []): number {
  if (withdrawn.includes(cohort)) return 0;
  const mine = cohortOrder(plan).filter((key) => key === cohort || key === '*');
  const planned = plan.stages.slice(0, stage + 1).map((s) => {
    const counts = mine.find((key) => Object.hasOwn(s.exposure, key));
    return counts === undefined ? 0 : (s.exposure[counts] ?? 0);
  });
  return Math.min(100 - plan.holdback, Math.max(0, ...planned));
}

/** Cohorts of the plan that have the candidate at this stage. */
export function exposedCohorts(plan: Plan, stage: number, withdrawn: readonly string[] = []): string[] {
  return cohortOrder(plan).filter((cohort) => shareOf(plan, stage, cohort, withdrawn) > 0);
}

export type ExposureRow = { cohort: string; share: number };

/** Cohorts that were taken back are among them though the plan may name them nowhere: they were a part of "*". */
export function exposureOf(
  plan: Plan,
  state: RolloutState,
  stage: number,
  withdrawn: readonly string[] = [],
): ExposureRow[] {
  const exposes = state === 'running' || state === 'held';
  const cohorts = [...new Set([...cohortOrder(plan), ...withdrawn])];
  return cohorts.map((cohort) => {
    if (state === 'completed') return { cohort, share: withdrawn.includes(cohort) ? 0 : 100 };
    return { cohort, share: exposes ? shareOf(plan, stage, cohort, withdrawn) : 0 };
  });
}
