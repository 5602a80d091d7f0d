/** The parts of a look that are no statistics: what is missing, who is silent, and what may be shown. */
import { describe, expect, test } from 'vitest';
import { absorb, type Heard, look, startJudge } from './judge';
import { agreeing, silence, whatIsMissing } from './look';
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
function looks(over: Partial<CriterionInput>, bins: Array<[Arm | null, Arm | null]>, unit = '1'): Look[] {
  let state = startJudge(criterion(over), { alpha: 0.01, unit });
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
