import { describe, expect, test } from 'vitest';
import { boundOf, exponent, exponentNeeded } from '@/lib/stats/boundary';
import { absorb, type JudgeState, look, startJudge } from './judge';
import { type Arm, type Bin, type Criterion, type CriterionInput, criterionInput, type Look } from './model';

function criterion(over: Partial<CriterionInput>): Criterion {
  const measure = over.measure ?? 'share';
  const need = measure === 'share' ? { of: { status: '5xx' } } : measure === 'ratio' ? { per: 'started' } : {};
  return criterionInput.parse({
    name: 'c',
    kind: 'guardrail',
    metric: 'm',
    measure,
    better: 'lower',
    ...need,
    ...over,
  });
}
const one = (baseline: Arm | null, candidate: Arm | null) =>
  new Map<string, Bin>([['', { at: '2026-01-01T00:00:00Z', baseline, candidate }]]);
function judge(given: Criterion, bins: Array<Map<string, Bin>>, alpha = 0.01): { state: JudgeState; looks: Look[] } {
  let state = startJudge(given, { alpha, unit: 's' });
  const looks = bins.map((bin) => {
    state = absorb(state, bin);
    return look(state).overall;
  });
  return { state, looks };
}
const times = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));
const last = (looks: Look[]): Look => looks.at(-1) as Look;

describe('nobody passes or fails without evidence', () => {
  test.each<[string, Partial<CriterionInput>, Arm | null, Arm | null, Look['outcome'], Look['reason']]>([
    ['both silent', {}, null, null, 'no_data', 'no_observations'],
    ['candidate silent', {}, { n: 9, k: 0 }, null, 'no_data', 'candidate_silent'],
    ['baseline silent', {}, null, { n: 9, k: 0 }, 'no_data', 'baseline_silent'],
    ['empty arms are silent', {}, { n: 0, k: 0 }, { n: 0, k: 0 }, 'no_data', 'no_observations'],
    [
      'a threshold needs no baseline',
      { against: { threshold: '1%' } },
      null,
      { n: 9, k: 0 },
      'inconclusive',
      'not_yet_clear',
    ],
    ['error-free on both sides, no margin', {}, { n: 1e6, k: 0 }, { n: 1e6, k: 0 }, 'inconclusive', 'not_yet_clear'],
    [
      'error-free, relative margin',
      { margin: '10%' },
      { n: 1e6, k: 0 },
      { n: 1e6, k: 0 },
      'inconclusive',
      'not_yet_clear',
    ],
    [
      'error-free, few requests, margin',
      { margin: '1pp' },
      { n: 20, k: 0 },
      { n: 20, k: 0 },
      'inconclusive',
      'not_yet_clear',
    ],
    [
      'one value a bin says nothing of a mean',
      { measure: 'mean' },
      { n: 1, sum: 3, sum2: 9 },
      { n: 1, sum: 9, sum2: 81 },
      'inconclusive',
      'too_few',
    ],
    [
      'a rate of arms whose part of the traffic is not known',
      { measure: 'rate' },
      { n: 900, seconds: 60, exposure: null },
      { n: 100, seconds: 60, exposure: null },
      'no_data',
      'no_observations',
    ],
    ['one gauge value', { measure: 'value' }, { values: [1] }, { values: [99] }, 'inconclusive', 'not_yet_clear'],
    [
      'beyond the last bucket',
      { measure: 'quantile', q: 0.99 },
      { bounds: [1], counts: [0, 900] },
      { bounds: [1], counts: [0, 900] },
      'inconclusive',
      'not_measurable',
    ],
  ])('%s', (_, over, baseline, candidate, outcome, reason) =>
    expect(last(judge(criterion(over), [one(baseline, candidate)]).looks)).toMatchObject({ outcome, reason }),
  );

  test('arms that never meet in one bin are not compared', () => {
    const bins = times(50, (i) => (i % 2 ? one({ n: 500, k: 5 }, null) : one(null, { n: 500, k: 50 })));
    expect(last(judge(criterion({}), bins).looks)).toMatchObject({
      outcome: 'no_data',
      reason: 'no_concurrent_baseline',
    });
  });
});

