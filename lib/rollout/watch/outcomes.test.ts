/** From looks to outcomes and to the split, without any bins: each rule on its own, at its edge. */
import { describe, expect, test } from 'vitest';
import { plan } from '@/e2e/design-plan';
import { type Criterion, criterionInput, type Look, type OutcomeKind, type OutcomeReason } from '@/lib/criterion/model';
import type { FindingKind } from '@/lib/signal/model';
import type { Plan, Stage } from '../model';
import { type Health, outcomesOf, splitOf, stageSamples } from './evidence';
import type { Counts, Looked } from './judging';

const now = new Date('2026-01-01T12:00:00Z');
const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000);
const criterion = (over: object = {}): Criterion =>
  criterionInput.parse({
    name: 'errors',
    kind: 'guardrail',
    measure: 'share',
    of: { s: '5xx' },
    metric: 'requests',
    better: 'lower',
    ...over,
  });
const alone = criterion({ against: { threshold: '1%' } });
const found = (outcome: OutcomeKind, reason: OutcomeReason, moreSamples: number | null = null): Look => ({
  outcome,
  reason,
  estimate: 0.1,
  low: null,
  high: null,
  limit: 0,
  baseline: null,
  candidate: { n: 9, value: null },
  progress: 0.5,
  moreSamples,
  alpha: 0.01,
  spent: 0.75,
  working: null,
});
const recent = { last: now.getTime() - 12_000, gapsMs: [] };
const looked = (over: Partial<Looked> = {}): Looked => ({
  criterion: criterion(),
  overall: found('pass', 'decided'),
  byCohort: new Map(),
  counts: new Map(),
  pace: new Map(),
  reports: { candidate: recent, baseline: recent },
  width: 10_000,
  error: null,
  ...over,
});
const well: Health = {
  findings: [],
  freshness: { lastAt: now, receiverAliveAt: now },
  startedAt: ago(3600),
  now,
};
function said(over: Partial<Looked>, health: Partial<Health> = {}): string {
  const [first] = outcomesOf([looked(over)], { ...well, ...health });
  return `${first?.outcome} ${first?.reason}`;
}

describe('an outcome', () => {
  test('overall first, then each cohort; points without a cohort have no cell', () => {
    const byCohort = new Map([
      ['eu', found('fail', 'decided')],
      ['', found('fail', 'decided')],
      ['us', found('pass', 'decided')],
    ]);
    const all = outcomesOf([looked({ byCohort }), looked({ criterion: criterion({ name: 'other' }) })], well);
    expect(all.map((o) => [o.criterion, o.cohort, o.outcome])).toEqual([
      ['errors', null, 'pass'],
      ['errors', 'eu', 'fail'],
      ['errors', 'us', 'pass'],
      ['other', null, 'pass'],
    ]);
    expect(all[0]).toMatchObject({ kind: 'guardrail', measure: 'share', estimate: 0.1, alpha: 0.01 });
  });
  test('what was never looked at has no data', () => {
    const [compared] = outcomesOf([looked({ overall: null })], well);
    expect(compared).toEqual({
      ...found('no_data', 'no_observations'),
      estimate: null,
      limit: null,
      baseline: { n: 0, value: null },
      candidate: { n: 0, value: null },
      progress: 0,
      alpha: 0,
      spent: 0,
      expectedAt: null,
      criterion: 'errors',
      kind: 'guardrail',
      measure: 'share',
      cohort: null,
    });
    expect(outcomesOf([looked({ overall: null, criterion: alone })], well)[0]?.baseline).toBeNull();
  });
  test('an error is no answer, whatever was found', () =>
    expect(said({ error: new Error('broken') })).toBe('inconclusive errored'));
});

