/** What is remembered of who was heard, of which cohort there is, and what each may spend. */
import { describe, expect, test } from 'vitest';
import { boundsOf } from '@/lib/stats/evidence';
import { absorb, type JudgeState, look, startJudge } from './judge';
import { failPart } from './look';
import { type Arm, type Bin, type CriterionInput, criterionInput } from './model';

const criterion = (over: Partial<CriterionInput> = {}) =>
  criterionInput.parse({
    name: 'c',
    kind: 'guardrail',
    metric: 'm',
    measure: 'share',
    of: { status: '5xx' },
    better: 'lower',
    ...over,
  });
const begun = (over: Partial<CriterionInput> = {}) => startJudge(criterion(over), { alpha: 0.012 });
const [some, none]: [Arm, Arm] = [
  { n: 5, k: 1 },
  { n: 0, k: 0 },
];
type Heard = [candidate: Arm | null, baseline: Arm | null];
const bins = (of: Record<string, Heard>) =>
  new Map(
    Object.entries(of).map(([cohort, [candidate, baseline]]): [string, Bin] => [
      cohort,
      { at: '2026-01-01T00:00:00Z', candidate, baseline },
    ]),
  );
const absorbed = (all: Array<Record<string, Heard>>, over: Partial<CriterionInput> = {}): JudgeState =>
  all.reduce((state, of) => absorb(state, bins(of)), begun(over));
const arm = (bins: number, n: number, silent: number) => ({ bins, n, silent });

describe('who was heard', () => {
  test.each<[string, Array<Record<string, Heard>>, JudgeState['overall']['heard']]>([
    ['nobody yet', [], { candidate: arm(0, 0, 0), baseline: arm(0, 0, 0), together: 0 }],
    ['both', [{ eu: [some, some] }], { candidate: arm(1, 5, 0), baseline: arm(1, 5, 0), together: 1 }],
    ['one', [{ eu: [some, null] }], { candidate: arm(1, 5, 0), baseline: arm(0, 0, 1), together: 0 }],
    ['the other', [{ eu: [null, some] }], { candidate: arm(0, 0, 1), baseline: arm(1, 5, 0), together: 0 }],
    [
      'an empty arm is silent',
      [{ eu: [none, some] }],
      { candidate: arm(0, 0, 1), baseline: arm(1, 5, 0), together: 0 },
    ],
    ['a bin of nobody', [{}], { candidate: arm(0, 0, 1), baseline: arm(0, 0, 1), together: 0 }],
    [
      'two cohorts in one bin',
      [{ eu: [some, some], us: [some, null] }],
      { candidate: arm(1, 10, 0), baseline: arm(1, 5, 0), together: 1 },
    ],
    [
      'two cohorts that each have one arm',
      [{ eu: [some, null], us: [null, some] }],
      { candidate: arm(1, 5, 0), baseline: arm(1, 5, 0), together: 0 },
    ],
    [
      'silence is counted from the last time',
      [{ eu: [some, some] }, {}, {}],
      { candidate: arm(1, 5, 2), baseline: arm(1, 5, 2), together: 1 },
    ],
    [
      'and ends',
      [{ eu: [some, some] }, {}, { eu: [some, null] }],
      { candidate: arm(2, 10, 0), baseline: arm(1, 5, 2), together: 1 },
    ],
  ])('%s', (_, all, want) => expect(absorbed(all).overall.heard).toEqual(want));

  test('a cohort that is not in the bin is silent in it', () => {
    const { cohorts } = absorbed([{ eu: [some, some] }, { us: [some, some] }]);
    expect(cohorts.map((c) => [c.cohort, c.strand.heard.candidate])).toEqual([
      ['eu', arm(1, 5, 1)],
      ['us', arm(1, 5, 0)],
    ]);
  });
  const quiet = [{ eu: [some, some] }, {}, {}, {}, {}, {}] as Array<Record<string, Heard>>;
  test('an open bin ends a silence, and is none while it is empty', () => {
    const state = absorbed(quiet);
    const reason = (open?: Record<string, Heard>) => look(state, open && bins(open)).overall.reason;
    expect(reason()).toBe('both_silent');
    expect(reason({ eu: [none, none] })).toBe('both_silent');
    expect(reason({ eu: [some, null] })).toBe('baseline_silent');
    expect(reason({ eu: [some, some] })).toBe('not_yet_clear');
    const one = absorbed(quiet.slice(0, 5));
    expect(look(one, bins({ eu: [none, none] })).overall.reason).toBe('not_yet_clear');
  });
});

