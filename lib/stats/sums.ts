/**
 * What is remembered of many bins: sums only, so that any stretch between two starts is a subtraction.
 *
 * Two arms are compared inside each bin with the weights of Mantel and Haenszel: with n1, n0 observations,
 * f1 = n1/(n1+n0), f0 = 1−f1 and w = n1·n0/(n1+n0), the bin adds a1 = w·m1 and a0 = w·m0 (m: the arm's share, rate or
 * mean). Then a1 − a0 − δ·w has mean zero when the true difference is δ in this bin, and a1 − θ·a0 when the true ratio is
 * θ, whatever the bin's own level is: neither a change of mix nor a burst common to both arms looks like an effect.
 * (Greenland & Robins, Biometrics 41, 1985.) With one arm f0 = 1 and w = n1.
 */
export type Sums = {
  bins: number;
  /** Σ w, Σ a1, Σ a0 */
  w: number;
  a1: number;
  a0: number;
  /** totals to show: observations, and events or summed values */
  n1: number;
  n0: number;
  y1: number;
  y0: number;
  /** counts: with p the pooled share of the bin: Σ w·p, Σ w·p(1−p), Σ w·p², Σ w·p·f0 */
  p: number;
  pq: number;
  p2: number;
  pf0: number;
  /** counts: Σ w·f0, Σ w·f0², Σ w·f1², Σ w(1−2p)(f0−f1), Σ w(f0³+f1³), and the same two weighted for the third cumulant */
  wf0: number;
  wff0: number;
  wff1: number;
  tilt: number;
  cube: number;
  skewLevel: number;
  skewSlope: number;
  /** means: Σ of the variance of a1 and of a0 */
  v1: number;
  v0: number;
  /** products of a1, a0 and w in one bin, and of their sums over `farBins` neighbouring bins */
  n11: number;
  n10: number;
  n00: number;
  n1w: number;
  n0w: number;
  nww: number;
  /** how many runs of `farBins` neighbouring bins the next six hold */
  runs: number;
  f11: number;
  f10: number;
  f00: number;
  f1w: number;
  f0w: number;
  fww: number;
  /** what single bins added beyond the cap, towards a larger and towards a smaller effect */
  over: number;
  under: number;
};

/** How many neighbouring bins are added up to see correlation between them. */
export const farBins = 8;

export function noSums(): Sums {
  return {
    bins: 0,
    w: 0,
    a1: 0,
    a0: 0,
    n1: 0,
    n0: 0,
    y1: 0,
    y0: 0,
    p: 0,
    pq: 0,
    p2: 0,
    pf0: 0,
    wf0: 0,
    wff0: 0,
    wff1: 0,
    tilt: 0,
    cube: 0,
    skewLevel: 0,
    skewSlope: 0,
    v1: 0,
    v0: 0,
    n11: 0,
    n10: 0,
    n00: 0,
    n1w: 0,
    n0w: 0,
    nww: 0,
    runs: 0,
    f11: 0,
    f10: 0,
    f00: 0,
    f1w: 0,
    f0w: 0,
    fww: 0,
    over: 0,
    under: 0,
  };
}

/** a + sign·b, spelled out because it is the inner loop of every look. */
export function combine(a: Sums, b: Sums, sign: 1 | -1): Sums {
  return {
    bins: a.bins + sign * b.bins,
    w: a.w + sign * b.w,
    a1: a.a1 + sign * b.a1,
    a0: a.a0 + sign * b.a0,
    n1: a.n1 + sign * b.n1,
    n0: a.n0 + sign * b.n0,
    y1: a.y1 + sign * b.y1,
    y0: a.y0 + sign * b.y0,
    p: a.p + sign * b.p,
    pq: a.pq + sign * b.pq,
    p2: a.p2 + sign * b.p2,
    pf0: a.pf0 + sign * b.pf0,
    wf0: a.wf0 + sign * b.wf0,
    wff0: a.wff0 + sign * b.wff0,
    wff1: a.wff1 + sign * b.wff1,
    tilt: a.tilt + sign * b.tilt,
    cube: a.cube + sign * b.cube,
    skewLevel: a.skewLevel + sign * b.skewLevel,
    skewSlope: a.skewSlope + sign * b.skewSlope,
    v1: a.v1 + sign * b.v1,
    v0: a.v0 + sign * b.v0,
    n11: a.n11 + sign * b.n11,
    n10: a.n10 + sign * b.n10,
    n00: a.n00 + sign * b.n00,
    n1w: a.n1w + sign * b.n1w,
    n0w: a.n0w + sign * b.n0w,
    nww: a.nww + sign * b.nww,
    runs: a.runs + sign * b.runs,
    f11: a.f11 + sign * b.f11,
    f10: a.f10 + sign * b.f10,
    f00: a.f00 + sign * b.f00,
    f1w: a.f1w + sign * b.f1w,
    f0w: a.f0w + sign * b.f0w,
    fww: a.fww + sign * b.fww,
    over: a.over + sign * b.over,
    under: a.under + sign * b.under,
  };
}