describe('silence', () => {
  const quiet = (seconds: number, gapsMs: number[] = []) => ({ last: now.getTime() - seconds * 1000 - 10_000, gapsMs });
  test.each<[string, Partial<Looked>, string]>([
    [
      '30 s after its bin ended nobody is silent',
      { reports: { candidate: quiet(30), baseline: quiet(30) } },
      'pass decided',
    ],
    [
      'a moment later the candidate is',
      { reports: { candidate: quiet(30.001), baseline: recent } },
      'inconclusive candidate_silent',
    ],
    ['or the baseline', { reports: { candidate: recent, baseline: quiet(31) } }, 'inconclusive baseline_silent'],
    ['or both', { reports: { candidate: quiet(31), baseline: quiet(31) } }, 'inconclusive both_silent'],
    [
      'who never spoke is',
      { reports: { candidate: { last: null, gapsMs: [] }, baseline: recent } },
      'inconclusive candidate_silent',
    ],
    [
      'three times the usual gap is usual',
      { reports: { candidate: quiet(60, [5_000, 20_000, 20_000]), baseline: recent } },
      'pass decided',
    ],
    [
      'more is not',
      { reports: { candidate: quiet(61, [60_000, 20_000, 5_000]), baseline: recent } },
      'inconclusive candidate_silent',
    ],
    ['a wide bin ends later', { width: 20_000, reports: { candidate: quiet(40), baseline: recent } }, 'pass decided'],
    [
      'against a threshold it is stale',
      { criterion: alone, reports: { candidate: quiet(31), baseline: quiet(31) } },
      'inconclusive stale',
    ],
    [
      'where the baseline’s silence is nothing',
      { criterion: alone, reports: { candidate: recent, baseline: quiet(99) } },
      'pass decided',
    ],
  ])('%s', (_, over, want) => expect(said(over)).toBe(want));
  const silent = { reports: { candidate: quiet(60), baseline: recent } };
  test.each([
    [15, 'candidate_silent'],
    [15.001, 'receiver_down'],
  ])('our own receiver, heard %d s ago', (seconds, reason) =>
    expect(said(silent, { freshness: { lastAt: now, receiverAliveAt: ago(seconds) } })).toBe(`inconclusive ${reason}`),
  );
  test('a receiver that nobody knows of is not blamed', () =>
    expect(said(silent, { freshness: { lastAt: now, receiverAliveAt: null } })).toBe('inconclusive candidate_silent'));
  test('a receiver that is down while all is heard is nothing', () =>
    expect(said({}, { freshness: { lastAt: now, receiverAliveAt: ago(60) } })).toBe('pass decided'));
  test.each<[OutcomeKind, OutcomeReason, string]>([
    ['pass', 'decided', 'inconclusive candidate_silent'],
    ['fail', 'decided', 'fail decided'],
    ['inconclusive', 'not_yet_clear', 'inconclusive candidate_silent'],
    ['inconclusive', 'too_few', 'inconclusive candidate_silent'],
    ['inconclusive', 'not_measurable', 'inconclusive not_measurable'],
    ['no_data', 'no_observations', 'no_data no_observations'],
  ])('makes of %s, %s', (outcome, reason, want) =>
    expect(said({ ...silent, overall: found(outcome, reason) })).toBe(want),
  );
  test('no data while the receiver is down is because of that', () => {
    const down = { freshness: { lastAt: now, receiverAliveAt: ago(60) } };
    expect(said({ ...silent, overall: found('no_data', 'no_observations') }, down)).toBe('no_data receiver_down');
  });
});

describe('doubt', () => {
  const finding = (kind: FindingKind, metric = 'requests', lastAt = ago(60)) => ({
    findings: [{ kind, environment: 'e', feature: 'f', metric, detail: '', firstAt: ago(999), lastAt, count: 1 }],
  });
  test.each<[string, Partial<Health>, string]>([
    ['overflow', finding('overflow'), 'inconclusive overflow'],
    ['a budget of series', finding('series_budget'), 'inconclusive overflow'],
    ['units', finding('unit_conflict'), 'inconclusive unit_conflict'],
    ['two writers', finding('single_writer_violation'), 'inconclusive writers_overlap'],
    ['of everything', finding('overflow', ''), 'inconclusive overflow'],
    ['of another metric', finding('overflow', 'other'), 'pass decided'],
    ['ten minutes old', finding('overflow', 'requests', ago(600)), 'inconclusive overflow'],
    ['older', finding('overflow', 'requests', ago(601)), 'pass decided'],
    ['of before the rollout', { ...finding('overflow'), startedAt: ago(59) }, 'pass decided'],
  ])('%s', (_, health, want) => expect(said({}, health)).toBe(want));
  test('of the counter below the line', () => {
    const ratio = criterion({ measure: 'ratio', of: undefined, per: 'all' });
    expect(said({ criterion: ratio }, finding('overflow', 'all'))).toBe('inconclusive overflow');
  });
  test.each<[OutcomeKind, OutcomeReason, string]>([
    ['fail', 'decided', 'inconclusive overflow'],
    ['inconclusive', 'not_yet_clear', 'inconclusive overflow'],
    ['inconclusive', 'not_measurable', 'inconclusive not_measurable'],
    ['no_data', 'no_observations', 'no_data no_observations'],
  ])('makes of %s, %s', (outcome, reason, want) =>
    expect(said({ overall: found(outcome, reason) }, finding('overflow'))).toBe(want),
  );
});

describe('a rate whose parts nobody planned', () => {
  const rate = criterion({ measure: 'rate', of: undefined });
  const nothing = found('no_data', 'no_observations');
  test.each<[string, Partial<Looked>, string]>([
    ['is not measurable', { criterion: rate, overall: nothing }, 'inconclusive not_measurable'],
    ['a share is silent', { overall: nothing }, 'no_data no_observations'],
    [
      'against a threshold it is silent',
      { criterion: criterion({ measure: 'rate', of: undefined, against: { threshold: 5 } }), overall: nothing },
      'no_data no_observations',
    ],
    [
      'nor if the candidate never spoke',
      { criterion: rate, overall: nothing, reports: { candidate: { last: null, gapsMs: [] }, baseline: recent } },
      'no_data no_observations',
    ],
    [
      'nor if the baseline never did',
      { criterion: rate, overall: nothing, reports: { baseline: { last: null, gapsMs: [] }, candidate: recent } },
      'no_data no_observations',
    ],
    ['what is measured stays', { criterion: rate }, 'pass decided'],
  ])('%s', (_, over, want) => expect(said(over)).toBe(want));
});

