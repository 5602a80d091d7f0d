/**
 * Whether a regression is that of some cohorts only. Pure.
 *
 * The bound on false alarms still holds. Where nothing is wrong with the candidate, the first thing that is taken back
 * wrongly is taken back by a look of the first judging, and each judging as a whole keeps to its part of the rate
 * (`judging.ts`): number k, after k cohorts have left, has a part of its own, and the parts add up to one. So neither
 * the judging anew of the rest, on data that was looked at before, nor how often cohorts leave, adds anything.
 */
import type { Evidence } from './decide';
import { counting } from './gate';
import { exposedCohorts } from './plan/exposure';

/**
 * The cohorts to take back, while all others go on; null: the whole rollout.
 *
 * One bad cohort can make the overall look fail as well, so an overall failure beside failing cohorts is first laid to
 * them. They leave, the rest is judged again without them from the start of the rollout, and if it fails then as a
 * whole, everything goes back.
 */
export function cohortsToWithdraw(e: Evidence): string[] | null {
  if (e.plan.onRegressionScope !== 'cohort' || !e.switchable) return null;
  const withdrawn = e.withdrawn ?? [];
  const guardrails = counting(e).filter((o) => o.kind === 'guardrail');
  const failing = guardrails.filter((o) => o.outcome === 'fail');
  const cohorts = [...new Set(failing.flatMap((o) => o.cohort ?? []))].sort();
  const overall = failing.some((o) => o.cohort === null);
  if (cohorts.length === 0 || (overall && withdrawn.length > 0)) return null;
  if (!cohorts.every((cohort) => e.withdrawable?.includes(cohort))) return null;
  // Somebody else must be there to go on: seen on the candidate and not failing.
  const others = guardrails.some((o) => o.cohort !== null && !cohorts.includes(o.cohort) && o.candidate.n > 0);
  const left = exposedCohorts(e.plan, e.stage, [...withdrawn, ...cohorts]);
  return others && left.length > 0 ? cohorts : null;
}
