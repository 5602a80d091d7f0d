import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BinRow } from '@/lib/signal/model';
import { decide } from '../decide';
import { parsePlan } from '../plan/plan';
import { outcomesOf, splitOf, stageSamples } from './evidence';
import { binMs, close, enterStage, type Judging, lateData, lookNow, snapshotOf, startJudging } from './judging';
import { fromKept, toKept } from './kept';
import type { StageWindow } from './windows';

const planText = `
feature: f
environment: e
owner: o
baseline: control
candidate: treatment
stages: [ { name: half, exposure: { "*": 50 } }, { name: most, exposure: { "*": 90 } } ]
criteria:
  - { name: errors, kind: guardrail, measure: share, metric: requests, of: { status: 5xx }, better: lower, margin: 1pp }
  - { name: orders, kind: success, measure: ratio, metric: orders, per: requests, better: higher, margin: 5% }
`;
const plan = parsePlan(planText);
const start = new Date('2026-01-01T00:00:00Z');
const at = (bin: number) => start.getTime() + bin * binMs;

function row(bin: number, version: string, cohort: string, status: string, n: number, metric = 'requests'): BinRow {
  const attributes = { status };
  const aggregate = {
    kind: 'sum' as const,
    n,
    sum: Number.NaN,
    sum2: Number.NaN,
    min: Number.NaN,
    max: Number.NaN,
    last: Number.NaN,
  };
  return { at: at(bin), version, cohort, metric, kind: 'sum', unit: '1', attributes, aggregate };
}
/** One bin of traffic; `bad` of 100 candidate requests fail. */
function bin(i: number, bad: number, cohort = 'eu'): BinRow[] {
  return [
    row(i, 'control', cohort, '200', 990),
    row(i, 'control', cohort, '500', 10),
    row(i, 'treatment', cohort, '200', 1000 - 10 * bad),
    row(i, 'treatment', cohort, '500', 10 * bad),
    row(i, 'control', cohort, '200', 100, 'orders'),
    row(i, 'treatment', cohort, '200', 100, 'orders'),
  ];
}
const bins = (n: number, bad: (i: number) => number, cohort?: string) =>
  Array.from({ length: n }, (_, i) => bin(i, bad(i), cohort)).flat();
const fresh = () => startJudging(plan, start, start);
const closed = (rows: BinRow[], until: number): Judging => {
  const judging = fresh();
  close(judging, rows, at(until));
  return judging;
};
const looks = (judging: Judging, rows: BinRow[] = []) =>
  lookNow(judging, rows, at(1000)).map((l) => ({ ...l, criterion: l.criterion.name }));

const minute = new Date(at(60));
const expected = (judging: Judging) =>
  outcomesOf(lookNow(judging, [], at(60)), {
    findings: [],
    freshness: { lastAt: minute, receiverAliveAt: minute },
    startedAt: start,
    now: minute,
  });

describe('the forecast', () => {
  it('is the rest of the samples at the rate of the last two minutes', () => {
    // Ten requests a bin for a while, then a thousand: what counts is how fast they come now.
    const slow = Array.from({ length: 48 }, (_, i) => [
      row(i, 'control', 'eu', '500', 10),
      row(i, 'treatment', 'eu', '200', 5),
      row(i, 'treatment', 'eu', '500', 5),
    ]).flat();
    const fast = Array.from({ length: 12 }, (_, i) => bin(48 + i, 1 + (i % 3))).flat();
    const [overall] = expected(closed([...slow, ...fast], 60));
    expect(overall?.moreSamples).toBeGreaterThan(0);
    const seconds = (Date.parse(overall?.expectedAt ?? '') - minute.getTime()) / 1000;
    expect(seconds).toBeCloseTo((overall?.moreSamples ?? 0) / 100, 1);
  });
  it('says nothing where nothing comes any more, or where it is decided', () => {
    const silent = expected(
      closed(
        bins(20, () => 1),
        60,
      ),
    );
    expect(silent.map((o) => o.expectedAt)).toEqual(silent.map(() => null));
    const [failed] = expected(
      closed(
        bins(60, () => 30),
        60,
      ),
    );
    expect(failed).toMatchObject({ outcome: 'fail', expectedAt: null });
  });
});