describe('what is plain is decided', () => {
  const rated = (n: number, exposure: number): Arm => ({ n, seconds: 60, exposure });
  const histogram = (counts: number[]): Arm => ({ bounds: [0.1, 0.2, 0.3, 0.5, 1], counts });
  const calm = histogram([300, 150, 40, 8, 2, 0]);
  const slow = histogram([100, 150, 150, 80, 20, 0]);
  test.each<[string, Partial<CriterionInput>, Arm | null, Arm, Look['outcome']]>([
    ['errors tenfold', {}, { n: 500, k: 5 }, { n: 500, k: 50 }, 'fail'],
    ['errors tenfold against an error-free baseline', {}, { n: 500, k: 0 }, { n: 500, k: 10 }, 'fail'],
    ['the same, relative', { margin: '50%' }, { n: 500, k: 0 }, { n: 500, k: 10 }, 'fail'],
    ['errors within the margin', { margin: '1pp' }, { n: 500, k: 5 }, { n: 500, k: 5 }, 'pass'],
    ['error-free within the margin', { margin: '1pp' }, { n: 500, k: 0 }, { n: 500, k: 0 }, 'pass'],
    ['a candidate of five per cent', {}, { n: 950, k: 10 }, { n: 50, k: 10 }, 'fail'],
    ['fewer completed orders', { measure: 'ratio', better: 'higher' }, { n: 500, k: 400 }, { n: 500, k: 250 }, 'fail'],
    ['more completed orders', { measure: 'ratio', better: 'higher' }, { n: 500, k: 250 }, { n: 500, k: 400 }, 'pass'],
    ['share over a threshold', { against: { threshold: '1%' } }, null, { n: 500, k: 50 }, 'fail'],
    ['share under a threshold', { against: { threshold: '5%' } }, null, { n: 500, k: 5 }, 'pass'],
    ['rate doubled', { measure: 'rate' }, { n: 300, seconds: 60 }, { n: 600, seconds: 60 }, 'fail'],
    ['a small arm has few events', { measure: 'rate', margin: '10%' }, rated(900, 0.9), rated(100, 0.1), 'pass'],
    ['a small arm has too many', { measure: 'rate' }, rated(900, 0.9), rated(150, 0.1), 'fail'],
    [
      'mean up a half',
      { measure: 'mean', margin: '10%' },
      { n: 500, sum: 50, sum2: 10 },
      { n: 500, sum: 75, sum2: 20 },
      'fail',
    ],
    [
      'mean the same',
      { measure: 'mean', margin: '20%' },
      { n: 500, sum: 50, sum2: 10 },
      { n: 500, sum: 50, sum2: 10 },
      'pass',
    ],
    [
      'mean below a threshold',
      { measure: 'mean', against: { threshold: '200ms' } },
      null,
      { n: 500, sum: 50, sum2: 10 },
      'pass',
    ],
    ['gauge doubled', { measure: 'value' }, { values: [10, 11] }, { values: [20, 22] }, 'fail'],
    ['p95 up', { measure: 'quantile', q: 0.95, margin: '10%' }, calm, slow, 'fail'],
    ['p95 down is no harm', { measure: 'quantile', q: 0.95, margin: '10%' }, slow, calm, 'pass'],
    ['p95 over a threshold', { measure: 'quantile', q: 0.95, against: { threshold: '300ms' } }, null, slow, 'fail'],
    ['p95 under a threshold', { measure: 'quantile', q: 0.95, against: { threshold: '400ms' } }, null, calm, 'pass'],
  ])('%s', (_, over, baseline, candidate, outcome) => {
    // Counts that never vary would be too good to be true; the noise of the real ones is tested by simulation.
    const { looks } = judge(
      criterion(over),
      times(100, () => one(baseline, candidate)),
    );
    const decided = last(looks);
    expect(decided.outcome).toBe(outcome);
    const worse = criterion(over).better === 'lower' ? 1 : -1;
    const nearest = worse * (outcome === 'fail' ? 1 : -1) > 0 ? decided.low : decided.high;
    expect(nearest === null ? Number.NaN : Math.sign(nearest - (decided.limit as number))).toBe(
      outcome === 'fail' ? worse : -worse,
    );
  });

  test('a candidate that fails every request is failed within three looks, also after days of health', () => {
    const bad = one({ n: 500, k: 5 }, { n: 500, k: 500 });
    const well = (i: number) => one({ n: 500, k: 3 + (i % 5) }, { n: 500, k: 3 + ((i * 3) % 5) });
    expect(
      judge(
        criterion({}),
        times(3, () => bad),
      ).looks.some((l) => l.outcome === 'fail'),
    ).toBe(true);
    const late = judge(criterion({ margin: '0.5pp' }), [...times(1000, well), ...times(3, () => bad)]).looks;
    expect(late.slice(0, 1000).some((l) => l.outcome === 'fail')).toBe(false);
    expect(late.slice(1000).some((l) => l.outcome === 'fail')).toBe(true);
  });
});

