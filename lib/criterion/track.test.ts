/** What is remembered of many bins, against the same bins kept one by one. */
import { describe, expect, test } from 'vitest';
import { scoreAt } from '@/lib/stats/score';
import { isAlive, startShare } from '@/lib/stats/starts';
import { addProducts, combine, farBins, noSums, type Sums, since } from '@/lib/stats/sums';
import { incrementOf } from './increment';
import { type Arm, type Bin, type CriterionInput, criterionInput } from './model';
import { questionOf } from './question';
import { emptyTrack, extend, nextStart, peek, type Track } from './track';

const questionFor = (over: Partial<CriterionInput>) =>
  questionOf(
    criterionInput.parse({
      name: 'c',
      kind: 'guardrail',
      measure: 'share',
      of: { s: 'x' },
      metric: 'm',
      better: 'lower',
      ...over,
    }),
    '1',
  );
const share = questionFor({ margin: '0.5pp' });
const bin = (candidate: Arm | null, baseline: Arm | null): Bin => ({ at: '', candidate, baseline });
/** Bins that differ, none of them far from the others. */
const shares = Array.from({ length: 40 }, (_, i) => [
  bin({ n: 500 + i, k: 5 + (i % 4) }, { n: 400 + 3 * i, k: 4 + (i % 3) }),
]);
function history(bins: Bin[][], question = share): Track[] {
  const tracks = [emptyTrack()];
  for (const b of bins) tracks.push(extend(tracks.at(-1) as Track, b, question));
  return tracks;
}

describe('the sums', () => {
  // Made anew by every test, so that each stands alone.
  const made = () => {
    const tracks = history(shares);
    return { tracks, last: tracks.at(-1) as Track, kept: shares.map((b) => incrementOf(b, share.shape, null) as Sums) };
  };
  test('are those of all bins, with the products of every run of neighbours', () => {
    const { last, kept } = made();
    const want = kept.reduce((sum, own, i) => {
      const run = i >= farBins - 1 ? kept.slice(i - farBins + 1, i + 1) : null;
      const of = (key: 'a1' | 'a0' | 'w') => (run ?? []).reduce((n, k) => n + k[key], 0);
      addProducts(own, run && { a1: of('a1'), a0: of('a0'), w: of('w') });
      return combine(sum, own, 1);
    }, noSums());
    for (const key of Object.keys(want) as Array<keyof Sums>) expect(last.sums[key], key).toBeCloseTo(want[key], 6);
    expect(last.sums.runs).toBe(shares.length - farBins + 1);
    expect(last.recent).toHaveLength(farBins - 1);
  });
  test('the starts that are alive, each with what was known before it', () => {
    const { tracks, last } = made();
    const alive = shares.map((_, at) => at).filter((at) => isAlive(at, shares.length));
    expect(last.starts.map((s) => s.at)).toEqual(alive);
    for (const start of last.starts) {
      expect(start.before).toEqual((tracks[start.at] as Track).sums);
      expect(start.part).toEqual((tracks[start.at] as Track).part);
      expect(start.share).toBe(startShare(start.at));
    }
  });
  test('a start’s own runs lie wholly after it', () => {
    const { last } = made();
    for (const start of last.starts) {
      const own = shares.length - start.at - farBins + 1;
      expect(since(last.sums, start.before, start.firstRun).runs, `start ${start.at}`).toBe(Math.max(0, own));
    }
  });
  test('what is spent is that of every start that ever was', () => {
    const { last } = made();
    const sum = shares.reduce((total, _, at) => total + startShare(at), 0);
    expect(last.spent).toBeCloseTo(sum, 12);
  });
  test('the pace is a running mean over the last eight bins', () => {
    const { last, kept } = made();
    let pace = 0;
    kept.forEach((own, i) => {
      const { v } = scoreAt(own, share.shape, share.scoreLimit);
      pace += (v - pace) / Math.min(8, i + 1);
    });
    expect(last.pace).toBeCloseTo(pace, 9);
  });
  test('the prior of a start is widest at the age that its level is for', () => {
    const { tracks, last, kept } = made();
    for (const start of last.starts.slice(1)) {
      const before = tracks[start.at] as Track;
      expect(start.rho).toBeCloseTo(Math.max(1, (start.at & -start.at) * before.pace), 9);
    }
    const first = scoreAt(kept[0] as Sums, share.shape, share.scoreLimit).v;
    expect(last.starts[0]?.rho).toBeGreaterThan(first);
    expect(nextStart(emptyTrack(), share).rho).toBe(1);
  });
  test('a mean has no least prior, but never none', () =>
    expect(nextStart(emptyTrack(), questionFor({ measure: 'mean', of: undefined })).rho).toBe(Number.MIN_VALUE));
  test('nothing is changed in what was there', () => {
    const { tracks } = made();
    const before = tracks[20] as Track;
    const copy = structuredClone(before);
    extend(before, shares[20] as Bin[], share);
    peek(before, shares[20] as Bin[], share);
    expect(before).toEqual(copy);
  });
  test('a bin that says nothing changes nothing', () => {
    const { tracks } = made();
    const before = tracks[5] as Track;
    expect(extend(before, [bin(null, { n: 5, k: 1 })], share)).toBe(before);
    expect(peek(before, [bin(null, { n: 5, k: 1 })], share)).toEqual({ sums: before.sums, shapes: null });
  });
});

