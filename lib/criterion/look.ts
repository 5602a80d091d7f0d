/** From the memory of one strand to an outcome. Pure. */
import { exponent } from '@/lib/stats/boundary';
import { type Noise, noiseOf, partOf } from '@/lib/stats/dispersion';
import { type Bounds, boundsOf, intervalEnd, reach, type Side, type Stretch, weigh } from '@/lib/stats/evidence';
import { deviationAt, estimateOf, scoreAt } from '@/lib/stats/score';
import { type Sums, since } from '@/lib/stats/sums';
import { type Effect, quantileEffect, quantileOf } from './effect';
import type { Heard, Strand } from './judge';
import type { Look, OutcomeReason, Working } from './model';
import { addShapes, type Shapes } from './pivot';
import type { Question } from './question';
import type { Peeked, Start } from './track';

/** Both kinds of error share the bound: this part is for failing wrongly, the rest for passing wrongly. */
export const failPart = 0.85;
/** After so many silent bins nothing that was learned before is called a pass any more. */
const silentBins = 5;
/** Nothing is lost by passing a little later, so what lingers may be this much more than it seems before anything does. */
const wariness = 1.3;
/** A pass waits while any recent stretch leans this far towards failing. */
export const leaning = 0.5;

/** Below this progress there is no forecast, and this part of the missing evidence is what it will take. */
const leastReach = 0.05;
const crossing = 0.5;

type Seen = { strand: Strand; seen: Peeked; heard: Heard; question: Question };

export function lookAt(given: Seen): Look {
  const { strand, seen, heard, question } = given;
  const { sums } = seen;
  const blank = blankLook(given);
  const missing = whatIsMissing(heard, question);
  if (missing) return { ...blank, outcome: 'no_data', reason: missing };
  if (!(sums.w > 0)) return { ...blank, reason: question.q !== null && seen.shapes ? 'not_measurable' : 'too_few' };

  const better: Side = question.worse === 'above' ? 'below' : 'above';
  const whole = wholeStretch(given);
  const worst = worstStretch(given, whole);
  const wary = { ...whole, noise: waryOf(whole.noise) };
  const pass = reach(wary, question.scoreLimit, better, strand.pass);
  const samples = enough(sums, question);
  const silent = silence(heard, question);
  const failed = worst.reach >= 1;
  const passed = !failed && pass >= 1 && samples >= 1 && worst.reach < leaning && silent === null;
  const shown = failed ? worst : { stretch: whole, bounds: strand.fail, shapes: seen.shapes };
  const effect = effectOf(
    shown,
    { [question.worse]: shown.bounds, [better]: strand.pass } as Record<Side, Bounds>,
    { [question.worse]: shown.stretch, [better]: failed ? shown.stretch : wary } as Record<Side, Stretch>,
    question,
  );
  return {
    ...blank,
    outcome: failed ? 'fail' : passed ? 'pass' : 'inconclusive',
    reason: failed || passed ? 'decided' : (silent ?? (samples < 1 ? 'too_few' : 'not_yet_clear')),
    ...agreeing(effect, question, failed, pass >= 1),
    progress: failed || passed ? 1 : Math.min(0.99, Math.max(worst.reach, Math.min(pass, samples))),
    moreSamples: failed || passed ? 0 : forecast(sums, worst.reach, pass, samples, question),
    working:
      failed || (!passed && worst.reach >= pass)
        ? workingOf(worst, question.worse, question.scoreLimit)
        : workingOf({ stretch: wary, bounds: strand.pass, fromBin: 0 }, better, question.scoreLimit),
  };
}

export function workingOf(
  of: Pick<Worst, 'stretch' | 'bounds' | 'fromBin'>,
  side: Side,
  limit: number,
): Working | null {
  const weighed = weigh(of.stretch, limit, side, of.bounds);
  if (!weighed) return null;
  const { score, ...rest } = weighed;
  return { side, limit, ...score, ...rest, rho: of.stretch.rho, fromBin: of.fromBin, bins: of.stretch.sums.bins };
}

function waryOf({ leaned, bare, free }: Noise): Noise {
  return { leaned: wariness * leaned, bare: wariness * bare, free };
}

function wholeStretch({ strand, seen, question }: Seen): Stretch {
  const { starts, noise, sums } = strand.track;
  const known =
    sums.bins > 0 ? noise : noiseOf(partOf({ ...seen.sums, bins: 1 }, question.shape), null, question.shape);
  const rho = starts[0]?.rho ?? Math.max(1, scoreAt(seen.sums, question.shape, question.scoreLimit).v);
  return { sums: seen.sums, shape: question.shape, noise: known, rho };
}

type Worst = { stretch: Stretch; reach: number; bounds: Bounds; shapes: Shapes | null; fromBin: number };

