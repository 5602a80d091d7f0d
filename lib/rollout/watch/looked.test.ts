/** What a look holds besides outcomes: who was counted, who reported when, how fast it comes, and what went wrong. */
import { describe, expect, test } from 'vitest';
import type { CriterionInput } from '@/lib/criterion/model';
import type { BinRow } from '@/lib/signal/model';
import { parsePlan } from '../plan/plan';
import { binMs, close, enterStage, type Judging, type Looked, lookNow, snapshotOf, startJudging } from './judging';

const bare = { kind: 'guardrail', metric: 'requests', better: 'lower' } as const;
const errors: CriterionInput = { ...bare, name: 'errors', measure: 'share', of: { status: '5xx' } };
const speed: CriterionInput = { ...bare, name: 'speed', measure: 'mean', metric: 'duration', margin: '20ms' };
const planOf = (...criteria: CriterionInput[]) =>
  parsePlan({
    feature: 'f',
    environment: 'e',
    owner: 'o',
    baseline: 'control',
    candidate: 'treatment',
    stages: [{ name: 'half', exposure: { '*': 50 } }],
    criteria,
  });

const start = new Date('2026-01-01T00:00:00Z');
const at = (bin: number) => start.getTime() + bin * binMs;
type Of = { version?: 'control' | 'treatment'; cohort?: string; metric?: string; unit?: string };
function row(bin: number, n: number, of: Of = {}): BinRow {
  const { version = 'treatment', cohort = 'eu', metric = 'requests', unit = '1' } = of;
  const aggregate = { kind: 'sum' as const, n, sum: n, sum2: 2 * n, min: 0, max: 1, last: 1 };
  return { at: at(bin), version, cohort, metric, kind: 'sum', unit, attributes: { status: '200' }, aggregate };
}
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
/** So many requests of each version in each of these bins. */
const both = (bins: number[], candidate = 20, baseline = 30) =>
  bins.flatMap((i) => [row(i, candidate), row(i, baseline, { version: 'control' })]);
function closed(rows: BinRow[], until: number, plan = planOf(errors)): Judging {
  const judging = startJudging(plan, start, start);
  close(judging, rows, at(until));
  return judging;
}
const lookedAt = (judging: Judging, rows: BinRow[] = [], until = at(1000)) => lookNow(judging, rows, until);
const only = (looked: Looked[]) => looked[0] as Looked;

describe('a criterion that cannot be judged', () => {
  // Twenty milliseconds do not fit bytes.
  const plan = planOf(speed, errors);
  const bytes = (i: number) => ['control', 'treatment'].map((v) => row(i, 50, ofSpeed(v, 'By')));
  const seconds = (i: number) => ['control', 'treatment'].map((v) => row(i, 50, ofSpeed(v, 's')));
  const ofSpeed = (version: string, unit: string) => ({ version: version as 'control', metric: 'duration', unit });

  test('in an open bin: the look says why, the others are judged, nothing is remembered', () => {
    const judging = startJudging(plan, start, start);
    const [broken, well] = lookedAt(judging, [...bytes(0), ...both([0])]);
    expect(broken?.error).toMatchObject({ code: 'bad_input', fields: [{ field: 'margin' }] });
    expect(broken?.overall).toBeNull();
    expect(well?.error).toBeNull();
    expect(well?.overall?.candidate.n).toBe(20);
    expect(judging.criteria[0]?.error).toBeNull();
    expect(lookedAt(judging, seconds(0))[0]).toMatchObject({ error: null, overall: { candidate: { n: 50 } } });
  });
  test('in a closed bin: the error stays, whatever comes after', () => {
    const judging = closed([...bytes(0), ...both([0])], 1, plan);
    const error = judging.criteria[0]?.error;
    expect(error).toMatchObject({ code: 'bad_input' });
    close(judging, [...seconds(1), ...both([1])], at(2));
    expect(judging.criteria[0]).toMatchObject({ state: null, recent: [], counts: new Map() });
    const [broken, well] = lookedAt(judging, [...seconds(2), ...both([2])]);
    expect(broken).toMatchObject({ overall: null, byCohort: new Map(), counts: new Map() });
    expect(broken?.error).toBe(error);
    expect(well?.overall?.candidate.n).toBe(60);
  });
  test('there is nothing to say before the first row, and that is no error', () => {
    expect(only(lookedAt(closed([], 5)))).toMatchObject({ overall: null, error: null, byCohort: new Map() });
  });
});

