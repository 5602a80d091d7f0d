/**
 * How far the sums lie from a supposed effect, with the variance and skewness that the supposition implies.
 * Variances are those at the supposed effect (as Miettinen & Nurminen, Stat. Med. 4, 1985, and Sato, 1989), bin by bin,
 * so they hold for rare events, an error-free baseline and arms of very different size.
 */
import type { Score } from './boundary';
import type { Sums } from './sums';

/** What kind of comparison the sums are for. */
export type Shape = {
  family: 'count' | 'mean';
  /** the baseline of the same bin, or a number */
  against: 'baseline' | 'threshold';
  /** the effect is candidate − baseline (or the candidate), or candidate/baseline − 1 */
  relative: boolean;
  /** the sums know the noise within a bin; else it is learned between bins only */
  modelled: boolean;
  /** the events are those of a tail: a small shift of everything moves them much */
  tail: boolean;
};

export function scoreAt(sums: Sums, shape: Shape, effect: number): Score {
  if (shape.against === 'threshold') return alone(sums, shape, effect);
  return shape.relative ? asRatio(sums, shape, 1 + effect) : asDifference(sums, shape, effect);
}

/** The score's deviation alone: linear in the sums, so that of a stretch is a difference of two. */
export function deviationAt(sums: Sums, shape: Shape, effect: number): number {
  if (shape.against === 'threshold') return sums.a1 - sums.w * effect;
  return shape.relative ? sums.a1 - (1 + effect) * sums.a0 : sums.a1 - sums.a0 - effect * sums.w;
}

/** The effect at which the score is zero; null without data (or, relative, without a baseline to divide by). */
export function estimateOf(sums: Sums, shape: Shape): number | null {
  if (!(sums.w > 0)) return null;
  if (shape.against === 'threshold') return sums.a1 / sums.w;
  if (shape.relative) return sums.a0 === 0 ? null : sums.a1 / sums.a0 - 1;
  return (sums.a1 - sums.a0) / sums.w;
}

function alone(sums: Sums, shape: Shape, level: number): Score {
  const s = sums.a1 - sums.w * level;
  if (shape.family === 'mean') return { s, v: sums.v1, k3: 0 };
  // `cube` is w for a share and 0 for a rate: a share's variance is p(1−p), a rate's is p
  const bounded = sums.w > 0 ? sums.cube / sums.w : 0;
  const v = Math.max(0, sums.w * level * (1 - bounded * level));
  return { s, v, k3: v * (1 - 2 * bounded * level) };
}

function asDifference(sums: Sums, shape: Shape, difference: number): Score {
  const s = sums.a1 - sums.a0 - difference * sums.w;
  if (shape.family === 'mean') return { s, v: sums.v1 + sums.v0, k3: 0 };
  const v = sums.pq + difference * sums.tilt - difference * difference * sums.cube;
  const least = leastVariance(sums, difference);
  if (v <= least.v) return { s, ...least };
  return { s, v, k3: sums.skewLevel + difference * sums.skewSlope };
}

/**
 * A difference of δ > 0 means that the candidate has at least a share of δ, however few events were seen. Near the
 * other end (nearly everything counts) the same holds for what does not count, with the arms changed over.
 */
function leastVariance(sums: Sums, difference: number): { v: number; k3: number } {
  const size = Math.abs(difference);
  const bounded = sums.cube > 0 ? 1 : 0;
  const spread = Math.max(0, size * (1 - bounded * size));
  const manyEvents = bounded === 1 && sums.p > sums.w / 2;
  const byCandidate = difference > 0 !== manyEvents;
  const wf = byCandidate ? sums.wf0 : sums.w - sums.wf0;
  const wff = byCandidate ? sums.wff0 : sums.wff1;
  return { v: wf * spread, k3: Math.sign(difference) * wff * spread };
}

function asRatio(sums: Sums, shape: Shape, ratio: number): Score {
  const s = sums.a1 - ratio * sums.a0;
  if (shape.family === 'mean') return { s, v: sums.v1 + ratio * ratio * sums.v0, k3: 0 };
  if (!(sums.w > 0) || ratio <= 0) return { s, v: 0, k3: 0 };
  const f0 = sums.wf0 / sums.w;
  const level = f0 + ratio * (1 - f0);
  const v = Math.max(ratio * sums.p * 1e-3, ratio * sums.p - (ratio * ratio * sums.p2) / (level * level));
  return { s, v, k3: (v / (ratio * sums.p || 1)) * ratio * (sums.pf0 - ratio * (sums.p - sums.pf0)) };
}
