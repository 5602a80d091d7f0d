/** Judging one criterion, bin by bin. Pure: state and evidence in, looks out; no clock. */
import type { Bin, Criterion, Look } from './model';

/** Plain data (JSON-able), a function of the criterion, the bound and the bins absorbed so far, nothing else. */
export type JudgeState = { criterion: Criterion; alpha: number; unit: string; bins: number };

/**
 * `alpha`: the bound of the overall look (`alphaFor(… cohort: null)`); cohorts get theirs from it by order of
 * appearance. `unit`: the metric's unit as `toBins` names it; a new state is cheap, so start again when it is known.
 */
export function startJudge(_criterion: Criterion, _options: { alpha: number; unit?: string }): JudgeState {
  throw new Error('not yet');
}

/** One closed time bin of all cohorts. Costs the same after a month. Never changes `state`. */
export function absorb(_state: JudgeState, _bins: ReadonlyMap<string, Bin>): JudgeState {
  throw new Error('not yet');
}

/** What is known now; `open` is the newest, still filling bin. Looking at it again and again stays within the bound. */
export function look(
  _state: JudgeState,
  _open?: ReadonlyMap<string, Bin>,
): { overall: Look; byCohort: Map<string, Look> } {
  throw new Error('not yet');
}