describe('judging', () => {
  it('comes to the same however the bins come in', () => {
    const rows = bins(30, (i) => 1 + (i % 3), 'eu').concat(bins(30, () => 1, 'us'));
    const whole = looks(closed(rows, 30));
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 29 }), { maxLength: 8 }), fc.nat(), (stops, seed) => {
        const shuffled = [...rows].sort(
          (a, b) => ((a.at + a.aggregate.n + seed) % 7) - ((b.at + b.aggregate.n + seed) % 7),
        );
        const judging = fresh();
        for (const stop of [...stops.sort((a, b) => a - b), 30]) close(judging, shuffled, at(stop));
        expect(looks(judging)).toEqual(whole);
      }),
      { numRuns: 50 },
    );
  });

  it('goes on from what was kept as if nothing had happened', () => {
    const rows = bins(40, (i) => (i < 20 ? 1 : 6));
    const whole = closed(rows, 40);
    const kept = JSON.parse(JSON.stringify(toKept(closed(rows, 17))));
    const taken = fromKept(plan, kept);
    close(taken, rows, at(40));
    expect(looks(taken)).toEqual(looks(whole));
    expect(lateData(taken, rows, at(0))).toBeNull();
  });

  it('judges the others as if the cohorts that left had never been there, within a part of the bound', () => {
    const rows = [...bins(30, () => 2, 'eu'), ...bins(30, () => 25, 'us'), ...bins(30, () => 1, 'asia')];
    const scoped = parsePlan({ ...plan, onRegressionScope: 'cohort' });
    const judgedOn = (all: BinRow[], ...without: string[]) => {
      const judging = startJudging(scoped, start, start, binMs, without);
      close(judging, all, at(30));
      return judging;
    };
    const rest = judgedOn(rows, 'us');
    const never = rows.filter((r) => r.cohort !== 'us');
    expect(looks(rest)).toEqual(looks(judgedOn(never, 'us')));
    expect([...(looks(rest)[0]?.byCohort.keys() ?? [])]).toEqual(['asia', 'eu']);
    expect(lateData(rest, rows, at(0))).toBeNull();
    expect(looks(fromKept(scoped, JSON.parse(JSON.stringify(toKept(rest)))), bin(31, 90, 'us'))).toEqual(looks(rest));
    // The parts of all judgings that there may be never add up to more than the rate.
    const rate = (judging: Judging) => (looks(judging)[0]?.overall?.alpha ?? 0) * 2 * 2;
    const gone = ['us', 'eu', 'a', 'b', 'c'];
    const parts = gone.map((_, k) =>
      rate(judgedOn(k < 2 ? rows : never.concat(bins(30, () => 1, 'z')), ...gone.slice(0, k))),
    );
    expect(parts[0]).toBeCloseTo(0.0075);
    expect(parts[1]).toBeCloseTo(0.00125);
    expect(parts.reduce((a, b) => a + b)).toBeLessThan(0.01);
    expect(rate(closed(rows, 30))).toBeCloseTo(0.01);
  });

  it('a snapshot does not move when what it was taken of goes on', () => {
    const rows = bins(20, () => 2);
    const judging = closed(rows, 10);
    const before = snapshotOf(judging);
    const then = JSON.stringify(toKept(before));
    close(judging, rows, at(20));
    expect(JSON.stringify(toKept(before))).toBe(then);
  });

  it('looking changes nothing, and an open bin counts before it closes', () => {
    const rows = bins(12, () => 9);
    const judging = closed(rows, 6);
    const then = JSON.stringify(toKept(judging));
    const [errors] = looks(
      judging,
      rows.filter((r) => r.at >= at(6)),
    );
    expect(JSON.stringify(toKept(judging))).toBe(then);
    expect(errors?.overall?.candidate.n).toBe(12 * 1000);
  });

  it('sees data that comes late, where it begins', () => {
    const rows = bins(20, () => 1);
    const judging = closed(rows, 20);
    expect(lateData(judging, rows, at(0))).toBeNull();
    expect(lateData(judging, [...rows, row(7, 'treatment', 'eu', '500', 3), ...bin(9, 2)], at(0))).toBe(at(7));
    expect(
      lateData(
        judging,
        rows.filter((r) => r.at !== at(4)),
        at(0),
      ),
    ).toBe(at(4));
    const gap = closed(
      rows.filter((r) => r.at !== at(5)),
      20,
    );
    expect(lateData(gap, rows, at(0))).toBe(at(5));
    // Before the window it is not looked for.
    expect(
      lateData(
        judging,
        rows.filter((r) => r.at >= at(10)),
        at(10),
      ),
    ).toBeNull();
  });

  it('counts the samples of a stage from its beginning', () => {
    const rows = bins(20, () => 1);
    const judging = closed(rows, 10);
    expect(stageSamples(lookNow(judging, [], at(10)))).toBe(10_000);
    enterStage(judging, new Date(at(10) + 3_000));
    expect(stageSamples(lookNow(judging, [], at(10)))).toBe(0);
    close(judging, rows, at(14));
    expect(
      stageSamples(
        lookNow(
          judging,
          rows.filter((r) => r.at >= at(14) && r.at < at(15)),
          at(15),
        ),
      ),
    ).toBe(4_000);
  });

  it('one criterion that cannot be judged stops no other', () => {
    const judging = fresh();
    const broken = judging.criteria[0];
    if (broken) broken.error = new Error('broken');
    close(
      judging,
      bins(30, () => 1),
      at(30),
    );
    const health = {
      findings: [],
      freshness: { lastAt: null, receiverAliveAt: null },
      startedAt: start,
      now: new Date(at(30)),
    };
    const outcomes = outcomesOf(lookNow(judging, [], at(30)), health);
    expect(outcomes[0]).toMatchObject({ criterion: 'errors', outcome: 'inconclusive', reason: 'errored' });
    expect(outcomes.find((o) => o.criterion === 'orders' && o.cohort === null)?.candidate.n).toBeGreaterThan(0);
  });
});

