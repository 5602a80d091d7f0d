/** Noise against its definitions, from bins kept one by one. */
import { describe, expect, test } from 'vitest';
import { noiseOf, type Part, partOf, tuning } from './dispersion';
import { type Shape, scoreAt } from './score';
import {
  addProducts,
  combine,
  countBin,
  countBinAlone,
  farBins,
  meanBin,
  meanBinAlone,
  noSums,
  type Sums,
} from './sums';

const shape = (over: Partial<Shape> = {}): Shape => ({
  family: 'count',
  against: 'baseline',
  relative: false,
  modelled: true,
  tail: false,
  ...over,
});
const ratio = shape({ relative: true });
const alone = shape({ against: 'threshold' });

type Kept = { bins: Sums[]; sums: Sums };
function kept(bins: Sums[]): Kept {
  const sums = bins.reduce((total, bin, i) => {
    const run = i >= farBins - 1 ? runEnding(bins, i) : null;
    addProducts(bin, run);
    return combine(total, bin, 1);
  }, noSums());
  return { bins, sums };
}
function runEnding(bins: Sums[], i: number): { a1: number; a0: number; w: number } {
  const of = (key: 'a1' | 'a0' | 'w') => bins.slice(i - farBins + 1, i + 1).reduce((n, b) => n + b[key], 0);
  return { a1: of('a1'), a0: of('a0'), w: of('w') };
}
const ones = [12, 3, 9, 4, 14, 5, 8, 6, 2, 11, 7, 13, 1, 10, 6, 9, 3, 12, 5, 8];
const zeros = [4, 7, 3, 9, 5, 2, 8, 6, 3, 7, 5, 4, 9, 2, 6, 5, 8, 3, 4, 6];
/** The baseline's events against `ones`: where it goes the other way, its own way, a bit and wholly along. */
const baselines: Array<[string, number[]]> = [
  ['opposite', zeros],
  ['apart', [7, 4, 6, 2, 7, 8, 3, 5, 4, 2, 9, 6, 5, 4, 2, 7, 6, 8, 3, 5]],
  ['a bit along', ones.map((k, i) => Math.round(k / 3) + ((i * 5) % 7))],
  ['along, at a third of the level', ones.map((k, i) => Math.round(0.2 * k) + (i % 2))],
];
const sharesWith = (k0s: number[]) =>
  kept(ones.map((k1, i) => countBin({ n1: 500, k1, n0: 300 + i, k0: k0s[i] as number, bounded: true })));
const one = kept(ones.map((k1) => countBinAlone({ n1: 500, k1, bounded: true })));

/** Squared residuals of single bins and of runs, of a combination x·a1 + y·a0 + z·w of their sums. */
function squared(
  { bins }: Kept,
  of: (b: { a1: number; a0: number; w: number }) => number,
): { near: number; far: number } {
  const near = bins.reduce((sum, b) => sum + of(b) ** 2, 0);
  const far = bins.reduce((sum, _, i) => (i < farBins - 1 ? sum : sum + of(runEnding(bins, i)) ** 2), 0);
  return { near, far: far * (bins.length / (bins.length - farBins)) };
}
/** The sum of the arms may add up to 0.9 of what their difference shows; half of what it shows more counts. */
const withSum = (difference: number, sum: number) =>
  difference + Math.max(0, Math.min(sum - difference, 1.8 * difference)) / 2;

describe.each(baselines)('what a stretch adds, the baseline going %s', (name, k0s) => {
  const shares = sharesWith(k0s);
  const { sums } = shares;
  const d = (sums.a1 - sums.a0) / sums.w;
  const m = (sums.a1 + sums.a0) / sums.w;
  const r = sums.a1 / sums.a0;
  const difference = squared(shares, (b) => b.a1 - b.a0 - d * b.w);
  const total = squared(shares, (b) => b.a1 + b.a0 - m * b.w);
  const asRatio = squared(shares, (b) => b.a1 - r * b.a0);
  const vd = scoreAt(sums, shape(), d).v;
  const vr = scoreAt(sums, ratio, r - 1).v;
  test('of a difference: residuals about it, or about the ratio where that fits better, and those of the sum', () => {
    const part = partOf(sums, shape());
    expect(part.v).toBeCloseTo(vd, 9);
    expect(part.bare).toBeCloseTo(withSum(difference.near, total.near), 6);
    expect(part.near).toBeCloseTo(withSum(Math.min(difference.near, (vd / vr) * asRatio.near), total.near), 6);
    expect(part.far).toBeCloseTo(withSum(Math.min(difference.far, (vd / vr) * asRatio.far), total.far), 6);
    expect(part).toMatchObject({ runs: ones.length - farBins + 1, bins: ones.length, lost: 1 });
    expect(part.events).toBeCloseTo(2 * sums.pq, 9);
  });
  test('of a ratio: the same on its scale', () => {
    const part = partOf(sums, ratio);
    const scale = vr / vd;
    expect(part.v).toBeCloseTo(vr, 9);
    expect(part.bare).toBeCloseTo(scale * withSum(difference.near, total.near), 6);
    expect(part.near).toBeCloseTo(withSum(Math.min(scale * difference.near, asRatio.near), scale * total.near), 6);
    expect(part.far).toBeCloseTo(withSum(Math.min(scale * difference.far, asRatio.far), scale * total.far), 6);
  });
  test('tries each of the sights', () => {
    expect(total.near > difference.near).toBe(name !== 'opposite');
    expect((vd / vr) * asRatio.near < 0.9 * difference.near).toBe(name.startsWith('along'));
  });
});

