/**
 * Evidence of one stretch of bins against a supposed effect, and the interval of effects that it leaves.
 *
 * The bound is split between the two views of noise in `dispersion.ts`: most for the one that leans on a prior, the rest
 * for the bare one, whose exponent E becomes ((ν+1)/2)·ln(1 + 2E/ν), the likelihood ratio of Student's t
 * (Lai 1976; Wang & Ramdas, arXiv 2310.03722).
 */
import { type Bound, boundOf, deviationFor, exponent, exponentNeeded, type Score } from './boundary';
import type { Noise } from './dispersion';
import { deviationAt, estimateOf, type Shape, scoreAt } from './score';
import type { Sums } from './sums';

/** What a stretch of bins says. `rho` is the precision of the mixture that was fixed when the stretch began. */
export type Stretch = { sums: Sums; shape: Shape; noise: Noise; rho: number };

/** `above`: that the effect is larger than supposed; `below`: that it is smaller. */
export type Side = 'above' | 'below';

const leanedShare = 0.92;

/** One α, split between the two views of noise. */
export type Bounds = { whole: Bound; leaned: Bound; bare: Bound };
export function boundsOf(alpha: number): Bounds {
  return { whole: boundOf(alpha), leaned: boundOf(alpha * leanedShare), bare: boundOf(alpha * (1 - leanedShare)) };
}

/** How far the evidence reaches: 1 is the boundary. 0 where the data lies on the other side. */
export function reach(stretch: Stretch, effect: number, side: Side, bounds: Bounds): number {
  const { sums, shape, noise, rho } = stretch;
  const score = scoreAt(sums, shape, effect);
  // What single bins added beyond the cap is no evidence on its own side.
  const s = side === 'above' ? score.s - sums.over : score.s + sums.under;
  if (side === 'above' ? !(s > 0) : !(s < 0)) return 0;
  const raw = exponent({ s, v: score.v, k3: score.k3 });
  if (raw === Number.POSITIVE_INFINITY) return raw;
  let best = 0;
  if (shape.modelled)
    best = raw / noise.leaned / exponentNeeded(score.v / noise.leaned, rho / noise.leaned, bounds.leaned);
  if (noise.free >= 2 && noise.bare > 0) {
    const needed = exponentNeeded(score.v / noise.bare, rho / noise.bare, bounds.bare);
    best = Math.max(best, student(raw / noise.bare, noise.free) / needed);
  }
  return best;
}

/** What `reach` compares, by whichever view of the noise reaches further. */
export type Weighed = {
  score: Score;
  dispersion: number;
  free: number | null;
  exponent: number;
  needed: number;
  alpha: number;
};

/** `reach` with its working; null where neither view can say anything yet. Once a look, not in searches. */
export function weigh(stretch: Stretch, effect: number, side: Side, bounds: Bounds): Weighed | null {
  const { sums, shape, noise, rho } = stretch;
  const { s: seen, v, k3 } = scoreAt(sums, shape, effect);
  const s = side === 'above' ? Math.max(0, seen - sums.over) : Math.min(0, seen + sums.under);
  const score = { s, v, k3 };
  const raw = exponent(score);
  // Ruled out by the hypothesis itself: any bound is reached.
  const ruledOut = raw === Number.POSITIVE_INFINITY;
  const view = (dispersion: number, free: number | null, bound: Bound): Weighed => ({
    score,
    dispersion,
    free,
    exponent: ruledOut ? Number.MAX_VALUE : free === null ? raw / dispersion : student(raw / dispersion, free),
    needed: v > 0 ? exponentNeeded(v / dispersion, rho / dispersion, bound) : bound.log,
    alpha: Math.exp(-bound.log),
  });
  const leaned = shape.modelled ? view(noise.leaned, null, bounds.leaned) : null;
  const bare = noise.free >= 2 && noise.bare > 0 ? view(noise.bare, noise.free, bounds.bare) : null;
  if (!leaned || !bare) return leaned ?? bare;
  return bare.exponent / bare.needed > leaned.exponent / leaned.needed ? bare : leaned;
}

function student(e: number, free: number): number {
  return ((free + 1) / 2) * Math.log1p((2 * e) / free);
}

