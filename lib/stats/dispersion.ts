/**
 * How much more than the model (binomial, Poisson, the spread within bins) the bins really vary: φ ≥ 1.
 *
 * Each stretch of bins is compared with its own estimate, so a change of level between stretches is not taken for
 * noise. φ is seen bin by bin, and over `farBins` neighbouring bins (overlapping batch means, Meketon & Schmeiser 1984,
 * which is Bartlett's estimate of the long-run variance), so noise that lingers counts with its whole weight.
 *
 * Two answers are given, because few bins cannot tell noise from harm:
 * - `leaned` starts from what services usually do, as if `priorBins` bins had been seen with the noise that a bin of
 *   this size is expected to have. It is quick, and right unless the service is much noisier than that.
 * - `bare` is what the bins alone say, with `free` degrees of freedom for a Student boundary. It is slower at first,
 *   right at any level of noise, and sharper later where the service is calmer than expected.
 */
import { estimateOf, type Shape, scoreAt } from './score';
import { farBins, type Sums } from './sums';

export type Noise = { leaned: number; bare: number; free: number };

/** Chosen by simulation (`npm run simulate`): quick on calm data, within the bound on noise that lingers. */
export const tuning = {
  /** as if so many bins had been seen with the noise that is expected */
  priorBins: 5,
  /** what a bin with some events is expected to have beyond the model, however many they are */
  least: 0.5,
  /** log-rate noise (squared) that a bin large enough to show it is expected to have */
  noise: 0.17,
  /** how sharply the larger of these two takes over */
  sharpness: 8,
  /** the same for what lies beyond a quantile */
  tailNoise: 2,
  /** noisy bins look as calm as this by chance: what is above it counts as seen */
  calm: 0.92,
  /** noise beyond the model is expected to linger: so much more of it than single bins show */
  lingering: 2.1,
  /** and so much more as soon as any is seen, half of it where `hint` is seen */
  suspicion: 0.55,
  /** and so much more of what is several times the model's own: there nobody loses by waiting a little */
  plain: 1.2,
  hint: 0.1,
  /** few bins cannot show how long noise lingers: so much more of all of it until they do */
  doubt: 0.09,
  /** more of this doubt in the first bins: as much in all of n as this many bins have in each */
  firstDoubt: 0.8,
  /** one arm alone has no second sight of its noise, and no baseline that shares it: so much more of all of it */
  alone: 1.25,
  /** the runs of neighbouring bins that it takes to believe what they show as much as these expectations */
  farPriorBins: 70,
  /** what noise in the sum of both arms may add to that in their difference */
  fromSum: 0.9,
};

/**
 * What one stretch of bins adds: squared residuals about its own estimate, and what they are compared with.
 * `bare`: of the difference only, because the better fit of two looks calmer than the noise is.
 */
export type Part = {
  near: number;
  bare: number;
  far: number;
  runs: number;
  v: number;
  bins: number;
  events: number;
  /** degrees of freedom that its estimate takes */
  lost: number;
};

const nothing: Part = { near: 0, bare: 0, far: 0, runs: 0, v: 0, bins: 0, events: 0, lost: 0 };

export function partOf(sums: Sums, shape: Shape): Part {
  if (sums.bins < 1 || !(sums.w > 0)) return nothing;
  const { near, bare, far, v, events } = squares(sums, shape);
  const known = sums.runs >= farBins;
  return {
    near,
    bare,
    // A run shares its mean with the stretch that it is compared with: Bartlett's small-sample factor.
    far: known ? far * (sums.bins / (sums.bins - farBins)) : 0,
    runs: known ? sums.runs : 0,
    v,
    bins: sums.bins,
    events: events * sums.bins,
    lost: 1,
  };
}

/** The noise of a stretch, learned from it and from what came before it (`nothing` where nothing did). */
export function noiseOf(stretch: Part, before: Part | null, shape: Shape): Noise {
  const a = before ?? nothing;
  const v = a.v + stretch.v;
  const bins = a.bins + stretch.bins;
  const runs = a.runs + stretch.runs;
  const prior = expected(bins > 0 ? (a.events + stretch.events) / bins : 0, shape);
  const free = bins - a.lost - stretch.lost;
  if (!(v > 0) || free < 1) return { leaned: prior, bare: prior, free: 0 };
  const floor = shape.modelled ? 1 : 0;
  const nearSeen = ((a.near + stretch.near) / v) * (bins / free);
  const farSeen = runs > 0 ? ((a.far + stretch.far) / (farBins * runs)) * (bins / v) : 0;
  const leaned = lean(nearSeen, free, prior, tuning.priorBins);
  const bareSeen = ((a.bare + stretch.bare) / v) * (bins / free);
  const bare = shape.modelled ? bareSeen : lean(bareSeen, free, prior, 2);
  const excess = lingers(nearSeen) * (free / (free + tuning.priorBins));
  const alone = shape.against === 'threshold' ? tuning.alone : 1;
  const doubted = alone * ((1 + tuning.doubt + tuning.firstDoubt / bins) * leaned + excess);
  return {
    leaned: Math.max(floor, leaned, lean(farSeen, runs, doubted, tuning.farPriorBins)),
    bare: Math.max(floor, bare, lean(farSeen, runs, bare + excess, tuning.farPriorBins)),
    free: shape.modelled ? free : free + 2,
  };
}

