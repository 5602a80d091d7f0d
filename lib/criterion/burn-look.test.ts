/** What a burn rate shows: which window, which stretch, how far, and how much is missing. */
import { describe, expect, test } from 'vitest';
import { burnCriterion } from '@/e2e/burn-criterion';
import { noiseOf, partOf } from '@/lib/stats/dispersion';
import { boundsOf, intervalEnd } from '@/lib/stats/evidence';
import { estimateOf } from '@/lib/stats/score';
import { startShare } from '@/lib/stats/starts';
import { farBins, since } from '@/lib/stats/sums';
import { absorb, look, startJudge } from './judge';
import { failPart } from './look';
import type { Arm, Bin, CriterionInput, Look } from './model';

const first = Date.UTC(2026, 0, 1);
const hour = { windows: [{ minutes: 60, rate: 14.4 }] };
const bin = (minute: number, candidate: Arm | null, baseline?: Arm | null): Bin => ({
  at: new Date(first + minute * 60_000).toISOString(),
  candidate,
  ...(baseline === undefined ? {} : { baseline }),
});
/** One look after every minute; so many of `n` requests were bad in each. */
function looks(over: Partial<CriterionInput>, bad: Array<number | null>, n = 500, baseline?: number[]): Look[] {
  let state = startJudge(burnCriterion(over), { alpha: 0.01 });
  return bad.map((k, i) => {
    const of = (k: number | null | undefined): Arm | null => (typeof k === 'number' ? { n, k } : null);
    state = absorb(state, new Map([['', bin(i, of(k), baseline && of(baseline[i]))]]));
    return look(state).overall;
  });
}
const times = <T>(n: number, value: T): T[] => Array.from({ length: n }, () => value);
const last = (all: Look[]) => all.at(-1) as Look;
const ratio = ({ working }: Look) => (working ? working.exponent / working.needed : 0);
/** What a stretch may spend: its share of the part for failing or passing, and of the view of noise that speaks. */
const bound = ({ working }: Look, windows: number) => {
  const part = working?.side === 'above' ? failPart : (1 - failPart) / windows;
  return 0.01 * part * startShare(working?.fromBin ?? 0) * (working?.free === null ? 0.92 : 0.08);
};
const two = [
  { minutes: 60, rate: 14.4 },
  { minutes: 5, rate: 14.4 },
];

describe('how far it is', () => {
  test('above its rate: as far as the stretch that speaks most, which is its working', () => {
    for (const l of looks(hour, times(12, 10))) {
      expect(l).toMatchObject({ outcome: 'inconclusive', reason: 'not_yet_clear' });
      expect(l.working).toMatchObject({ side: 'above', limit: 14.4 * 0.001, fromBin: 0 });
      expect(l.progress).toBeCloseTo(ratio(l), 9);
      expect(l.working?.alpha).toBeCloseTo(bound(l, 1), 12);
    }
  });
  test('below it: as far as the window is covered, once that is what is missing', () => {
    const all = looks(hour, times(12, 2));
    for (const [i, l] of all.entries()) {
      // Of half an hour, as many minutes as are there.
      expect(l.progress).toBeCloseTo(i === 0 ? 0 : (i + 1) / 30, 9);
      expect(l.reason).toBe(ratio(l) >= 1 ? 'too_few' : 'not_yet_clear');
      if (i > 0) expect(l.working).toMatchObject({ side: 'below', fromBin: 0, bins: i + 1 });
      if (i > 0) expect(l.working?.alpha).toBeCloseTo(bound(l, 1), 12);
      if (l.reason === 'too_few') expect(l.high).toBeLessThan(14.4);
      else expect(l.high).toBeGreaterThanOrEqual(14.4);
    }
  });
  test('decided: all the way, and no more samples', () => {
    for (const l of [last(looks({}, times(3, 500))), last(looks({}, times(3, 0)))])
      expect(l).toMatchObject({ reason: 'decided', progress: 1, moreSamples: 0 });
  });
  test('silence after enough is nearly all the way, and nobody can say how many more', () => {
    const l = last(looks(hour, [...times(40, 0), ...times(5, null)]));
    expect(l).toMatchObject({ outcome: 'inconclusive', reason: 'stale', progress: 0.99, moreSamples: null });
    expect(l.working?.side).toBe('below');
  });
  test('a pass waits while what is recent leans to failing', () => {
    const all = looks(hour, [...times(40, 72), ...times(3, 216)], 10_000).slice(39);
    expect(all.map((l) => l.outcome)).toEqual(['pass', 'pass', 'pass', 'inconclusive']);
    // All of the hour burns less than its rate, and its longest stretch says so.
    expect(last(all)).toMatchObject({
      reason: 'not_yet_clear',
      progress: 0.99,
      working: { side: 'below', fromBin: 0 },
    });
    expect(ratio(last(all))).toBeGreaterThanOrEqual(1);
  });
  test('recent harm is as far as its window burns, whatever the evidence', () => {
    const l = last(looks(hour, [...times(40, 23), ...times(2, 115)], 2000));
    expect(l).toMatchObject({ outcome: 'inconclusive', working: { side: 'above', fromBin: 40 } });
    expect(ratio(l)).toBeGreaterThan(1);
    expect(l.progress).toBeCloseTo((l.estimate as number) / 14.4, 9);
  });
});