/** The least deviation, of the score of variance `v`, that is evidence on `side`: where `reach` is 1. */
export function deviationNeeded(stretch: Stretch, score: Score, side: Side, bounds: Bounds): number {
  const { sums, shape, noise, rho } = stretch;
  const { v, k3 } = score;
  const sign = side === 'above' ? 1 : -1;
  let raw = Number.POSITIVE_INFINITY;
  if (shape.modelled) raw = noise.leaned * exponentNeeded(v / noise.leaned, rho / noise.leaned, bounds.leaned);
  if (noise.free >= 2 && noise.bare > 0) {
    const needed = exponentNeeded(v / noise.bare, rho / noise.bare, bounds.bare);
    raw = Math.min(raw, noise.bare * (noise.free / 2) * Math.expm1((2 * needed) / (noise.free + 1)));
  }
  if (!Number.isFinite(raw)) return sign * Number.POSITIVE_INFINITY;
  return deviationFor(raw, v, k3, sign) + (side === 'above' ? sums.over : -sums.under);
}

/**
 * The effect nearest to the estimate that the evidence on `side` still reaches: the end of the interval.
 * `null` where nothing is excluded. √reach is nearly linear in the effect, so a few secant steps are enough.
 */
export function intervalEnd(stretch: Stretch, side: Side, bounds: Bounds): number | null {
  const ask: Ask = { stretch, side, bounds };
  const [least, most] = domain(stretch.sums, stretch.shape);
  const estimate = estimateOf(stretch.sums, stretch.shape);
  if (estimate === null) return searchFromInfinity(ask, least);
  const outside = stepOut(ask, estimate, side === 'above' ? least : most);
  return outside === null ? null : bracket(ask, estimate, outside);
}

type Ask = { stretch: Stretch; side: Side; bounds: Bounds };

/** Below 0 for effects inside the interval, above for those that the evidence excludes. */
function excess({ stretch, side, bounds }: Ask, effect: number): number {
  return Math.sqrt(Math.min(1e6, reach(stretch, effect, side, bounds))) - 1;
}

/** An effect that is excluded, at first as far out as the variance at the estimate suggests. */
function stepOut(ask: Ask, estimate: number, far: number): number | null {
  const { stretch, side, bounds } = ask;
  const here = scoreAt(stretch.sums, stretch.shape, estimate);
  const unit = Math.max(1e-9, Math.abs(estimate) * 1e-3);
  const slope = Math.abs(here.s - deviationAt(stretch.sums, stretch.shape, estimate + unit)) / unit;
  let step = here.v > 0 && slope > 0 ? (1.05 * Math.abs(deviationNeeded(stretch, here, side, bounds))) / slope : unit;
  if (!Number.isFinite(step)) step = unit;
  for (let i = 0; i < 60; i++) {
    const effect = side === 'above' ? Math.max(far, estimate - step) : Math.min(far, estimate + step);
    if (excess(ask, effect) >= 0) return effect;
    if (effect === far) return null;
    step *= 1.7;
  }
  return null;
}

/** Regula falsi with Illinois' halving between `inside` (excess < 0) and `outside` (excess ≥ 0). */
function bracket(ask: Ask, inside: number, outside: number): number {
  let a = inside;
  let b = outside;
  let fa = excess(ask, a);
  let fb = excess(ask, b);
  if (fa >= 0) return a;
  const close = 1e-4 * Math.abs(outside - inside);
  for (let i = 0; i < 40 && Math.abs(b - a) > close && fb > 1e-3; i++) {
    // Far out the reach is flat: halve instead of trusting the chord.
    const c = fb > 3 ? (a + b) / 2 : (a * fb - b * fa) / (fb - fa);
    const fc = excess(ask, c);
    if (fc >= 0) {
      b = c;
      fb = fc;
      fa /= 2;
    } else {
      a = c;
      fa = fc;
      fb /= 2;
    }
  }
  return b;
}

/**
 * No estimate because there is nothing to divide by: the effect is somewhere above. The evidence against an effect falls
 * towards both ends, because at the least effect there is no variance left: first one that is excluded, then the end.
 */
function searchFromInfinity(ask: Ask, least: number): number | null {
  if (ask.side !== 'above' || !Number.isFinite(least)) return null;
  let outside: number | null = null;
  for (let step = 1 / 64; step < 1e12; step *= 2) {
    const effect = least + step;
    if (excess(ask, effect) >= 0) outside = effect;
    else if (outside !== null) return bracket(ask, effect, outside);
  }
  return null;
}

function domain(sums: Sums, shape: Shape): [number, number] {
  const infinity = Number.POSITIVE_INFINITY;
  if (shape.family === 'mean') return [-infinity, infinity];
  if (shape.against === 'threshold') return [0, sums.cube > 0 ? 1 : infinity];
  if (shape.relative) return [-1 + 1e-9, infinity];
  return sums.cube > 0 ? [-1, 1] : [-infinity, infinity];
}