describe('gates', () => {
  const calm = one({ n: 500, k: 5 }, { n: 500, k: 5 });
  test('a pass waits for the minimum sample, a failure does not', () => {
    const few = judge(
      criterion({ margin: '1pp', minSamples: 40_000 }),
      times(60, () => calm),
    ).looks;
    expect(last(few)).toMatchObject({ outcome: 'inconclusive', reason: 'too_few', moreSamples: 10_000 });
    const bad = one({ n: 500, k: 5 }, { n: 500, k: 100 });
    expect(
      last(
        judge(
          criterion({ minSamples: 1e9 }),
          times(5, () => bad),
        ).looks,
      ).outcome,
    ).toBe('fail');
  });
  test.each([
    ['candidate_silent', () => one({ n: 500, k: 5 }, null)],
    ['baseline_silent', () => one(null, { n: 500, k: 5 })],
    ['both_silent', () => one(null, null)],
  ] as const)('a pass does not outlive the data: %s', (reason, silence) => {
    const { looks } = judge(criterion({ margin: '1pp' }), [...times(60, () => calm), ...times(6, silence)]);
    expect(looks[59]?.outcome).toBe('pass');
    expect(last(looks)).toMatchObject({ outcome: 'inconclusive', reason });
  });
  test('progress grows to a decision and a forecast shrinks', () => {
    const { looks } = judge(
      criterion({}),
      times(12, () => one({ n: 500, k: 5 }, { n: 500, k: 9 })),
    );
    const [early, later] = [looks[4] as Look, looks[11] as Look];
    expect(later.progress).toBeGreaterThan(early.progress);
    expect(early.moreSamples ?? 0).toBeGreaterThan(0);
  });
  test('a forecast is about what it takes, and none is made from next to nothing', () => {
    const { looks } = judge(
      criterion({}),
      times(60, (i) => one({ n: 500, k: 4 + (i % 3) }, { n: 500, k: 7 + ((i * 2) % 5) })),
    );
    const decided = looks.findIndex((l) => l.outcome === 'fail') + 1;
    const half = looks[Math.floor(decided / 2) - 1] as Look;
    const took = (decided * 500) / 2;
    // Here the data is even, and chance takes nothing over the boundary early.
    expect(half.moreSamples ?? 0).toBeGreaterThan(took / 3);
    expect(half.moreSamples ?? 0).toBeLessThan(took * 2);
    const none = judge(
      criterion({}),
      times(20, () => one({ n: 500, k: 5 }, { n: 500, k: 5 })),
    ).looks;
    expect(last(none)).toMatchObject({ outcome: 'inconclusive', moreSamples: null });
  });
});

describe('the working', () => {
  const given: Array<[string, Partial<CriterionInput>, (i: number) => Map<string, Bin>]> = [
    ['failing', {}, (i) => one({ n: 500, k: 5 }, { n: 500, k: 20 + (i % 3) })],
    ['failing late', {}, (i) => one({ n: 500, k: 3 + (i % 5) }, { n: 500, k: i < 60 ? 5 - (i % 3) : 30 })],
    ['passing', { margin: '1pp' }, (i) => one({ n: 500, k: 5 }, { n: 500, k: 4 + (i % 3) })],
    ['higher is better', { better: 'higher', margin: '10%' }, (i) => one({ n: 90, k: 80 }, { n: 90, k: 60 - (i % 9) })],
    ['means', { measure: 'mean' }, (i) => one({ n: 9, sum: 9, sum2: 12 }, { n: 9, sum: 10 + (i % 2), sum2: 15 })],
    ['gauges', { measure: 'value' }, (i) => one({ values: [5 + (i % 4)] }, { values: [5 + (i % 3)] })],
    [
      'a quantile',
      { measure: 'quantile', q: 0.9, margin: '10%' },
      (i) =>
        one({ bounds: [1, 2, 4, 8], counts: [9, 9, 5, 3, 0] }, { bounds: [1, 2, 4, 8], counts: [9, i % 5, 5, 9, 0] }),
    ],
  ];
  test.each(given)('%s: its numbers give the outcome', (_, over, make) => {
    const { looks } = judge(criterion(over), times(80, make));
    let worked = 0;
    for (const { working, outcome, progress, reason } of looks) {
      if (!working) continue;
      worked++;
      const { s, v, k3, dispersion, free, rho, alpha } = working;
      const bare = exponent({ s, v, k3 }) / dispersion;
      const e = free === null ? bare : ((free + 1) / 2) * Math.log1p((2 * bare) / free);
      expect(working.exponent).toBeCloseTo(e, 9);
      expect(working.needed).toBeCloseTo(exponentNeeded(v / dispersion, rho / dispersion, boundOf(alpha)), 9);
      if (outcome === 'fail' || outcome === 'pass') expect(working.exponent).toBeGreaterThanOrEqual(working.needed);
      if (outcome === 'fail') expect(working.side).toBe(criterion(over).better === 'lower' ? 'above' : 'below');
      if (reason === 'not_yet_clear' && progress < 0.99)
        expect(working.exponent / working.needed).toBeCloseTo(progress, 9);
    }
    expect(worked).toBeGreaterThan(70);
  });
  test('it names the stretch: harm that began late', () => {
    const { looks } = judge(criterion(given[1]?.[1] ?? {}), times(80, (given[1] as (typeof given)[number])[2]));
    expect(looks.find((l) => l.outcome === 'fail')?.working?.fromBin).toBeGreaterThan(40);
  });
  test('what is spent grows with the beginnings and never reaches the whole bound', () => {
    const { looks } = judge(
      criterion({}),
      times(500, () => one({ n: 50, k: 1 }, { n: 50, k: 1 })),
    );
    expect(looks[0]?.spent).toBe(0.75);
    looks.slice(1).forEach((l, i) => {
      expect(l.spent).toBeGreaterThan((looks[i] as Look).spent);
      expect(l.spent).toBeLessThan(1);
    });
  });
});