describe('how many more', () => {
  test('in proportion to what is missing', () => {
    for (const bad of [10, 2]) {
      const all = looks(hour, times(12, bad)).filter((l) => l.progress > 0);
      for (const l of all) expect(l.moreSamples).toBe(Math.ceil(l.candidate.n * (1 / l.progress - 1)));
      expect(all.length).toBeGreaterThan(10);
    }
  });
  test('nobody can say from next to nothing', () => {
    const all = looks(hour, times(12, 7));
    for (const l of all) expect(l.moreSamples === null).toBe(l.progress < 1e-3);
    expect(all.filter((l) => l.moreSamples === null).length).toBeGreaterThan(3);
  });
  test('nor once the window holds no more than it does', () => {
    const all = looks({ windows: [{ minutes: 5, rate: 14.4 }] }, times(12, 9));
    expect(all.every((l) => l.outcome === 'inconclusive' && l.progress > 1e-3)).toBe(true);
    expect(all.map((l) => l.moreSamples === null)).toEqual([...times(5, false), ...times(7, true)]);
  });
  test.each<[string, Partial<CriterionInput>, number, number[] | undefined]>([
    ['of the candidate', hour, 20_000, undefined],
    ['of both', { ...hour, against: 'baseline' }, 20_000, times(40, 0)],
  ])('the minimum sample counts what the window holds %s', (_, over, n, baseline) => {
    const at = (minSamples: number) => last(looks({ ...over, minSamples }, times(40, 0), 500, baseline));
    expect(at(n)).toMatchObject({ outcome: 'pass' });
    expect(at(n + 1)).toMatchObject({ outcome: 'inconclusive', reason: 'too_few' });
    expect(at(2 * n).progress).toBeCloseTo(0.5, 9);
  });
});

