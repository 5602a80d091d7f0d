/** The parts of a look that are no statistics: what is missing, who is silent, and what may be shown. */
import { describe, expect, test } from 'vitest';
import { startShare } from '@/lib/stats/starts';
import { absorb, type Heard, look, startJudge } from './judge';
import { agreeing, failPart, silence, whatIsMissing } from './look';
import { type Arm, type Bin, type CriterionInput, criterionInput, type Look } from './model';
import { questionOf } from './question';

const criterion = (over: Partial<CriterionInput> = {}) =>
  criterionInput.parse({
    name: 'c',
    kind: 'guardrail',
    measure: 'share',
    of: { s: 'x' },
    metric: 'm',
    better: 'lower',
    margin: '1pp',
    ...over,
  });
const compared = questionOf(criterion(), '1');
const higher = questionOf(criterion({ better: 'higher', margin: '1pp' }), '1');
const alone = questionOf(criterion({ against: { threshold: '2%' }, margin: 0 }), '1');
const heard = (
  candidate: [bins: number, silent: number],
  baseline: [bins: number, silent: number],
  together = 1,
): Heard => ({
  candidate: { bins: candidate[0], n: candidate[0], silent: candidate[1] },
  baseline: { bins: baseline[0], n: baseline[0], silent: baseline[1] },
  together,
});

describe('what is missing', () => {
  test.each([
    ['both there', heard([1, 0], [1, 0]), null, null],
    ['never in one bin', heard([1, 0], [1, 0], 0), 'no_concurrent_baseline', null],
    ['no baseline', heard([1, 0], [0, 1], 0), 'baseline_silent', null],
    ['no candidate', heard([0, 1], [1, 0], 0), 'candidate_silent', 'no_observations'],
    ['nothing', heard([0, 1], [0, 1], 0), 'no_observations', 'no_observations'],
  ] as const)('%s', (_, who, against, threshold) => {
    expect(whatIsMissing(who, compared)).toBe(against);
    expect(whatIsMissing(who, alone)).toBe(threshold);
  });
});

describe('who is silent', () => {
  test.each([
    ['nobody', 4, 4, null, null],
    ['the candidate', 5, 4, 'candidate_silent', 'stale'],
    ['the baseline', 4, 5, 'baseline_silent', null],
    ['both', 5, 5, 'both_silent', 'stale'],
  ] as const)('%s', (_, candidate, baseline, against, threshold) => {
    expect(silence(heard([9, candidate], [9, baseline]), compared)).toBe(against);
    expect(silence(heard([9, candidate], [9, baseline]), alone)).toBe(threshold);
  });
});

describe('an interval agrees with the decision', () => {
  const effect = (low: number | null, high: number | null) => ({ estimate: 0.01, low, high });
  test('within it, nothing is changed', () =>
    expect(agreeing(effect(0, 0.05), compared, false, false)).toEqual(effect(0, 0.05)));
  test.each([
    ['failed, above', compared, true, false, [0.02, 0.05], [0.02, 0.05]],
    ['failed, no further than the limit', compared, true, false, [0.005, 0.05], [0.01 + 1e-11, 0.05]],
    ['failed, no end found', compared, true, false, [null, null], [0.01 + 1e-11, null]],
    ['not failed, past the limit', compared, false, false, [0.02, null], [0.01, null]],
    ['passes', compared, false, true, [-0.1, 0.005], [-0.1, 0.005]],
    ['passes, up to the limit', compared, false, true, [-0.1, 0.02], [-0.1, 0.01 - 1e-11]],
    ['passes, no end found', compared, false, true, [null, null], [null, 0.01 - 1e-11]],
    ['not passed, short of the limit', compared, false, false, [-0.1, 0.005], [-0.1, 0.01]],
    ['failed, below', higher, true, false, [-0.05, -0.005], [-0.05, -0.01 - 1e-11]],
    ['passes, from above', higher, false, true, [-0.02, 0.1], [-0.01 + 1e-11, 0.1]],
    ['failed and passes: failed', compared, true, true, [0.02, 0.03], [0.02, 0.03]],
    ['failed and passes, below: failed', higher, true, true, [-0.05, -0.02], [-0.05, -0.02]],
    ['neither, below', higher, false, false, [-0.005, -0.02], [-0.01, -0.01]],
  ] as const)('%s', (_, question, failed, passes, [low, high], want) => {
    const got = agreeing(effect(low, high), question, failed, passes);
    expect(got.estimate).toBe(0.01);
    for (const [end, wanted] of [
      [got.low, want[0]],
      [got.high, want[1]],
    ] as const)
      if (wanted === null) expect(end).toBeNull();
      else expect(end).toBeCloseTo(wanted, 13);
  });
});

