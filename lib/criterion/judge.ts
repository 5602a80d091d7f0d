/**
 * Judging one criterion, bin by bin. Pure: state and evidence in, looks out; no clock, no randomness.
 *
 * Every look is an always-valid test: however often one looks, and however long, a criterion whose true effect is not
 * past its margin fails with a probability of at most `failPart` of `alpha`, and one whose true effect is past it passes
 * with a probability of at most the rest. See `lib/stats` for the formulas.
 */
import { type Bounds, boundsOf } from '@/lib/stats/evidence';
import { startShare } from '@/lib/stats/starts';
import { cohortAlpha } from './budget';
import { type BurnMemory, emptyBurn, extendBurn } from './burn';
import { lookAtBurn } from './burn-look';
import { observed, samplesOf } from './increment';
import { failPart, lookAt } from './look';
import type { Bin, Criterion, Look } from './model';
import { type Question, questionOf, unitOf } from './question';
import { emptyTrack, extend, peek, type Track } from './track';

/** In how many bins an arm was heard, how many observations it had, and for how many bins it has been silent now. */
type HeardArm = { bins: number; n: number; silent: number };
/** `together`: in how many bins some cohort had both arms. */
export type Heard = { candidate: HeardArm; baseline: HeardArm; together: number };
/** `fail` and `pass` are the bounds of the stretch from the beginning. */
export type Strand = {
  alpha: number;
  fail: Bounds;
  pass: Bounds;
  track: Track;
  heard: Heard;
  /** burn rates only: what is remembered of their windows */
  burn: BurnMemory | null;
};

/** Plain data (JSON-able), a function of the criterion, the bound and the bins absorbed so far, nothing else. */
export type JudgeState = {
  criterion: Criterion;
  alpha: number;
  unit: string;
  question: Question;
  bins: number;
  overall: Strand;
  /** in order of appearance; bins without a cohort (key '') are part of the overall strand only */
  cohorts: Array<{ cohort: string; strand: Strand }>;
};

/**
 * `alpha`: the bound of the overall look (`alphaFor(… cohort: null)`); cohorts get theirs from it by order of
 * appearance. `unit`: the metric's unit as `toBins` names it; a new state is cheap, so start again when it is known.
 * @throws BelayError bad_input where a margin or threshold does not fit the unit
 */
export function startJudge(criterion: Criterion, options: { alpha: number; unit?: string }): JudgeState {
  const unit = unitOf(criterion, options.unit ?? '');
  return {
    criterion,
    alpha: options.alpha,
    unit,
    question: questionOf(criterion, unit),
    bins: 0,
    overall: newStrand(options.alpha),
    cohorts: [],
  };
}

/** One closed time bin of all cohorts. Costs the same after a month. Never changes `state`. */
export function absorb(state: JudgeState, bins: ReadonlyMap<string, Bin>): JudgeState {
  const { question } = state;
  const cohorts = state.cohorts.map(({ cohort, strand }) => {
    const bin = bins.get(cohort);
    return { cohort, strand: extendStrand(strand, bin ? [bin] : [], question) };
  });
  for (const [cohort, bin] of bins) {
    if (cohort === '' || cohorts.some((c) => c.cohort === cohort)) continue;
    const strand = newStrand(cohortAlpha(state.alpha, cohorts.length));
    cohorts.push({ cohort, strand: extendStrand(strand, [bin], question) });
  }
  const overall = extendStrand(state.overall, [...bins.values()], question);
  return { ...state, bins: state.bins + 1, overall, cohorts };
}

/** What is known now; `open` is the newest, still filling bin. Looking at it again and again stays within the bound. */
export function look(
  state: JudgeState,
  open?: ReadonlyMap<string, Bin>,
): { overall: Look; byCohort: Map<string, Look> } {
  const byCohort = new Map<string, Look>();
  for (const { cohort, strand } of state.cohorts) {
    const bin = open?.get(cohort);
    byCohort.set(cohort, lookStrand(strand, bin ? [bin] : [], state.question));
  }
  let order = state.cohorts.length;
  for (const [cohort, bin] of open ?? []) {
    if (cohort === '' || byCohort.has(cohort)) continue;
    byCohort.set(cohort, lookStrand(newStrand(cohortAlpha(state.alpha, order++)), [bin], state.question));
  }
  return { overall: lookStrand(state.overall, open ? [...open.values()] : [], state.question), byCohort };
}

function newStrand(alpha: number): Strand {
  return {
    alpha,
    fail: boundsOf(alpha * failPart * startShare(0)),
    pass: boundsOf(alpha * (1 - failPart)),
    track: emptyTrack(),
    heard: { candidate: { bins: 0, n: 0, silent: 0 }, baseline: { bins: 0, n: 0, silent: 0 }, together: 0 },
    burn: null,
  };
}

function extendStrand(strand: Strand, bins: Bin[], question: Question): Strand {
  const { burn } = question;
  const track = bins.length > 0 ? extend(strand.track, bins, question) : strand.track;
  const of = { before: strand.track, after: track, bins, question };
  return {
    ...strand,
    track,
    heard: hear(strand.heard, bins, true),
    burn: burn && extendBurn(strand.burn ?? emptyBurn, { ...of, burn }),
  };
}

function lookStrand(strand: Strand, open: Bin[], question: Question): Look {
  const seen = open.length > 0 ? peek(strand.track, open, question) : strand.track;
  const given = { strand, seen, heard: hear(strand.heard, open, false), question };
  return question.burn ? lookAtBurn({ ...given, open }, question.burn) : lookAt(given);
}

/** An open bin that is still silent is not held against anybody. */
function hear(heard: Heard, bins: Bin[], closed: boolean): Heard {
  const met = bins.some((bin) => observed(bin.candidate) && observed(bin.baseline));
  return {
    candidate: hearArm(heard.candidate, bins, closed, 'candidate'),
    baseline: hearArm(heard.baseline, bins, closed, 'baseline'),
    together: heard.together + (met ? 1 : 0),
  };
}

function hearArm(before: HeardArm, bins: Bin[], closed: boolean, side: 'candidate' | 'baseline'): HeardArm {
  let n = 0;
  let spoke = false;
  for (const bin of bins) {
    const arm = bin[side];
    if (!observed(arm)) continue;
    n += samplesOf(arm);
    spoke = true;
  }
  if (!spoke) return closed ? { ...before, silent: before.silent + 1 } : before;
  return { bins: before.bins + 1, n: before.n + n, silent: 0 };
}