describe('cohorts', () => {
  test('are judged each, and whoever is in none is part of the whole only', () => {
    const state = absorbed([{ '': [some, some], eu: [some, some] }]);
    expect(state.cohorts.map((c) => c.cohort)).toEqual(['eu']);
    const { overall, byCohort } = look(state);
    expect([...byCohort.keys()]).toEqual(['eu']);
    expect([overall.candidate.n, byCohort.get('eu')?.candidate.n]).toEqual([10, 5]);
  });
  test('count their own bins only', () => {
    const state = absorbed([{ eu: [some, some] }, { eu: [some, some], us: [some, some] }]);
    const { byCohort } = look(state);
    expect([...byCohort].map(([cohort, l]) => [cohort, l.candidate.n])).toEqual([
      ['eu', 10],
      ['us', 5],
    ]);
    expect(state.bins).toBe(2);
  });
  test('that appear in the open bin are looked at as they will be once it is closed', () => {
    const state = absorbed([{ eu: [some, some], us: [some, some] }]);
    const open = { '': [some, some], us: [some, some], asia: [some, some], africa: [some, some] } as const;
    const { overall, byCohort } = look(state, bins(open as unknown as Record<string, Heard>));
    const half = 0.012 / 2;
    expect([...byCohort].map(([cohort, l]) => [cohort, l.candidate.n, l.alpha])).toEqual(
      [
        ['eu', 5, half],
        ['us', 10, half / 3],
        ['asia', 5, half / 6],
        ['africa', 5, half / 10],
      ].map(([cohort, n, alpha]) => [cohort, n, expect.closeTo(alpha as number, 15)]),
    );
    expect(overall.candidate.n).toBe(30);
    const closed = absorb(state, bins(open as unknown as Record<string, Heard>));
    expect(closed.cohorts.map((c) => c.strand.alpha)).toEqual([...byCohort.values()].map((l) => l.alpha));
  });
});

describe('what a strand may spend', () => {
  test('the largest part for failing, three quarters of it from the beginning; the rest for passing', () => {
    const { overall } = begun();
    expect(overall.alpha).toBe(0.012);
    expect(overall.fail).toEqual(boundsOf(0.012 * failPart * 0.75));
    expect(overall.pass).toEqual(boundsOf(0.012 * (1 - failPart)));
  });
  test('windows are remembered of a burn rate only', () => {
    const burn = { measure: 'burn_rate', objective: 0.999 } as const;
    expect(absorbed([{ eu: [some, some] }]).overall.burn).toBeNull();
    expect(absorbed([{ eu: [some, some] }], burn).overall.burn).toMatchObject({ newest: Date.UTC(2026, 0, 1) });
    expect(absorbed([{ eu: [some, some] }], burn).cohorts[0]?.strand.burn?.starts).toHaveLength(1);
  });
  test('nothing changes without a bin but the silence', () => {
    const [before, after] = [absorbed([{ eu: [some, some] }]), absorbed([{ eu: [some, some] }, {}])];
    expect(after.overall.track).toEqual(before.overall.track);
    expect(after.cohorts[0]?.strand.track).toEqual(before.cohorts[0]?.strand.track);
  });
});

test('the unit is that of the metric, none unless it is known', () => {
  const mean = criterion({ measure: 'mean', of: undefined, margin: '20ms' });
  expect(startJudge(mean, { alpha: 0.01, unit: 's' })).toMatchObject({ unit: 's', question: { limit: 0.02 } });
  expect(() => startJudge(mean, { alpha: 0.01 })).toThrow(/does not fit the unit ""/);
  expect(startJudge(criterion(), { alpha: 0.01, unit: 's' }).unit).toBe('1');
});