describe('what a stretch adds', () => {
  const { sums } = sharesWith(zeros);
  test('of one arm: residuals about its own level', () => {
    const level = one.sums.a1 / one.sums.w;
    const own = squared(one, (b) => b.a1 - level * b.w);
    const part = partOf(one.sums, alone);
    expect(part.near).toBeCloseTo(own.near, 6);
    expect(part.bare).toBeCloseTo(own.near, 6);
    expect(part.far).toBeCloseTo(own.far, 6);
    expect(part.v).toBeCloseTo(one.sums.w * level * (1 - level), 6);
    expect(part.events).toBeCloseTo(one.sums.a1 * (1 - level), 9);
  });
  test('of a rate: events without an upper end', () => {
    const rates = kept(ones.map((k1) => countBinAlone({ n1: 60, k1, bounded: false })));
    expect(partOf(rates.sums, alone).events).toBe(rates.sums.a1);
  });
  test('of an error-free baseline there is no ratio', () => {
    const none = kept(ones.map((k1) => countBin({ n1: 500, k1, n0: 500, k0: 0, bounded: true })));
    const part = partOf(none.sums, shape());
    expect(part.near).toBe(part.bare);
  });
  test('of means: as many events as the level is standard errors, squared', () => {
    const mean = shape({ family: 'mean' });
    const means = kept(
      ones.map((y, i) => meanBin({ n1: 50, y1: y * 50, s1: 9, n0: 50, y0: (zeros[i] as number) * 50, s0: 4 })),
    );
    const level = (means.sums.a1 + means.sums.a0) / 2;
    expect(partOf(means.sums, mean).events).toBeCloseTo((2 * level * level) / (means.sums.v1 + means.sums.v0), 6);
    const single = kept(ones.map((y) => meanBinAlone({ n1: 50, y1: y * 50, s1: 9 })));
    expect(partOf(single.sums, { ...mean, against: 'threshold' }).events).toBeCloseTo(
      single.sums.a1 ** 2 / single.sums.v1,
      6,
    );
    const flat = kept(ones.map(() => meanBinAlone({ n1: 50, y1: 50, s1: 0 })));
    expect(partOf(flat.sums, { ...mean, against: 'threshold' }).events).toBe(0);
  });
  test('runs count once there are eight of them', () => {
    const short = (count: number) =>
      partOf(kept(ones.slice(0, count).map((k1) => countBinAlone({ n1: 500, k1, bounded: true }))).sums, alone);
    expect(short(14)).toMatchObject({ runs: 0, far: 0 });
    expect(short(15).runs).toBe(8);
    expect(short(15).far).toBeGreaterThan(0);
  });
  test('nothing of nothing', () => {
    const nothing = { near: 0, bare: 0, far: 0, runs: 0, v: 0, bins: 0, events: 0, lost: 0 };
    expect(partOf(noSums(), shape())).toEqual(nothing);
    expect(partOf({ ...sums, bins: 0 }, shape())).toEqual(nothing);
    expect(partOf({ ...sums, w: 0 }, shape())).toEqual(nothing);
  });
  test('residuals are never below nothing', () => {
    const same = kept(ones.map(() => countBinAlone({ n1: 500, k1: 7, bounded: true })));
    const part = partOf(same.sums, alone);
    expect(part.near).toBeGreaterThanOrEqual(0);
    expect(part.near).toBeLessThan(1e-6);
  });
});