/** The bin of `n1`, `n0` observations with `k1`, `k0` events. `bounded`: an observation is at most one event. */
export function countBin(arms: { n1: number; k1: number; n0: number; k0: number; bounded: boolean }): Sums {
  const { n1, k1, n0, k0 } = arms;
  const n = n1 + n0;
  const f1 = n1 / n;
  const f0 = n0 / n;
  const w = (n1 * n0) / n;
  const k = k1 + k0;
  const p = k / n;
  const one = arms.bounded && k1 <= n1 && k0 <= n0 ? 1 : 0;
  // k(n−k)/(n(n−1)) is the unbiased estimate of p(1−p), right for the smallest bins too
  const pq = one ? (n > 1 ? (k * (n - k)) / (n * (n - 1)) : 0) : p;
  const cube = f0 ** 3 + f1 ** 3;
  const out = noSums();
  out.bins = 1;
  out.w = w;
  out.a1 = f0 * k1;
  out.a0 = f1 * k0;
  out.n1 = n1;
  out.n0 = n0;
  out.y1 = k1;
  out.y0 = k0;
  out.p = w * p;
  out.pq = w * pq;
  out.p2 = one * w * p * p;
  out.pf0 = w * p * f0;
  out.wf0 = w * f0;
  out.wff0 = w * f0 * f0;
  out.wff1 = w * f1 * f1;
  out.tilt = w * (1 - 2 * one * p) * (f0 - f1);
  out.cube = one * w * cube;
  out.skewLevel = w * pq * (1 - 2 * one * p) * (f0 - f1);
  out.skewSlope = w * cube * (1 - 6 * one * p * (1 - p));
  return out;
}

/** One arm against a number: everything is weighted by its own count. */
export function countBinAlone(arm: { n1: number; k1: number; bounded: boolean }): Sums {
  const out = noSums();
  const p = arm.k1 / arm.n1;
  const one = arm.bounded && arm.k1 <= arm.n1 ? 1 : 0;
  out.bins = 1;
  out.w = arm.n1;
  out.a1 = arm.k1;
  out.n1 = arm.n1;
  out.y1 = arm.k1;
  out.p = arm.k1;
  out.p2 = one * arm.n1 * p * p;
  out.cube = one * arm.n1;
  out.wf0 = arm.n1;
  return out;
}

/** `s1`, `s0`: variance of one observation; `n`, `y`: count and total of the arm; `w` as above unless given. */
export function meanBin(
  arms: { n1: number; y1: number; s1: number; n0: number; y0: number; s0: number },
  weight?: number,
): Sums {
  const w = weight ?? (arms.n1 * arms.n0) / (arms.n1 + arms.n0);
  const out = noSums();
  out.bins = 1;
  out.w = w;
  out.a1 = (w * arms.y1) / arms.n1;
  out.a0 = (w * arms.y0) / arms.n0;
  out.n1 = arms.n1;
  out.n0 = arms.n0;
  out.y1 = arms.y1;
  out.y0 = arms.y0;
  out.v1 = (w * w * arms.s1) / arms.n1;
  out.v0 = (w * w * arms.s0) / arms.n0;
  return out;
}

export function meanBinAlone(arm: { n1: number; y1: number; s1: number }, weight?: number): Sums {
  const w = weight ?? arm.n1;
  const out = noSums();
  out.bins = 1;
  out.w = w;
  out.a1 = (w * arm.y1) / arm.n1;
  out.n1 = arm.n1;
  out.y1 = arm.y1;
  out.v1 = (w * w * arm.s1) / arm.n1;
  return out;
}

/**
 * Fills in the products of a bin's own sums, and of the run of `farBins` bins that ends with it, where there is one.
 * In place, because copies were a third of the cost of a bin: `bin` must be the caller's own.
 */
export function addProducts(bin: Sums, run: { a1: number; a0: number; w: number } | null): void {
  bin.n11 = bin.a1 * bin.a1;
  bin.n10 = bin.a1 * bin.a0;
  bin.n00 = bin.a0 * bin.a0;
  bin.n1w = bin.a1 * bin.w;
  bin.n0w = bin.a0 * bin.w;
  bin.nww = bin.w * bin.w;
  if (!run) return;
  bin.runs = 1;
  bin.f11 = run.a1 * run.a1;
  bin.f10 = run.a1 * run.a0;
  bin.f00 = run.a0 * run.a0;
  bin.f1w = run.a1 * run.w;
  bin.f0w = run.a0 * run.w;
  bin.fww = run.w * run.w;
}

/**
 * The stretch since `before`. Runs that began earlier straddle its start and would mix two levels, so runs count from
 * `firstRun`, the sums just before the first run that lies wholly inside; null while there is none.
 */
export function since(now: Sums, before: Sums, firstRun: Sums | null): Sums {
  const out = combine(now, before, -1);
  const from = firstRun ?? now;
  out.runs = now.runs - from.runs;
  out.f11 = now.f11 - from.f11;
  out.f10 = now.f10 - from.f10;
  out.f00 = now.f00 - from.f00;
  out.f1w = now.f1w - from.f1w;
  out.f0w = now.f0w - from.f0w;
  out.fww = now.fww - from.fww;
  return out;
}