describe('which window is shown', () => {
  test.each<[string, Array<[number, number]>, number]>([
    [
      'that burns least of its rate',
      [
        [60, 14.4],
        [5, 6],
      ],
      14.4,
    ],
    [
      'wherever it stands',
      [
        [5, 6],
        [60, 14.4],
      ],
      14.4,
    ],
    [
      'with its own limit',
      [
        [60, 14.4],
        [5, 20],
      ],
      20,
    ],
    [
      'the first of two alike',
      [
        [60, 14.4],
        [5, 14.4],
      ],
      14.4,
    ],
  ])('%s, while nothing is decided', (_, of, limit) => {
    const windows = of.map(([minutes, rate]) => ({ minutes, rate }));
    const l = last(looks({ windows }, times(4, 5)));
    expect(l).toMatchObject({ outcome: 'inconclusive', limit, candidate: { n: 2000, k: 20 } });
    expect(l.estimate).toBeCloseTo(10, 9);
  });
  test('the one that passes, from the longest stretch inside it, at half of the bound for two', () => {
    for (const [i, l] of looks({ windows: two }, times(12, 0)).entries()) {
      if (i < 2) continue;
      expect(l).toMatchObject({ outcome: 'pass', candidate: { n: 500 * Math.min(5, i + 1) } });
      expect(l.working?.side).toBe('below');
      // The five newest minutes; some beginnings are forgotten.
      expect(l.working?.fromBin).toBeGreaterThanOrEqual(i - 4);
      if (i < 8) expect(l.working).toMatchObject({ fromBin: Math.max(0, i - 4), bins: Math.min(5, i + 1) });
      expect(l.working?.alpha).toBeCloseTo(bound(l, 2), 12);
    }
  });
  test('what failed keeps to the beginnings inside the longest window', () => {
    for (const [i, l] of looks(hour, times(80, 14)).entries())
      if (i > 20) expect([l.outcome, (l.working?.fromBin ?? 0) > i - 60]).toEqual(['fail', true]);
  });
  test('an open bin is in every window, at every rate', () => {
    let state = startJudge(burnCriterion({ windows: [two[1] as (typeof two)[0], { minutes: 60, rate: 100 }] }), {
      alpha: 0.01,
    });
    for (let i = 0; i < 8; i++) state = absorb(state, new Map([['', bin(i, { n: 500, k: 20 })]]));
    const shown = look(state, new Map([['', bin(8, { n: 300, k: 100 })]])).overall;
    expect(shown).toMatchObject({ limit: 100, candidate: { n: 4300, k: 260 } });
    expect(look(state).overall).toMatchObject({ limit: 100, candidate: { n: 4000, k: 160 } });
  });
  test('nothing at all: the first, empty', () => {
    const state = startJudge(burnCriterion(), { alpha: 0.01 });
    expect(look(state).overall).toMatchObject({
      outcome: 'no_data',
      reason: 'no_observations',
      limit: 14.4,
      estimate: null,
      low: null,
      high: null,
      baseline: null,
      candidate: { n: 0, value: null, k: 0 },
      progress: 0,
      moreSamples: null,
      working: null,
    });
  });
});

describe('the interval', () => {
  test('of one bin is that of its share, over the budget', () => {
    const state = absorb(
      startJudge(burnCriterion(hour), { alpha: 0.01 }),
      new Map([['', bin(0, { n: 5000, k: 100 })]]),
    );
    const { overall } = look(state);
    const { sums, starts } = state.overall.track;
    const { shape } = state.question;
    const stretch = { sums, shape, noise: noiseOf(partOf(sums, shape), null, shape), rho: starts[0]?.rho as number };
    expect(overall.outcome).toBe('inconclusive');
    const end = (side: 'above' | 'below', part: number) =>
      (intervalEnd(stretch, side, boundsOf(0.01 * part * startShare(0))) as number) / 0.001;
    expect(overall.low).toBeCloseTo(Math.min(14.4, end('above', failPart)), 6);
    expect(overall.high).toBeCloseTo(end('below', 1 - failPart), 6);
    expect(overall.estimate).toBeCloseTo(20, 9);
  });
  test('the first bin is judged alike, open and closed', () => {
    const only = new Map([['', bin(0, { n: 5000, k: 200 })]]);
    const state = startJudge(burnCriterion(hour), { alpha: 0.01 });
    const [open, closed] = [look(state, only).overall, look(absorb(state, only)).overall];
    expect(open.working?.bins).toBe(0);
    expect(open).toEqual({ ...closed, spent: 0, working: { ...closed.working, bins: 0 } });
  });
  test.each<[string, Partial<CriterionInput>, number, number | undefined, [number, number]]>([
    ['from nothing', {}, 0, undefined, [0, 1000]],
    ['to everything', {}, 500, undefined, [0, 1000]],
    ['from all of it less', { against: 'baseline' }, 0, 500, [-1000, 1000]],
    ['to all of it more', { against: 'baseline' }, 500, 0, [-1000, 1000]],
  ])('goes %s', (_, over, bad, baseline, [least, most]) => {
    for (const l of looks(over, times(4, bad), 500, baseline === undefined ? undefined : times(4, baseline))) {
      expect(l.low).toBeGreaterThanOrEqual(least);
      expect(l.high).toBeLessThanOrEqual(most);
      expect(bad === 0 && baseline !== 0 ? l.low : l.high).toBe(bad === 0 && baseline !== 0 ? least : most);
    }
  });
});

