/** From the memory of one strand to an outcome. Pure. */
import { dispersion } from '@/lib/stats/dispersion';
import { intervalEnd, reach, type Side, type Stretch, stretchOf } from '@/lib/stats/evidence';
import { startShare } from '@/lib/stats/starts';
import { combine, type Sums } from '@/lib/stats/sums';
import type { Heard, Strand } from './judge';
import type { Look, OutcomeReason } from './model';
import type { Question } from './question';

/** Both kinds of error share the bound: this part is for failing wrongly, the rest for passing wrongly. */
export const failPart = 0.75;
/** After so many silent bins nothing that was learned before is called a pass any more. */
const silentBins = 5;
/** A pass waits while any recent stretch leans past the margin this far towards failing. */
const leaning = 0.5;

type Seen = { strand: Strand; sums: Sums; heard: Heard; question: Question };

export function lookAt(seen: Seen): Look {
  const { strand, sums, heard, question } = seen;
  const blank = blankLook(seen);
  const missing = whatIsMissing(seen);
  if (missing) return { ...blank, outcome: 'no_data', reason: missing };
  const first = strand.track.starts[0];
  if (!(sums.w > 0)) return { ...blank, reason: 'too_few' };

  const rho = first ? first.rho : Math.max(1, stretchOf(sums, question.shape, strand.track.noise, 1).scoreAt(0).v);
  const whole = stretchOf(sums, question.shape, noiseOf(strand, sums, null, question), rho);
  const better: Side = question.worse === 'above' ? 'below' : 'above';
  const failBound = -Math.log(strand.alpha * failPart);
  const passBound = -Math.log(strand.alpha * (1 - failPart));

  const worst = worstStretch(seen, whole, failBound);
  const pass = reach(whole, question.limit, better, passBound);
  const samples = enough(seen);
  const failed = worst.reach >= 1;
  const shown = failed ? worst.stretch : whole;
  const shownBound = failed ? worst.bound : failBound - Math.log(startShare(0));
  const worseEnd = intervalEnd(shown, question.worse, shownBound);
  const betterEnd = intervalEnd(shown, better, passBound);
  const silent = silence(heard, question);
  const passed = !failed && pass >= 1 && samples >= 1 && worst.reach < leaning && silent === null;
  const progress = Math.max(worst.reach, Math.min(pass, samples));
  return {
    ...blank,
    outcome: failed ? 'fail' : passed ? 'pass' : 'inconclusive',
    reason: failed || passed ? 'decided' : (silent ?? (samples < 1 ? 'too_few' : 'not_yet_clear')),
    estimate: shown.estimate,
    low: question.worse === 'above' ? worseEnd : betterEnd,
    high: question.worse === 'above' ? betterEnd : worseEnd,
    progress: failed || passed ? 1 : Math.min(0.99, progress),
    moreSamples: failed || passed ? 0 : forecast(sums, worst.reach, pass, samples, question),
  };
}

type Worst = { stretch: Stretch; reach: number; bound: number };

/** The stretch, of all that are still remembered, that speaks most for failing; each has its own part of the bound. */
function worstStretch(seen: Seen, whole: Stretch, failBound: number): Worst {
  const { strand, sums, question } = seen;
  const bound = failBound - Math.log(startShare(0));
  let worst: Worst = { stretch: whole, reach: reach(whole, question.limit, question.worse, bound), bound };
  for (const start of strand.track.starts) {
    if (start.at === 0) continue;
    const since = combine(sums, start.before, -1);
    if (!(since.w > 0)) continue;
    const noise = noiseOf(strand, since, start.before, question);
    const stretch = stretchOf(since, question.shape, noise, start.rho);
    const own = failBound - Math.log(startShare(start.at));
    const reached = reach(stretch, question.limit, question.worse, own);
    if (reached > worst.reach) worst = { stretch, reach: reached, bound: own };
  }
  return worst;
}

function noiseOf(strand: Strand, since: Sums, before: Sums | null, question: Question) {
  if (!before) return dispersion([since.bins > 0 ? since : strand.track.sums], question.shape);
  return dispersion([before, since], question.shape);
}

function whatIsMissing({ heard, question }: Seen): OutcomeReason | null {
  const needsBaseline = question.shape.against === 'baseline';
  if (heard.candidate > 0) return needsBaseline && heard.baseline === 0 ? 'baseline_silent' : null;
  return needsBaseline && heard.baseline > 0 ? 'candidate_silent' : 'no_observations';
}

function silence(heard: Heard, question: Question): OutcomeReason | null {
  const candidate = heard.silentCandidate >= silentBins;
  const baseline = question.shape.against === 'baseline' && heard.silentBaseline >= silentBins;
  if (candidate && baseline) return 'both_silent';
  if (candidate) return question.shape.against === 'baseline' ? 'candidate_silent' : 'stale';
  return baseline ? 'baseline_silent' : null;
}

/** How much of the minimum sample is there, 1 for all of it. */
function enough({ sums, question }: Seen): number {
  if (question.minSamples <= 0) return 1;
  const n = question.shape.against === 'baseline' ? Math.min(sums.n1, sums.n0) : sums.n1;
  return n / question.minSamples;
}

/** Evidence grows about in proportion to the sample while the effect stays as it is estimated. */
function forecast(sums: Sums, fail: number, pass: number, samples: number, question: Question): number | null {
  const reached = Math.max(fail, pass);
  const byEvidence = reached >= 1 ? 0 : reached > 0.001 ? sums.n1 * (1 / reached - 1) : null;
  const bySamples = samples >= 1 ? 0 : question.minSamples - samples * question.minSamples;
  return byEvidence === null ? null : Math.ceil(Math.max(byEvidence, bySamples));
}

function blankLook({ strand, sums, heard, question }: Seen): Look {
  const rate = question.unitPerSecond;
  const arm = (n: number, y: number, known: number) => {
    const observations = rate ? y : n;
    const value = n > 0 ? y / n : null;
    const counts = question.shape.family === 'count' && !rate;
    return counts ? { n: observations, value, k: y } : { n: n > 0 ? observations : Math.floor(known), value };
  };
  return {
    outcome: 'inconclusive',
    reason: 'not_yet_clear',
    estimate: null,
    low: null,
    high: null,
    limit: question.limit,
    baseline: question.shape.against === 'baseline' ? arm(sums.n0, sums.y0, heard.baseline) : null,
    candidate: arm(sums.n1, sums.y1, heard.candidate),
    progress: 0,
    moreSamples: null,
    alpha: strand.alpha,
  };
}