/** Looks after so many equal bins, without noise. */
function looks(over: Partial<CriterionInput>, bins: Array<[Arm | null, Arm | null]>, unit = '1', alpha = 0.01): Look[] {
  let state = startJudge(criterion(over), { alpha, unit });
  return bins.map(([candidate, baseline]) => {
    state = absorb(state, new Map<string, Bin>([['', { at: '', candidate, baseline }]]));
    return look(state).overall;
  });
}
const times = (count: number, candidate: Arm | null, baseline: Arm | null) =>
  Array.from({ length: count }, (): [Arm | null, Arm | null] => [candidate, baseline]);

describe('a look', () => {
  const even: [Arm, Arm] = [
    { n: 500, k: 5 },
    { n: 500, k: 5 },
  ];
  test('shows both arms as they are', () =>
    expect(looks({}, times(3, { n: 500, k: 10 }, { n: 400, k: 4 })).at(-1)).toMatchObject({
      candidate: { n: 1500, k: 30, value: 0.02 },
      baseline: { n: 1200, k: 12, value: 0.01 },
      limit: 0.01,
      alpha: 0.01,
    }));
  test('of a rate counts events', () =>
    expect(
      looks({ measure: 'rate', of: undefined, margin: 0 }, times(2, { n: 30, seconds: 60 }, { n: 24, seconds: 60 })).at(
        -1,
      ),
    ).toMatchObject({ candidate: { n: 60, value: 0.5 }, baseline: { n: 48, value: 0.4 } }));
  test('of a mean counts values', () =>
    expect(
      looks(
        { measure: 'mean', of: undefined, margin: 0 },
        times(2, { n: 10, sum: 20, sum2: 50 }, { n: 10, sum: 30, sum2: 100 }),
      ).at(-1),
    ).toMatchObject({ candidate: { n: 20, value: 2 }, baseline: { n: 20, value: 3 } }));
  test('of a quantile shows the quantile of each arm', () => {
    const arm = { bounds: [10, 20], counts: [50, 50, 0] };
    const last = looks({ measure: 'quantile', q: 0.5, of: undefined, margin: 0 }, times(2, arm, arm)).at(-1);
    expect(last?.candidate.n).toBe(200);
    expect(last?.candidate.value).toBeCloseTo(10, 6);
    expect(last?.baseline?.value).toBeCloseTo(10, 6);
    expect(last?.estimate).toBeCloseTo(0, 6);
  });
  test('a quantile beyond the last bucket is not measurable', () => {
    const arm = { bounds: [10], counts: [0, 100] };
    expect(looks({ measure: 'quantile', q: 0.5, of: undefined, margin: 0 }, times(2, arm, arm)).at(-1)).toMatchObject({
      outcome: 'inconclusive',
      reason: 'not_measurable',
      candidate: { n: 200, value: null },
      baseline: { n: 200, value: null },
    });
  });
  test('against a threshold has no baseline', () =>
    expect(looks({ against: { threshold: '2%' }, margin: 0 }, times(1, even[0], null)).at(-1)).toMatchObject({
      baseline: null,
      limit: 0.02,
    }));
  test('that passes has nothing more to ask for, and works on the better side', () => {
    const last = looks({}, times(60, ...even)).at(-1);
    expect(last).toMatchObject({ outcome: 'pass', reason: 'decided', progress: 1, moreSamples: 0 });
    expect(last?.working).toMatchObject({ side: 'below', limit: 0.01, fromBin: 0, bins: 60 });
    expect(last?.high).toBeLessThan(0.01);
  });
  test('that fails has nothing more to ask for, and works on the worse side', () => {
    const last = looks({}, times(20, { n: 500, k: 40 }, even[1])).at(-1);
    expect(last).toMatchObject({ outcome: 'fail', reason: 'decided', progress: 1, moreSamples: 0 });
    expect(last?.working?.side).toBe('above');
    expect(last?.low).toBeGreaterThan(0.01);
  });
  test('waits for the minimum sample of the smaller arm', () => {
    const waits = looks({ minSamples: 40_000 }, times(60, { n: 500, k: 5 }, { n: 600, k: 6 }));
    expect(waits.at(-1)).toMatchObject({ outcome: 'inconclusive', reason: 'too_few' });
    expect(waits.at(-1)?.progress).toBeCloseTo(0.75, 2);
    expect(waits.at(-1)?.moreSamples).toBe(10_000);
    const enough = looks({ minSamples: 30_000 }, times(60, { n: 500, k: 5 }, { n: 600, k: 6 }));
    expect(enough.at(-1)?.outcome).toBe('pass');
    expect(enough.at(-2)?.outcome).toBe('inconclusive');
  });
  test('a rate waits for the events of the smaller arm', () => {
    const rates = looks(
      { measure: 'rate', of: undefined, margin: '50%', minSamples: 6000 },
      times(60, { n: 100, seconds: 60 }, { n: 100, seconds: 60 }),
    );
    expect(rates.at(-1)?.outcome).toBe('pass');
    expect(rates.at(-2)).toMatchObject({ outcome: 'inconclusive', reason: 'too_few' });
  });
  test('a failure does not wait for a minimum sample', () =>
    expect(looks({ minSamples: 1e6 }, times(20, { n: 500, k: 40 }, even[1])).at(-1)?.outcome).toBe('fail'));
  test('silence takes the green away, and gives it back', () => {
    const silent: [Arm | null, Arm | null] = [null, even[1]];
    const all = looks({}, [...times(60, ...even), ...times(5, ...silent), ...times(1, ...even)]);
    expect(all.slice(59).map((l) => l.reason)).toEqual([
      'decided',
      'decided',
      'decided',
      'decided',
      'decided',
      'candidate_silent',
      'decided',
    ]);
  });
  test('says nothing of more samples while there is next to no evidence', () =>
    expect(looks({}, times(1, { n: 20, k: 0 }, { n: 20, k: 0 })).at(-1)?.moreSamples).toBeNull());
  test('forecasts in proportion to what is missing', () => {
    for (const l of looks({}, times(14, ...even))) {
      if (l.outcome !== 'inconclusive' || l.moreSamples === null) continue;
      expect(l.moreSamples).toBe(Math.ceil(0.5 * l.candidate.n * (1 / l.progress - 1)));
    }
  });
});

