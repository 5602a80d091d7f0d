/** How a rollout's one bound on false alarms is spent. Pure. */

/**
 * The bound for one criterion, overall (`cohort: null`) or in the cohort that appeared as number `cohort` (from 0).
 * A union bound: half of each criterion's part goes to the overall look, the other half over any number of
 * cohorts as 1/((i+1)(i+2)), which sums to 1. The sum over all looks of a rollout never exceeds the rate.
 */
export function alphaFor(part: { falseRollbackRate: number; criteria: number; cohort: number | null }): number {
  const overall = part.falseRollbackRate / Math.max(1, part.criteria) / 2;
  return part.cohort === null ? overall : cohortAlpha(overall, part.cohort);
}

/** The bound of cohort number `order` where the overall look of the same criterion has `overall`. */
export function cohortAlpha(overall: number, order: number): number {
  return overall / ((order + 1) * (order + 2));
}