describe('cohorts', () => {
  const both = (a: [number, number], b: [number, number]) =>
    new Map<string, Bin>([
      ['eu', { at: '', baseline: { n: 500, k: a[0] }, candidate: { n: 500, k: a[1] } }],
      ['us', { at: '', baseline: { n: 500, k: b[0] }, candidate: { n: 500, k: b[1] } }],
    ]);
  test('only the cohort that regressed fails', () => {
    const { state } = judge(
      criterion({}),
      times(20, () => both([5, 30], [5, 5])),
    );
    const { byCohort } = look(state);
    expect(byCohort.get('eu')?.outcome).toBe('fail');
    expect(byCohort.get('us')?.outcome).not.toBe('fail');
  });
  test('each has its own part of the bound, by order of appearance', () => {
    const { state } = judge(criterion({}), [both([5, 5], [5, 5])], 0.006);
    const { byCohort } = look(state);
    expect([byCohort.get('eu')?.alpha, byCohort.get('us')?.alpha]).toEqual([0.003, 0.001]);
  });
  test("a ramp that changes the mix is not an effect (Simpson's paradox)", () => {
    // The candidate is mostly served where errors are common: pooled it looks five times worse.
    const bin = new Map<string, Bin>([
      ['calm', { at: '', baseline: { n: 950, k: 2 }, candidate: { n: 50, k: 0 } }],
      ['rough', { at: '', baseline: { n: 50, k: 5 }, candidate: { n: 950, k: 95 } }],
    ]);
    const { looks } = judge(
      criterion({}),
      times(100, () => bin),
    );
    expect(looks.some((l) => l.outcome === 'fail')).toBe(false);
  });
});

describe('the open bin', () => {
  const bin = one({ n: 500, k: 5 }, { n: 500, k: 60 });
  test('counts at once, and closing it changes no estimate', () => {
    const { state } = judge(
      criterion({}),
      times(3, () => bin),
    );
    const open = look(state, bin).overall;
    expect(open.candidate.n).toBe(2000);
    expect(open.estimate).toBeCloseTo(look(absorb(state, bin)).overall.estimate as number, 12);
  });
  test('looking leaves the state as it was', () => {
    const { state } = judge(
      criterion({}),
      times(3, () => bin),
    );
    const before = JSON.stringify(state);
    look(state, bin);
    absorb(state, bin);
    expect(JSON.stringify(state)).toBe(before);
  });
  test('a silent open bin is held against nobody', () => {
    const { state } = judge(
      criterion({ margin: '1pp' }),
      times(60, () => one({ n: 500, k: 5 }, { n: 500, k: 5 })),
    );
    expect(look(state, one(null, null)).overall.outcome).toBe('pass');
  });
});

test('the state is plain data: written down and read back it judges the same', () => {
  const { state } = judge(
    criterion({}),
    times(30, (i) => one({ n: 500, k: i % 7 }, { n: 500, k: (i * 5) % 11 })),
  );
  const back = JSON.parse(JSON.stringify(state)) as JudgeState;
  const next = one({ n: 500, k: 4 }, { n: 500, k: 9 });
  expect(look(absorb(back, next))).toEqual(look(absorb(state, next)));
});

test('the state does not grow with time', () => {
  const { state } = judge(
    criterion({}),
    times(3000, (i) => one({ n: 50, k: i % 2 }, { n: 50, k: i % 3 ? 0 : 1 })),
  );
  expect(state.overall.track.starts.length).toBeLessThan(50);
});