describe('the stretch that speaks most', () => {
  const histogram = (...counts: number[]): Arm => ({ bounds: [10, 20, 40, 80, 160], counts });
  const calm = histogram(200, 200, 80, 16, 4, 0);
  const slow = histogram(50, 100, 150, 150, 50, 0);
  const late = (well: Arm, bad: Arm, base: Arm): Array<[Arm, Arm]> => [
    ...Array.from({ length: 100 }, (): [Arm, Arm] => [well, base]),
    ...Array.from({ length: 30 }, (): [Arm, Arm] => [bad, base]),
  ];
  const plain = { of: undefined, margin: 0 } as const;
  const given: Array<[string, Partial<CriterionInput>, Array<[Arm, Arm]>, 'above' | 'below']> = [
    ['a share', { margin: 0 }, late({ n: 500, k: 5 }, { n: 500, k: 40 }, { n: 500, k: 5 }), 'above'],
    [
      'a share of what is good',
      { margin: 0, better: 'higher' },
      late({ n: 500, k: 450 }, { n: 500, k: 350 }, { n: 500, k: 450 }),
      'below',
    ],
    ['a quantile', { ...plain, measure: 'quantile', q: 0.9, margin: '10%' }, late(calm, slow, calm), 'above'],
    [
      'values',
      { ...plain, measure: 'value' },
      Array.from({ length: 130 }, (_, i): [Arm, Arm] => [
        { values: [(i < 100 ? 5 : 9) + (i % 3)] },
        { values: [5 + (i % 4)] },
      ]),
      'above',
    ],
  ];
  test.each(given)(
    '%s: harm that began late, from about where it did, at its own part of the bound',
    (_, over, bins, side) => {
      const all = looks(over, bins);
      const at = all.findIndex((l) => l.outcome === 'fail');
      expect(at).toBeGreaterThanOrEqual(100);
      const { working, estimate } = all[at] as Look;
      const from = working?.fromBin as number;
      expect(from).toBeGreaterThan(80);
      expect(working).toMatchObject({ side, bins: at + 1 - from });
      const part = working?.free === null ? 0.92 : 0.08;
      expect(working?.alpha).toBeCloseTo(0.01 * failPart * startShare(from) * part, 12);
      // What is shown is the effect of that stretch, not of all that there was.
      const alone = looks(over, bins.slice(from, at + 1), '1', 1e-300).at(-1) as Look;
      expect(alone.outcome).toBe('inconclusive');
      expect(estimate).toBeCloseTo(alone.estimate as number, 6);
      expect(estimate).not.toBeCloseTo(looks(over, bins.slice(0, at + 1), '1', 1e-300).at(-1)?.estimate as number, 3);
    },
  );
  test('harm from the beginning is that of the whole, at the largest part', () => {
    const { working } = looks({}, times(20, { n: 500, k: 40 }, { n: 500, k: 5 })).at(-1) as Look;
    expect(working).toMatchObject({ fromBin: 0, bins: 20 });
    expect(working?.alpha).toBeCloseTo(0.01 * failPart * 0.75 * 0.92, 12);
  });
});