describe('evidence', () => {
  const now = new Date(at(30) + 1_000);
  const green = (rows = bins(30, () => 1)) => lookNow(closed(rows, 30), [], at(30));
  const health = {
    findings: [],
    freshness: { lastAt: now, receiverAliveAt: now },
    startedAt: start,
    now,
  };
  const errors = (over: object, looked = green()) =>
    outcomesOf(looked, { ...health, ...over })
      .filter((o) => o.criterion === 'errors' && o.cohort === null)
      .map((o) => `${o.outcome} ${o.reason}`)[0];
  const finding = (kind: string, metric: string, lastAt = now) => ({
    findings: [{ kind, environment: 'e', feature: 'f', metric, detail: '', firstAt: start, lastAt, count: 1 }],
  });

  it('is green on healthy, fresh telemetry', () => {
    expect(errors({})).toBe('pass decided');
  });

  it.each([
    [
      'everything is silent',
      { freshness: { lastAt: now, receiverAliveAt: new Date(at(45)) } },
      45,
      'inconclusive both_silent',
    ],
    [
      'the receiver is down',
      { freshness: { lastAt: now, receiverAliveAt: new Date(at(30)) } },
      45,
      'inconclusive receiver_down',
    ],
    ['silence is short yet', {}, 32, 'pass decided'],
    ['streams overflow', finding('overflow', 'requests'), 30, 'inconclusive overflow'],
    ['too many series', finding('series_budget', ''), 30, 'inconclusive overflow'],
    ['two units', finding('unit_conflict', 'requests'), 30, 'inconclusive unit_conflict'],
    ['two writers', finding('single_writer_violation', 'requests'), 30, 'inconclusive writers_overlap'],
    ['another metric has trouble', finding('unit_conflict', 'elsewhere'), 30, 'pass decided'],
    ['the trouble was before the rollout', finding('overflow', 'requests', new Date(at(-1))), 30, 'pass decided'],
  ])('takes the green away when %s', (_what, over, bin, expected) => {
    expect(errors({ ...over, now: new Date(at(bin) + 1_000) })).toBe(expected);
  });

  it('names the arm that is silent', () => {
    const half = [...bins(20, () => 1), ...bins(30, () => 1).filter((r) => r.at >= at(20) && r.version === 'control')];
    expect(errors({}, green(half))).toBe('inconclusive candidate_silent');
  });

  it('a slow exporter is not stale between its reports', () => {
    const slow = bins(30, () => 1).filter((r) => (r.at / binMs) % 6 === 0);
    expect(errors({ now: new Date(at(33)) }, green(slow))).toMatch(/^(pass|inconclusive not_yet_clear)/);
  });

  it('a failure stands through silence, but not on data that cannot be trusted', () => {
    const bad = green(bins(30, () => 30));
    expect(errors({}, bad)).toBe('fail decided');
    expect(errors({ now: new Date(at(60)) }, bad)).toBe('fail decided');
    expect(errors(finding('overflow', 'requests'), bad)).toBe('inconclusive overflow');
  });

  it('compares rates by the planned part of the traffic, and says where nobody knows it', () => {
    const rate = parsePlan(
      planText.replace(/measure: share.*of: [^}]*}/, 'measure: rate, metric: requests').replace('1pp', '20%'),
    );
    const rows = Array.from({ length: 40 }, (_, i) => [
      row(i, 'control', 'eu', '200', 100),
      row(i, 'treatment', 'eu', '200', 900),
    ]).flat();
    const rated = (windows: StageWindow[], cohort = 'eu') => {
      const judging = startJudging(rate, start, start);
      enterStage(judging, start, windows);
      const ours = rows.map((r) => ({ ...r, cohort }));
      close(judging, ours, at(40));
      return errors({ now: new Date(at(40) + 1_000) }, lookNow(judging, [], at(40)));
    };
    const long = start.getTime() - 60_000;
    expect(rated([{ at: long, stage: 1 }])).toBe('pass decided');
    expect(rated([{ at: long, stage: 0 }])).toBe('fail decided');
    expect(rated([])).toBe('inconclusive not_measurable');
    // Bins in which the exposure changed, and the minute after, are left out: what is left here is all at ninety.
    expect(
      rated([
        { at: at(-1), stage: 0 },
        { at: at(3), stage: 1 },
      ]),
    ).toBe('pass decided');
  });

  it('sees a split that is not the planned one, and leaves a cohort alone that the plan cannot know', () => {
    expect(splitOf(plan, 0, green())).toEqual([
      expect.objectContaining({ cohort: 'eu', planned: 50, observed: 50, ok: true }),
    ]);
    expect(splitOf(plan, 1, green())).toEqual([expect.objectContaining({ planned: 90, observed: 50, ok: false })]);
    const cohorts = parsePlan({ ...plan, stages: [{ name: 's', exposure: { beta: 50 } }] });
    expect(splitOf(cohorts, 0, green(bins(30, () => 1, '')))).toEqual([
      expect.objectContaining({ cohort: 'beta', observed: null, ok: null }),
    ]);
  });

  it('from bins to a rollback, with the cohort named', () => {
    const rows = [...bins(30, () => 1, 'eu'), ...bins(30, (i) => (i < 5 ? 1 : 25), 'us')];
    const looked = lookNow(closed(rows, 30), [], at(30));
    const decided = decide({
      plan,
      state: 'running',
      stage: 0,
      stageSince: start,
      heldReason: null,
      outcomes: outcomesOf(looked, health),
      stageSamples: stageSamples(looked),
      split: splitOf(plan, 0, looked),
      approved: false,
      automationStopped: false,
      switchable: true,
      dataUntil: now,
      now,
    });
    expect(decided).toMatchObject({
      kind: 'roll_back',
      deciding: { criterion: 'errors', cohort: 'us' },
      action: { kind: 'roll_back' },
    });
  });
});