describe('the bound', () => {
  const alphas = (...criteria: CriterionInput[]) =>
    lookedAt(closed(both([0]), 1, planOf(...criteria))).map((l) => l.overall?.alpha);
  const diagnostic = { ...errors, kind: 'diagnostic' } as const;
  test('a diagnostic takes nothing of it', () => {
    expect(alphas(errors)).toEqual([0.005]);
    expect(alphas(errors, { ...diagnostic, name: 'd' }, { ...diagnostic, name: 'e' })).toEqual([0.005, 0.005, 0.005]);
    expect(alphas(errors, { ...errors, kind: 'success', name: 's' })).toEqual([0.0025, 0.0025]);
  });
});

describe('the pace', () => {
  test.each<[string, BinRow[], number, Array<[string, number]>]>([
    ['twenty a bin', both(range(0, 30)), 30, [['eu', 2]]],
    ['before two minutes have passed', both(range(0, 3)), 3, [['eu', 2]]],
    ['only the last two minutes count', [...both(range(0, 18), 500), ...both(range(18, 30))], 30, [['eu', 2]]],
    ['silence since counts as time', both(range(20, 25)), 30, [['eu', 1]]],
    ['the first bin of the two minutes', both([18], 240), 30, [['eu', 2]]],
    ['the one before it', both([17]), 30, []],
    [
      'each cohort its own',
      [...both(range(0, 12)), ...range(8, 12).map((i) => row(i, 60, { cohort: 'us' }))],
      12,
      [
        ['eu', 2],
        ['us', 2],
      ],
    ],
    ['the baseline has none', range(0, 12).map((i) => row(i, 9, { version: 'control' })), 12, [['eu', 0]]],
    ['nothing', [], 12, []],
  ])('%s', (_, rows, until, want) => expect([...only(lookedAt(closed(rows, until))).pace]).toEqual(want));
  test('is that of closed bins: what is still filling is not in it', () =>
    expect([...only(lookedAt(closed(both(range(0, 12)), 12), both([12], 9000))).pace]).toEqual([['eu', 2]]));
  test('no more is remembered than it takes', () => {
    const recent = closed(both(range(0, 40)), 40).criteria[0]?.recent ?? [];
    expect(recent.map((r) => r.at)).toEqual(range(28, 40).map(at));
  });
});

describe('the counts of a stage', () => {
  const counts = (judging: Judging, rows: BinRow[] = []) => Object.fromEntries(only(lookedAt(judging, rows)).counts);
  test('hold both arms, the bins that had any, and the squares that the split needs', () => {
    const rows = [...both([0, 1]), row(2, 5), row(3, 5, { version: 'control' }), row(4, 0)];
    // 20²/50 twice, 5²/5 and nothing
    expect(counts(closed(rows, 5))).toEqual({ eu: { candidate: 45, baseline: 65, bins: 4, squares: 8 + 8 + 5 } });
  });
  test('open bins are in them, once', () => {
    const judging = closed(both([0]), 1);
    expect(counts(judging, both([1]))).toMatchObject({ eu: { candidate: 40, bins: 2 } });
    expect(counts(judging)).toMatchObject({ eu: { candidate: 20, bins: 1 } });
  });
  test.each([
    ['at a bin: with it', 0, 3],
    ['within one: from the next on', 3_000, 2],
    ['at its last moment: from the next on', 9_999, 2],
  ])('a stage that begins %s', (_, after, bins) => {
    const begun = () => startJudging(planOf(errors), start, new Date(at(2) + after));
    expect(counts(begun(), both(range(0, 5)))).toMatchObject({ eu: { bins } });
    const judging = begun();
    close(judging, both(range(0, 5)), at(5));
    expect(counts(judging)).toMatchObject({ eu: { bins } });
  });
  test('another stage begins with none, the same one keeps its own', () => {
    const judging = closed(both(range(0, 5)), 5);
    const windows = [{ at: at(0), stage: 0 }];
    enterStage(judging, start, windows);
    expect(judging.windows).toBe(windows);
    expect(counts(judging)).toMatchObject({ eu: { bins: 5 } });
    enterStage(judging, new Date(at(5)));
    expect(judging.windows).toBe(windows);
    expect(counts(judging)).toEqual({});
    // What is known of the criterion stays.
    expect(only(lookedAt(judging)).overall?.candidate.n).toBe(100);
  });
});

describe('open bins', () => {
  test('count every one, in their own order, whatever order they come in', () => {
    const judging = closed(both(range(0, 5)), 5);
    const open = both(range(5, 9));
    const want = lookedAt(judging, open);
    expect(only(want).overall?.candidate.n).toBe(180);
    expect(lookedAt(judging, open.toReversed())).toEqual(want);
    close(judging, both(range(0, 9)).toReversed(), at(9));
    expect(only(lookedAt(judging)).reports).toEqual(only(want).reports);
  });
  test('what is closed already is not counted again', () =>
    expect(only(lookedAt(closed(both(range(0, 5)), 5), both(range(0, 6)))).overall?.candidate.n).toBe(120));
});