describe('while nothing is decided', () => {
  const of = (k: number, n = 500): [Arm, Arm] => [
    { n, k },
    { n: 500, k: 5 },
  ];
  const well = times(100, ...of(5));
  test.each([
    ['further past the limit: the worse side', {}, times(8, ...of(14)), 'above'],
    ['short of the limit: the better side', {}, times(8, ...of(9)), 'below'],
    ['higher is better, short of the limit: the better side', { better: 'higher' }, times(8, ...of(1)), 'above'],
    ['higher is better, past the limit: the worse side', { better: 'higher', margin: 0 }, times(8, ...of(3)), 'below'],
    ['at the limit exactly: the worse side', {}, times(8, ...of(10)), 'above'],
  ] as const)('the working is that of the side that is nearer: %s', (_, over, bins, side) => {
    const { working, progress, outcome, low, high, limit } = looks(over, [...bins]).at(-1) as Look;
    expect(outcome).toBe('inconclusive');
    // The limit is not ruled out yet, from either side.
    expect(low).toBeLessThanOrEqual(limit as number);
    expect(high).toBeGreaterThanOrEqual(limit as number);
    expect(working).toMatchObject({ side, limit: questionOf(criterion(over), '1').limit, bins: 8 });
    expect((working?.exponent ?? 0) / (working?.needed ?? 0)).toBeCloseTo(progress, 9);
  });
  test('a pass is taken to have three tenths more noise than it seems', () => {
    let state = startJudge(criterion(), { alpha: 0.01, unit: '1' });
    for (let i = 0; i < 8; i++) {
      const [candidate, baseline] = of(i % 2 ? 9 : 6);
      state = absorb(state, new Map([['', { at: '', candidate, baseline }]]));
    }
    const { noise } = state.overall.track;
    const { working } = look(state).overall;
    expect(working).toMatchObject({ side: 'below', free: null });
    expect(working?.dispersion).toBeCloseTo(1.3 * noise.leaned, 12);
    expect(working?.alpha).toBeCloseTo(0.01 * (1 - failPart) * 0.92, 12);
  });
  test('a pass waits while what is recent leans to failing, half-way to it', () => {
    const recent = looks({}, [...well, ...times(4, ...of(30))]).slice(99);
    expect(recent.map((l) => l.outcome)).toEqual(['pass', 'pass', 'inconclusive', 'inconclusive', 'fail']);
    expect(recent[2]).toMatchObject({ reason: 'not_yet_clear', progress: 0.99, moreSamples: 0 });
    // All that there was says that it passes, and so does the interval.
    expect(recent[2]?.working).toMatchObject({ side: 'below', fromBin: 0 });
    expect(recent[2]?.high).toBeLessThan(0.01);
  });
  test('silence after enough: everything is there but somebody to go on', () => {
    const last = looks({}, [...well, ...times(5, null, { n: 500, k: 5 })]).at(-1);
    expect(last).toMatchObject({ reason: 'candidate_silent', progress: 0.99, moreSamples: 0 });
    expect(last?.working?.side).toBe('below');
    expect(last?.high).toBeLessThan(0.01);
  });
  test('enough evidence of too few: what is missing is the sample', () => {
    const last = looks({ minSamples: 100_000 }, well).at(-1);
    expect(last).toMatchObject({ reason: 'too_few', progress: 0.5, moreSamples: 50_000 });
  });
  test.each<[string, Partial<CriterionInput>, [Arm, Arm | null], number]>([
    [
      'the candidate only, against a number',
      { against: { threshold: '5%' }, margin: 0 },
      [
        { n: 500, k: 5 },
        { n: 1, k: 0 },
      ],
      10_000,
    ],
    ['the candidate where it is the smaller', {}, of(4, 400), 8_000],
    ['the baseline where it is the smaller', {}, of(9, 900), 10_000],
    [
      'events of a rate',
      { measure: 'rate', of: undefined, margin: '50%' },
      [
        { n: 90, seconds: 60 },
        { n: 100, seconds: 60 },
      ],
      1_800,
    ],
    [
      'events of the baseline',
      { measure: 'rate', of: undefined, margin: '50%' },
      [
        { n: 100, seconds: 60 },
        { n: 90, seconds: 60 },
      ],
      1_800,
    ],
  ])('the minimum sample counts %s', (_, over, [candidate, baseline], n) => {
    const reason = (minSamples: number) =>
      looks({ ...over, minSamples }, times(20, candidate, baseline)).at(-1)?.reason;
    expect(reason(n)).not.toBe('too_few');
    expect(reason(n + 1)).toBe('too_few');
  });
  test('no forecast under a twentieth of the way', () => {
    const near = looks({}, times(12, ...of(12)));
    for (const { progress, moreSamples } of near) expect(moreSamples === null).toBe(progress < 0.05);
    expect(near.filter((l) => l.moreSamples === null).length).toBeGreaterThan(2);
  });
  test('a forecast of a rate is in events', () => {
    const rate = looks(
      { measure: 'rate', of: undefined, margin: '50%' },
      times(3, { n: 60, seconds: 60 }, { n: 60, seconds: 60 }),
    ).at(-1) as Look;
    expect(rate.outcome).toBe('inconclusive');
    expect(rate.moreSamples).toBe(Math.ceil(0.5 * 180 * (1 / rate.progress - 1)));
  });
});