/** What single bins show of noise is little of what it does where it lingers; but chance shows some too. */
function lingers(nearSeen: number): number {
  const seen = Math.max(0, nearSeen - tuning.calm);
  const plain = (tuning.plain * seen * seen) / (seen + 15);
  return tuning.lingering * seen + (tuning.suspicion * seen) / (seen + tuning.hint) + plain;
}

/** Poisson noise hides the rest where events are few. It never grows faster than they do: more harm is more evidence. */
function expected(events: number, shape: Shape): number {
  if (!shape.modelled) return 1;
  if (shape.tail) return 1 + tuning.tailNoise * events;
  const hidden = 1 + (tuning.least * events) / (events + 1);
  return (hidden ** tuning.sharpness + (tuning.noise * events) ** tuning.sharpness) ** (1 / tuning.sharpness);
}

function lean(seen: number, free: number, to: number, weight: number): number {
  return (weight * to + free * seen) / (weight + free);
}

/** Squared residuals of one stretch about its own estimate, as a difference or as a ratio, whichever fits better. */
function squares(sums: Sums, shape: Shape): Pick<Part, 'near' | 'bare' | 'far' | 'v' | 'events'> {
  const estimate = estimateOf(sums, shape);
  const { v } = scoreAt(sums, shape, estimate ?? 0);
  const alone = shape.against === 'threshold';
  const events = eventsOf(sums, shape);
  const d = (sums.a1 - sums.a0) / sums.w;
  // Residuals of another kind than the score's have another variance: what is compared is how often each exceeds its own.
  const scale = shape.relative && !alone ? v / scoreAt(sums, { ...shape, relative: false }, d).v : 1;
  let near = sums.n11 + sums.n00 - 2 * sums.n10 + d * d * sums.nww - 2 * d * (sums.n1w - sums.n0w);
  let far = sums.f11 + sums.f00 - 2 * sums.f10 + d * d * sums.fww - 2 * d * (sums.f1w - sums.f0w);
  near *= scale;
  far *= scale;
  let bare = near;
  if (!alone && sums.a0 > 0 && sums.a1 > 0) {
    const r = sums.a1 / sums.a0;
    const asRatio = shape.relative ? 1 : v / scoreAt(sums, { ...shape, relative: true }, r - 1).v;
    near = Math.min(near, asRatio * (sums.n11 - 2 * r * sums.n10 + r * r * sums.n00));
    far = Math.min(far, asRatio * (sums.f11 - 2 * r * sums.f10 + r * r * sums.f00));
  }
  if (!alone) {
    const m = (sums.a1 + sums.a0) / sums.w;
    const inSum = sums.n11 + sums.n00 + 2 * sums.n10 + m * m * sums.nww - 2 * m * (sums.n1w + sums.n0w);
    const farInSum = sums.f11 + sums.f00 + 2 * sums.f10 + m * m * sums.fww - 2 * m * (sums.f1w + sums.f0w);
    near = withSum(near, scale * inSum);
    bare = withSum(bare, scale * inSum);
    far = withSum(far, scale * farInSum);
  }
  return { near: Math.max(0, near), bare: Math.max(0, bare), far: Math.max(0, far), v, events };
}

/**
 * Noise of the arms' own shows in their sum as much as in their difference, so the sum is a second, independent sight
 * of it. Noise common to both shows in the sum only: it may add at most `tuning.fromSum` of what the difference shows.
 */
function withSum(difference: number, sum: number): number {
  return difference + Math.max(0, Math.min(sum - difference, 2 * tuning.fromSum * difference)) / 2;
}

/**
 * How many events' worth of information a bin has: (level/standard error)², at the level that both arms have together.
 * Noise moves the log-odds of a share, so its level is p(1−p).
 */
function eventsOf(sums: Sums, shape: Shape): number {
  const arms = shape.against === 'threshold' ? 1 : 2;
  if (shape.family === 'mean') {
    const v = sums.v1 + sums.v0;
    return v > 0 ? (arms * ((sums.a1 + sums.a0) / arms) ** 2) / (v * sums.bins) : 0;
  }
  if (arms === 2) return (2 * sums.pq) / sums.bins;
  return (sums.p * (sums.cube > 0 ? Math.max(0, 1 - sums.p / sums.w) : 1)) / sums.bins;
}