describe('windows together', () => {
  const at = (minutes: number, rate: number) => ({ minutes, rate });
  test('all of them must burn', () => {
    const short = { windows: [at(5, 14.4)] };
    const bad = [...times(40, 0), ...times(5, 40)];
    expect(last(looks(short, bad)).outcome).toBe('fail');
    expect(looks({ windows: two }, bad).map((l) => l.outcome)).not.toContain('fail');
  });
  test('one that passes is enough, wherever it stands', () =>
    expect(last(looks({ windows: two.toReversed() }, times(8, 0)))).toMatchObject({
      outcome: 'pass',
      candidate: { n: 2500 },
    }));
  test('each rate has evidence of its own, as if it were asked alone', () => {
    const [both, alone] = [{ windows: [at(5, 14.4), at(60, 18)] }, { windows: [at(60, 18)] }];
    const spiked = [10, 12, 8, 10, 9, 60];
    for (const bad of [spiked.slice(0, 3), spiked]) {
      const [one, other] = [both, alone].map((over) => {
        let state = startJudge(burnCriterion(over), { alpha: 0.01 });
        bad.slice(0, -1).forEach((k, i) => {
          state = absorb(state, new Map([['', bin(i, { n: 500, k })]]));
        });
        const open = new Map([['', bin(bad.length - 1, { n: 500, k: bad.at(-1) as number })]]);
        return [look(absorb(state, open)).overall, look(state, open).overall];
      });
      for (const i of [0, 1]) {
        expect(one?.[i]).toMatchObject({ limit: 18, working: { side: 'above' } });
        expect(one?.[i]?.working).toEqual(other?.[i]?.working);
      }
    }
  });
  test('harm may have begun anywhere in the longest', () =>
    expect(last(looks({ windows: two }, times(30, 20))).working).toMatchObject({ fromBin: 0, bins: 30 }));
  test('a pass is of three quarters of its window or more, and of nothing before it', () => {
    for (const [i, l] of looks(hour, times(100, 0)).entries()) {
      if (l.outcome !== 'pass') continue;
      expect(l.working?.fromBin).toBeGreaterThan(i - 60);
      expect(l.working?.fromBin).toBeLessThanOrEqual(Math.max(0, i - 44));
    }
  });
  test('what was silent for all of it is forgotten', () => {
    expect(last(looks(hour, [...times(5, 20), ...times(70, null)]))).toMatchObject({
      outcome: 'inconclusive',
      reason: 'stale',
      estimate: null,
      low: null,
      high: null,
      candidate: { n: 0, value: null, k: 0 },
      working: null,
      progress: 0,
    });
  });
});