describe('one bin counts for at most four of its deviations', () => {
  const calmly = () => history(shares).at(-1) as Track;
  test.each([
    ['over', { n: 500, k: 400 }, { n: 500, k: 5 }],
    ['under', { n: 500, k: 0 }, { n: 500, k: 400 }],
  ] as const)('%s', (side, candidate, baseline) => {
    const calm = calmly();
    const own = incrementOf([bin(candidate, baseline)], share.shape, null) as Sums;
    const { s, v } = scoreAt(own, share.shape, share.scoreLimit);
    const most = 4 * Math.sqrt(calm.noise.leaned * Math.max(v, calm.pace));
    const added = extend(calm, [bin(candidate, baseline)], share).sums;
    expect(added[side] - calm.sums[side]).toBeCloseTo(Math.abs(s) - most, 6);
    expect(added[side === 'over' ? 'under' : 'over']).toBe(calm.sums[side === 'over' ? 'under' : 'over']);
    const open = peek(calm, [bin(candidate, baseline)], share).sums;
    expect(open[side]).toBeCloseTo(added[side], 9);
  });
});

describe('an open bin', () => {
  const calmly = () => history(shares).at(-1) as Track;
  test('counts, but is no bin yet', () => {
    const calm = calmly();
    const open = peek(calm, shares[3] as Bin[], share);
    expect(open.sums.bins).toBe(calm.sums.bins);
    expect(open.sums.n1).toBe(calm.sums.n1 + 503);
    expect(open.sums.nww).toBe(calm.sums.nww);
  });
});

describe('quantiles', () => {
  const p90 = questionFor({ measure: 'quantile', q: 0.9, of: undefined });
  const h = (...counts: number[]): Arm => ({ bounds: [10, 20, 40], counts });
  const bins = [
    [bin(h(50, 30, 15, 0), h(60, 25, 10, 0))],
    [bin(h(40, 40, 20, 0), h(55, 30, 15, 0))],
    [bin(h(45, 35, 18, 0), h(50, 30, 12, 0))],
  ];
  const made = () => {
    const tracks = history(bins, p90);
    return { tracks, last: tracks.at(-1) as Track };
  };
  test('the shapes of all bins are kept, weighted alike for both arms', () => {
    const { tracks, last } = made();
    expect(last.sums.bins).toBe(3);
    const weight = bins.reduce((sum, [b]) => {
      const of = (arm: Arm | null | undefined) => (arm as { counts: number[] }).counts.reduce((x, y) => x + y, 0);
      const [n1, n0] = [of(b?.candidate), of(b?.baseline)];
      return sum + (n1 * n0) / (n1 + n0);
    }, 0);
    expect(last.shapes?.weight).toBeCloseTo(weight, 9);
    expect(last.shapes?.candidate.counts.reduce((x, y) => x + y, 0)).toBeCloseTo(weight, 9);
    expect(last.shapes?.baseline.counts.reduce((x, y) => x + y, 0)).toBeCloseTo(weight, 9);
    expect(last.starts[1]?.shapes).toBe((tracks[1] as Track).shapes);
  });
  test('the pivots forget slowly', () => {
    const { tracks } = made();
    const [first, second] = [tracks[1] as Track, tracks[2] as Track];
    const added = (second.shapes?.weight ?? 0) - (first.shapes?.weight ?? 0);
    expect(second.memory?.weight).toBeCloseTo((first.shapes?.weight ?? 0) * (63 / 64) + added, 9);
  });
  test('an open bin is measured by the pivots of what was before it, and its shape is shown', () => {
    const { tracks, last } = made();
    const open = peek(tracks[2] as Track, bins[2] as Bin[], p90);
    expect(open.sums.y1).toBeCloseTo(last.sums.y1, 9);
    expect(open.shapes?.weight).toBeCloseTo(last.shapes?.weight ?? 0, 9);
    expect((tracks[2] as Track).sums.bins).toBe(open.sums.bins);
  });
  test('what lies in an open-ended bucket is remembered and not compared', () => {
    const track = extend(emptyTrack(), [bin(h(0, 0, 1, 50), h(0, 0, 1, 50))], p90);
    expect(track.sums.bins).toBe(0);
    expect(track.shapes?.weight).toBeGreaterThan(0);
    expect(track.memory?.weight).toBeGreaterThan(0);
  });
  test('silence changes nothing', () => {
    const { tracks } = made();
    const before = tracks[2] as Track;
    expect(extend(before, [bin(null, h(1, 1, 1, 1))], p90)).toBe(before);
    expect(peek(before, [bin(null, h(1, 1, 1, 1))], p90)).toEqual({ sums: before.sums, shapes: before.shapes });
  });
});