describe('when a decision is expected', () => {
  const open = found('inconclusive', 'not_yet_clear', 600);
  const pace = new Map([
    ['eu', 2],
    ['us', 4],
  ]);
  const expected = (over: Partial<Looked>) => outcomesOf([looked({ pace, ...over })], well).map((o) => o.expectedAt);
  test('at the pace of all cohorts, or of its own', () =>
    expect(expected({ overall: open, byCohort: new Map([['eu', open]]) })).toEqual([
      '2026-01-01T12:01:40.000Z',
      '2026-01-01T12:05:00.000Z',
    ]));
  test.each<[string, Partial<Looked>]>([
    ['it is decided', { overall: { ...open, outcome: 'pass' } }],
    ['it failed', { overall: { ...open, outcome: 'fail' } }],
    ['nobody can say how many', { overall: { ...open, moreSamples: null } }],
    ['nothing comes', { overall: open, pace: new Map() }],
    ['it is too far', { overall: { ...open, moreSamples: 1e12 } }],
  ])('never where %s', (_, over) => expect(expected(over)).toEqual([null]));
});

const counts = (candidate: number, baseline: number): Counts => {
  const n = candidate + baseline;
  return { candidate, baseline, bins: 100, squares: n > 0 ? (candidate * candidate) / n + n / 400 : 0 };
};
test('samples of the stage: of the criterion that sees most', () => {
  expect(stageSamples([])).toBe(0);
  const few = looked({ counts: new Map([['eu', counts(5, 9)]]) });
  const many = looked({
    counts: new Map([
      ['eu', counts(7, 1)],
      ['us', counts(8, 1)],
    ]),
  });
  expect(stageSamples([few, many, few])).toBe(15);
});

describe('the split', () => {
  const staged = (...exposures: Array<Record<string, number>>): Plan => ({
    ...plan,
    stages: exposures.map((exposure) => ({ ...(plan.stages[0] as Stage), exposure })),
  });
  const of = (given: Plan, cells: Array<[string, Counts]>, withdrawn?: string[]) =>
    splitOf(given, 0, [looked({ counts: new Map(cells) })], withdrawn).map(({ cohort, planned, observed, n }) => [
      cohort,
      planned,
      observed,
      n,
    ]);
  test('of each cohort that the plan exposes, seen or not', () =>
    expect(of(staged({ beta: 25, eu: 50, none: 0 }), [['beta', counts(30, 90)]])).toEqual([
      ['beta', 25, 25, 120],
      ['eu', 50, null, 0],
    ]));
  test('of those that everybody’s share exposes', () =>
    expect(
      of(staged({ '*': 50 }), [
        ['us', counts(1, 3)],
        ['', counts(2, 2)],
      ]),
    ).toEqual([
      ['us', 50, 25, 4],
      ['*', 50, 50, 4],
    ]));
  test('points without a cohort tell nothing where cohorts are planned apart', () =>
    expect(of(staged({ beta: 25, '*': 50 }), [['', counts(2, 2)]])).toEqual([['beta', 25, null, 0]]));
  test('not of cohorts that were taken back', () =>
    expect(of(staged({ beta: 25, eu: 50 }), [['eu', counts(2, 2)]], ['beta'])).toEqual([['eu', 50, 50, 4]]));
  test('without anything seen', () => expect(splitOf(staged({ beta: 25 }), 0, [])).toMatchObject([{ n: 0, ok: null }]));
  test('on the criterion with the most, the first of equals, and never on values', () => {
    const cell = (candidate: number, baseline: number, over: object = {}) =>
      looked({ criterion: criterion(over), counts: new Map([['beta', counts(candidate, baseline)]]) });
    const value = { measure: 'value', of: undefined };
    const all = [cell(10, 10), cell(30, 10), cell(10, 30), cell(900, 900, value)];
    expect(splitOf(staged({ beta: 25 }), 0, all)[0]).toMatchObject({ n: 40, observed: 75 });
  });
  test.each([
    [10_000, 10_000, true],
    [12_000, 8_000, false],
    [10, 10, null],
  ])('planned in halves, %i and %i: %s', (candidate, baseline, ok) =>
    expect(
      splitOf(staged({ beta: 50 }), 0, [looked({ counts: new Map([['beta', counts(candidate, baseline)]]) })])[0]?.ok,
    ).toBe(ok),
  );
});