describe('who reported when', () => {
  const reports = (judging: Judging, rows: BinRow[] = []) => only(lookedAt(judging, rows)).reports;
  const late = [0, 6, 9, 10].flatMap((i) => (i < 9 ? both([i]) : [row(i, 5)]));
  const want = {
    baseline: { last: at(6), gapsMs: [60_000] },
    candidate: { last: at(10), gapsMs: [60_000, 30_000, 10_000] },
  };
  test('each arm, the gaps between its bins', () => {
    expect(reports(closed([], 3))).toEqual({
      baseline: { last: null, gapsMs: [] },
      candidate: { last: null, gapsMs: [] },
    });
    expect(reports(closed(late, 20))).toEqual(want);
  });
  test('an arm reported where any cohort had it', () => {
    const apart = [row(0, 5), row(0, 5, { version: 'control', cohort: 'us' })];
    expect(reports(closed(apart, 1))).toMatchObject({ baseline: { last: at(0) }, candidate: { last: at(0) } });
  });
  test('in the order of time, whichever cohort is named first', () => {
    const apart = [...both([1]), row(0, 5, { cohort: 'us' }), row(0, 5, { version: 'control', cohort: 'us' })];
    const want = { last: at(1), gapsMs: [binMs] };
    expect(reports(closed(apart, 2))).toEqual({ baseline: want, candidate: want });
    expect(reports(closed([], 0), apart)).toEqual({ baseline: want, candidate: want });
  });
  test('open bins as well, and looking does not remember them', () => {
    const judging = closed(late, 3);
    const before = structuredClone(judging.criteria[0]?.reports);
    expect(reports(judging, late)).toEqual(want);
    expect(judging.criteria[0]?.reports).toEqual(before);
  });
  test('a snapshot keeps what was reported by then', () => {
    const judging = closed(late, 3);
    const before = snapshotOf(judging);
    close(judging, late, at(20));
    expect(before.criteria[0]?.reports.candidate).toEqual({ last: at(0), gapsMs: [] });
    expect(before.criteria[0]?.reports.baseline).toEqual({ last: at(0), gapsMs: [] });
    expect(judging.criteria[0]?.reports).toEqual(want);
  });
  test('the last eight gaps', () => {
    const rows = range(0, 11).flatMap((i) => both([(i * (i + 1)) / 2]));
    expect(reports(closed(rows, 60)).candidate.gapsMs).toEqual(range(3, 11).map((i) => i * binMs));
  });
});

describe('closing', () => {
  test('what is closed once is not closed again', () => {
    const judging = closed(both(range(0, 5)), 5);
    close(judging, both(range(0, 5)), at(5));
    close(judging, both(range(0, 5)), at(3));
    expect(judging.openFrom).toBe(at(5));
    expect(only(lookedAt(judging)).overall?.candidate.n).toBe(100);
  });
  test('a bin that has not ended stays open, and silence closes bins as well', () => {
    const judging = closed(both(range(0, 5)), 0);
    close(judging, both(range(0, 5)), at(3) + 9_999);
    expect(judging.openFrom).toBe(at(3));
    expect(only(lookedAt(judging)).overall?.candidate.n).toBe(60);
    close(judging, [], at(9));
    expect(judging.openFrom).toBe(at(9));
  });
  test('sums are kept of ten minutes', () => {
    const judging = closed(both(range(0, 70)), 70);
    expect([...judging.sums.keys()]).toEqual(range(10, 70).map(at));
    expect(judging.sums.get(at(10))).toBe(100);
  });
  test('bins are as long as they are told to be', () => {
    const judging = startJudging(planOf(errors), new Date(at(7)), new Date(at(7)), 60_000);
    expect(judging).toMatchObject({ openFrom: at(6), stageFrom: at(12) });
    close(judging, both(range(6, 30)), at(29));
    expect(judging.openFrom).toBe(at(24));
    // Twenty in every ten seconds, whatever they are counted in.
    expect(only(lookedAt(judging)).pace.get('eu')).toBe(2);
    expect(only(lookedAt(judging)).width).toBe(60_000);
  });
});

test('a rate of the open bin is over the seconds that have passed', () => {
  const rate: CriterionInput = { ...bare, name: 'rate', measure: 'rate', against: { threshold: 9 } };
  const judging = startJudging(planOf(rate), start, start);
  expect(only(lookedAt(judging, [row(0, 20)], at(0) + 4_000)).overall?.candidate.value).toBe(5);
  close(judging, [row(0, 20)], at(1));
  expect(only(lookedAt(judging, [], at(0) + 4_000)).overall?.candidate.value).toBe(2);
});