describe('the first bin, while it fills', () => {
  const open = (n: number, k: number, baseline: Arm = { n, k: 1 }) => {
    const state = startJudge(criterion(), { alpha: 0.01, unit: '1' });
    return look(state, new Map([['', { at: '', candidate: { n, k }, baseline }]])).overall;
  };
  test('is judged with the noise that services usually have, its own variance the precision', () => {
    const { working } = open(5_000, 2_000);
    expect(working).toMatchObject({ side: 'above', free: null, fromBin: 0, bins: 0 });
    expect(working?.rho).toBe(working?.v);
    expect(working?.dispersion).toBeGreaterThan(1);
  });
  test('never at a precision below one event', () => expect(open(2, 1).working?.rho).toBe(1));
});

describe('what an arm shows', () => {
  test('nothing of nothing', () => {
    const state = startJudge(criterion(), { alpha: 0.01, unit: '1' });
    expect(look(state).overall).toMatchObject({
      outcome: 'no_data',
      candidate: { n: 0, value: null, k: 0 },
      baseline: { n: 0, value: null, k: 0 },
      estimate: null,
      low: null,
      high: null,
      progress: 0,
      moreSamples: null,
      working: null,
      spent: 0,
    });
  });
  test('a value a bin says nothing of a mean, and still was heard', () => {
    const arm = { n: 1, sum: 3, sum2: 9 };
    const mean = { measure: 'mean', of: undefined, margin: 0 } as const;
    expect(looks(mean, times(2, arm, arm)).at(-1)).toMatchObject({
      reason: 'too_few',
      candidate: { n: 2, value: null },
      baseline: { n: 2, value: null },
    });
    expect(looks(mean, times(2, arm, arm)).at(-1)?.candidate).not.toHaveProperty('k');
  });
  test('a rate has no part that counts', () => {
    const rate = looks({ measure: 'rate', of: undefined, margin: 0 }, times(1, { n: 30, seconds: 60 }, null)).at(-1);
    expect(rate?.candidate).toEqual({ n: 0, value: null });
  });
});