describe('the noise', () => {
  const part = (over: Partial<Part> = {}): Part => ({
    near: 20,
    bare: 20,
    far: 0,
    runs: 0,
    v: 20,
    bins: 20,
    events: 200,
    lost: 1,
    ...over,
  });
  test('without any bin to learn from it is what is expected', () => {
    const first = noiseOf(part({ bins: 1, events: 10 }), null, shape());
    expect(first).toMatchObject({ free: 0 });
    expect(first.leaned).toBe(first.bare);
    expect(first.leaned).toBeGreaterThan(1);
    expect(noiseOf(part({ bins: 1, events: 10 }), null, shape({ tail: true })).leaned).toBe(1 + 10 * tuning.tailNoise);
    expect(noiseOf(part({ bins: 1, events: 10 }), null, shape({ modelled: false })).leaned).toBe(1);
    expect(noiseOf(part({ v: 0 }), null, shape())).toMatchObject({ free: 0 });
    expect(noiseOf(part({ v: Number.NaN }), null, shape())).toMatchObject({ free: 0 });
    expect(noiseOf(part({ bins: 0, lost: 0, v: 0 }), null, shape()).leaned).toBe(1);
  });
  test('what is expected grows with the events of a bin, from none to in proportion', () => {
    const at = (events: number) => noiseOf(part({ bins: 1, events }), null, shape()).leaned;
    expect(at(0)).toBe(1);
    expect(at(3)).toBeGreaterThan(at(1));
    expect(at(1)).toBeCloseTo(1 + tuning.least / 2, 3);
    expect(at(10_000) / (10_000 * tuning.noise)).toBeCloseTo(1, 6);
  });
  /** What is added for noise that lingers: all that the bare view has more than it sees. */
  function lingers(seen: number, free: number): number {
    const bins = free + 1;
    const shown = part({ near: (seen * free * 20) / bins, bare: (1000 * free * 20) / bins, bins });
    return noiseOf(shown, null, shape()).bare - 1000;
  }
  /** The rest as the text of `tuning` says it. */
  function leaned(seen: number, free: number, bins: number, prior: number, more = 1): number {
    const own = (tuning.priorBins * prior + free * seen) / (tuning.priorBins + free);
    return more * (own * (1 + tuning.doubt + tuning.firstDoubt / bins) + lingers(seen, free));
  }
  test('what looks calm by chance does not linger; what is seen does, the more the more', () => {
    expect(lingers(tuning.calm, 19)).toBe(0);
    expect(lingers(0, 19)).toBe(0);
    expect(lingers(1, 19)).toBeGreaterThan(0);
    expect(lingers(2, 19)).toBeGreaterThan(lingers(1.5, 19) + 0.5 * tuning.lingering * (19 / 24));
    expect(lingers(2, 190)).toBeGreaterThan(lingers(2, 19));
  });
  test.each([0.9, 1, 1.5, 4])('seen bin by bin: %d of the model', (seen) => {
    const noise = noiseOf(part({ near: seen * 19, bare: seen * 19 }), null, shape());
    const prior = noiseOf(part({ bins: 1, events: 10 }), null, shape()).leaned;
    expect(noise.leaned).toBeCloseTo(Math.max(1, leaned(seen, 19, 20, prior)), 9);
    expect(noise.free).toBe(19);
    const alone20 = noiseOf(part({ near: seen * 19, bare: seen * 19 }), null, alone);
    expect(alone20.leaned).toBeCloseTo(leaned(seen, 19, 20, prior, tuning.alone), 9);
  });
  test('the bare view rests on what the difference shows alone', () => {
    const noise = noiseOf(part({ near: 19, bare: 38 }), null, shape());
    expect(noise.bare).toBeCloseTo(2 + lingers(1, 19), 9);
  });
  test('runs of neighbours are believed more and more', () => {
    const prior = noiseOf(part({ bins: 1, events: 10 }), null, shape()).leaned;
    const doubted = leaned(1, 19, 20, prior);
    // far/(8·runs) against v/bins: nine times the model's noise
    const far = noiseOf(part({ near: 19, far: 9 * 8 * 13, runs: 13 }), null, shape());
    expect(far.leaned).toBeCloseTo((tuning.farPriorBins * doubted + 13 * 9) / (tuning.farPriorBins + 13), 9);
    const calm = noiseOf(part({ near: 19, far: 0, runs: 13 }), null, shape());
    const own = (tuning.priorBins * prior + 19) / (tuning.priorBins + 19);
    expect(calm.leaned).toBeCloseTo(Math.max(own, (tuning.farPriorBins * doubted) / (tuning.farPriorBins + 13)), 9);
  });
  test('what came before counts as much, each about its own estimate', () => {
    const both = noiseOf(
      part({ near: 30 }),
      part({ near: 60, bins: 40, v: 40, events: 400, far: 800, runs: 20 }),
      shape(),
    );
    const seen = (90 / 60) * (60 / 58);
    const prior = noiseOf(part({ bins: 1, events: 10 }), null, shape()).leaned;
    expect(both.free).toBe(58);
    const doubted = leaned(seen, 58, 60, prior);
    expect(both.leaned).toBeCloseTo((tuning.farPriorBins * doubted + 20 * 5) / (tuning.farPriorBins + 20), 6);
  });
  test('a model is never undercut; noise without a model may be', () => {
    const calm = part({ near: 1, bare: 1, events: 0 });
    expect(noiseOf(calm, null, shape())).toMatchObject({ bare: 1 });
    const free = noiseOf(calm, null, shape({ modelled: false }));
    expect(free.bare).toBeLessThan(1);
    expect(free.bare).toBeCloseTo((2 + 19 * (1 / 19)) / 21, 9);
    expect(free.free).toBe(21);
  });
});