/** The stretch, of all that are still remembered, that speaks most for failing; each has its own part of the bound. */
function worstStretch({ strand, seen, question }: Seen, whole: Stretch): Worst {
  const { shape, scoreLimit, worse } = question;
  const bounds = strand.fail;
  let worst: Worst = {
    stretch: whole,
    reach: reach(whole, scoreLimit, worse, bounds),
    bounds,
    shapes: seen.shapes,
    fromBin: 0,
  };
  let chosen: Start | null = null;
  const now = deviationAt(seen.sums, shape, scoreLimit);
  const failLog = -Math.log(strand.alpha * failPart);
  for (const start of strand.track.starts) {
    if (start.at === 0) continue;
    // Most stretches lie on the better side, and of the rest most could not win even without noise: cheap to see.
    const s = now - deviationAt(start.before, shape, scoreLimit);
    if (worse === 'above' ? s <= 0 : s >= 0) continue;
    const sums = since(seen.sums, start.before, start.firstRun);
    if (!(sums.w > 0)) continue;
    const most = exponent(scoreAt(sums, shape, scoreLimit)) / (failLog - Math.log(start.share));
    if (shape.modelled && most <= worst.reach) continue;
    const own = boundsOf(strand.alpha * failPart * start.share);
    const stretch = { sums, shape, noise: noiseOf(partOf(sums, shape), start.part, shape), rho: start.rho };
    const reached = reach(stretch, scoreLimit, worse, own);
    if (reached <= worst.reach) continue;
    worst = { stretch, reach: reached, bounds: own, shapes: null, fromBin: start.at };
    chosen = start;
  }
  if (chosen && worst.reach >= 1 && seen.shapes)
    worst.shapes = chosen.shapes ? addShapes(seen.shapes, chosen.shapes, -1) : seen.shapes;
  return worst;
}

/** Each end of the interval by the noise and the bound of its own side. */
function effectOf(
  shown: { stretch: Stretch; shapes: Shapes | null },
  bounds: Record<Side, Bounds>,
  ends: Record<Side, Stretch>,
  question: Question,
): Effect {
  if (question.q !== null) return quantileEffect(ends, shown.shapes, bounds, question);
  return {
    estimate: estimateOf(shown.stretch.sums, shown.stretch.shape),
    low: intervalEnd(ends.above, 'above', bounds.above),
    high: intervalEnd(ends.below, 'below', bounds.below),
  };
}

/** The interval is found by search, and a quantile's on another scale: it never contradicts the decision. */
export function agreeing(effect: Effect, { limit, worse }: Question, failed: boolean, passes: boolean): Effect {
  const { estimate } = effect;
  const low = endAbove(effect.low, limit, worse === 'above' ? failed : passes && !failed);
  const high = endBelow(effect.high, limit, worse === 'above' ? passes && !failed : failed);
  return { estimate, low, high };
}
function endAbove(end: number | null, limit: number, excluded: boolean): number | null {
  if (excluded) return Math.max(end ?? limit, limit + nudge(limit));
  return end === null ? null : Math.min(end, limit);
}
function endBelow(end: number | null, limit: number, excluded: boolean): number | null {
  if (excluded) return Math.min(end ?? limit, limit - nudge(limit));
  return end === null ? null : Math.max(end, limit);
}
function nudge(limit: number): number {
  return Math.max(1e-12, Math.abs(limit) * 1e-9);
}

export function whatIsMissing(heard: Heard, question: Question): OutcomeReason | null {
  const needsBaseline = question.shape.against === 'baseline';
  if (heard.candidate.bins > 0) {
    if (!needsBaseline || heard.together > 0) return null;
    return heard.baseline.bins === 0 ? 'baseline_silent' : 'no_concurrent_baseline';
  }
  return needsBaseline && heard.baseline.bins > 0 ? 'candidate_silent' : 'no_observations';
}

export function silence(heard: Heard, question: Question): OutcomeReason | null {
  const candidate = heard.candidate.silent >= silentBins;
  const baseline = question.shape.against === 'baseline' && heard.baseline.silent >= silentBins;
  if (candidate && baseline) return 'both_silent';
  if (candidate) return question.shape.against === 'baseline' ? 'candidate_silent' : 'stale';
  return baseline ? 'baseline_silent' : null;
}

/** How much of the minimum sample is there, 1 for all of it. */
function enough(sums: Sums, question: Question): number {
  if (question.minSamples <= 0) return 1;
  const [one, zero] = question.perSecond ? [sums.y1, sums.y0] : [sums.n1, sums.n0];
  return (question.shape.against === 'baseline' ? Math.min(one, zero) : one) / question.minSamples;
}

/**
 * Evidence grows about in proportion to the sample while the effect stays as it is estimated, but chance, which comes
 * and goes, takes it over the boundary at about half of what is then missing. Simulated half-way to a decision, the
 * median forecast is within a fifth of what it took, half of all within a factor of two. Nothing is said from next to
 * no evidence.
 */
function forecast(sums: Sums, fail: number, pass: number, samples: number, question: Question): number | null {
  const n = question.perSecond ? sums.y1 : sums.n1;
  const reached = Math.max(fail, pass);
  if (reached < leastReach) return null;
  const byEvidence = reached >= 1 ? 0 : n * (1 / reached - 1) * crossing;
  const bySamples = samples >= 1 ? 0 : question.minSamples * (1 - samples);
  return Math.ceil(Math.max(byEvidence, bySamples));
}

function armView({ seen, heard, question }: Seen, side: 'candidate' | 'baseline', n: number, y: number) {
  if (question.q !== null) return { n: n || heard[side].n, value: quantileOf(seen.shapes, side, question.q) };
  const value = n > 0 ? y / n : null;
  if (question.perSecond) return { n: y, value };
  if (question.shape.family === 'count') return { n, value, k: y };
  return { n: n || heard[side].n, value };
}

export function blankLook(given: Seen): Look {
  const { strand, question } = given;
  const { sums } = given.seen;
  return {
    outcome: 'inconclusive',
    reason: 'not_yet_clear',
    estimate: null,
    low: null,
    high: null,
    limit: question.limit,
    baseline: question.shape.against === 'baseline' ? armView(given, 'baseline', sums.n0, sums.y0) : null,
    candidate: armView(given, 'candidate', sums.n1, sums.y1),
    progress: 0,
    moreSamples: null,
    alpha: strand.alpha,
    spent: strand.track.spent,
    working: null,
  };
}
