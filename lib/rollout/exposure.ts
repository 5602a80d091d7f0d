/** What a plan exposes at a stage, by the same rule as `lib/feature/evaluate.ts`. Pure. */
import type { Plan, RolloutState } from './model';

/** Every cohort that the plan names, in the order of first mention. */
export function cohortOrder(plan: Plan): string[] {
  return [...new Set(plan.stages.flatMap((s) => Object.keys(s.exposure)))];
}

/**
 * Effective candidate percent of those who are in `cohort` and, as everybody is, in "*": the largest share of any
 * stage so far, less what is held back. In a stage the first cohort that the plan names counts.
 */
export function shareOf(plan: Plan, stage: number, cohort: string): number {
  const mine = cohortOrder(plan).filter((key) => key === cohort || key === '*');
  const planned = plan.stages.slice(0, stage + 1).map((s) => {
    const counts = mine.find((key) => Object.hasOwn(s.exposure, key));
    return counts === undefined ? 0 : (s.exposure[counts] ?? 0);
  });
  return Math.min(100 - plan.holdback, Math.max(0, ...planned));
}

export type ExposureRow = { cohort: string; share: number };

export function exposureOf(plan: Plan, state: RolloutState, stage: number): ExposureRow[] {
  const exposes = state === 'running' || state === 'held';
  return cohortOrder(plan).map((cohort) => ({
    cohort,
    share: state === 'completed' ? 100 : exposes ? shareOf(plan, stage, cohort) : 0,
  }));
}