describe('both arms', () => {
  const against = (candidate: Arm, baseline: Arm, over: Partial<CriterionInput> = {}, bins = 40) => {
    let state = startJudge(burnCriterion({ ...hour, against: 'baseline', ...over }), { alpha: 0.01 });
    for (let i = 0; i < bins; i++) state = absorb(state, new Map([['', bin(i, candidate, baseline)]]));
    return look(state).overall;
  };
  test.each([
    ['the candidate', { n: 300, k: 0 }, { n: 500, k: 0 }],
    ['the baseline', { n: 500, k: 0 }, { n: 300, k: 0 }],
  ])('the minimum sample is that of the smaller: %s', (_, candidate, baseline) => {
    expect(against(candidate, baseline, { minSamples: 12_000 }).outcome).toBe('pass');
    expect(against(candidate, baseline, { minSamples: 12_001 })).toMatchObject({ reason: 'too_few' });
  });
  test('each shows how fast it burns, and the excess may be below nothing', () => {
    const l = against({ n: 500, k: 5 }, { n: 400, k: 8 }, {}, 3);
    expect(l.candidate).toMatchObject({ n: 1500, k: 15 });
    expect(l.candidate.value).toBeCloseTo(10, 9);
    expect(l.baseline).toMatchObject({ n: 1200, k: 24 });
    expect(l.baseline?.value).toBeCloseTo(20, 9);
    expect(l.estimate).toBeCloseTo(-10, 9);
    const even = against({ n: 500, k: 5 }, { n: 500, k: 5 }, {}, 3);
    expect(even.estimate).toBeCloseTo(0, 9);
    expect(even.low).toBeLessThan(-5);
  });
  test('alone there is one, and its value is the estimate', () => {
    const l = last(looks(hour, times(3, 10)));
    expect(l.baseline).toBeNull();
    expect(l.candidate.value).toBeCloseTo(l.estimate as number, 9);
  });
});

test('too few samples say so before there is evidence', () => {
  expect(looks({ ...hour, minSamples: 5000 }, times(2, 2)).map((l) => l.reason)).toEqual(['too_few', 'too_few']);
  expect(looks({ ...hour, minSamples: 500 }, times(2, 2)).map((l) => l.reason)).toEqual(times(2, 'not_yet_clear'));
});
test('nothing either way is worked from the worse side', () =>
  expect(looks(hour, [2])[0]).toMatchObject({ progress: 0, working: { side: 'above' } }));

describe('a stretch that is shorter than its window', () => {
  /** Well for most of the hour, with a scatter that is learned apart from what came after. */
  function late(spike: number) {
    const bad = [...Array.from({ length: 50 }, (_, i) => 20 + ((i * 7) % 11)), ...times(8, spike)];
    let state = startJudge(burnCriterion(hour), { alpha: 0.01 });
    bad.forEach((k, i) => {
      state = absorb(state, new Map([['', bin(i, { n: 2000, k })]]));
    });
    const l = look(state).overall;
    const { starts, sums } = state.overall.track;
    const { shape } = state.question;
    const [oldest] = starts as [(typeof starts)[number]];
    const start = starts.find((s) => s.at === l.working?.fromBin) as typeof oldest;
    const own = since(sums, start.before, start.firstRun);
    const part = partOf(own, shape);
    const noise = noiseOf(part, partOf(since(start.before, oldest.before, oldest.firstRun), shape), shape);
    return { l, start, part, stretch: { sums: own, shape, noise, rho: start.rho } };
  }
  test('learns the noise before it and in it apart', () => {
    const { l, start, part, stretch } = late(500);
    expect(l.outcome).toBe('fail');
    expect(start.at).toBeGreaterThan(farBins);
    expect([stretch.noise.leaned, stretch.noise.bare]).toContain(l.working?.dispersion);
    expect(stretch.noise.leaned).not.toBe(noiseOf(part, null, stretch.shape).leaned);
  });
  test('moves the window by its own part of it', () => {
    const { l, start, stretch } = late(500);
    const { sums, shape } = stretch;
    const end = intervalEnd(stretch, 'above', boundsOf(0.01 * failPart * start.share)) as number;
    const part = sums.w / l.candidate.n;
    expect(part).toBeLessThan(0.2);
    const low = (l.estimate as number) + ((end - (estimateOf(sums, shape) as number)) * part) / 0.001;
    expect(low).toBeGreaterThan(14.4);
    expect(l.low).toBeCloseTo(low, 6);
  });
});
