import { describe, expect, it } from 'vitest';
import type { Action, DecisionView, Plan } from '@/lib/rollout/model';
import { parsePlan } from '@/lib/rollout/plan/plan';
import { close } from '@/lib/rollout/watch/judging';
import type { BinRow, Finding } from '@/lib/signal/model';
import { parseBacktest, resolutionFor, stretchOf } from './input';
import { type Course, hasParted, type Replay, replayBin, startReplay } from './replay';
import { differsAt, sameWithinMs, viewOfReplay } from './view';

const plan = parsePlan(`
feature: f
environment: e
owner: o
baseline: control
candidate: treatment
stages:
  - { name: half, exposure: { "*": 50 }, minSamples: 3000 }
  - { name: most, exposure: { "*": 90 }, minDuration: 1h }
criteria:
  - { name: errors, kind: guardrail, measure: share, metric: requests, of: { status: 5xx }, better: lower, margin: 1pp }
`);
const second = 1000;
const bin = 10 * second;
const start = Date.parse('2026-01-01T00:00:00Z');
const at = (bins: number, seconds = 0) => start + bins * bin + seconds * second;
const iso = (ms: number) => new Date(ms).toISOString();

function order(action: Action['kind'], when: number, of: Partial<DecisionView> = {}): DecisionView {
  const actor = { kind: 'rule', id: 'gate', name: 'gate' };
  const toStage = action === 'widen' ? 1 : 0;
  const blank = { id: '', rolloutId: '', epoch: 0, fromStage: 0, cohorts: [], reason: '', evidence: null, acted: true };
  return { ...blank, action, fromState: 'running', toState: 'running', toStage, actor, at: iso(when), ...of };
}
const person = { actor: { kind: 'person', id: 'p', name: 'P' } };

function rows(i: number, bad: number, cohort = 'eu', width = bin): BinRow[] {
  const row = (version: string, status: string, n: number): BinRow => ({
    at: start + i * width,
    version,
    cohort,
    metric: 'requests',
    kind: 'sum',
    unit: '1',
    attributes: { status },
    aggregate: { kind: 'sum', n, sum: Number.NaN, sum2: Number.NaN, min: 0, max: 0, last: 0 },
  });
  const candidate = [row('treatment', '200', 1000 - 10 * bad), row('treatment', '500', 10 * bad)];
  return [row('control', '200', 990), row('control', '500', 10), ...candidate];
}

const course = (over: Partial<Course> = {}): Course => ({
  plan,
  mode: 'as_happened',
  from: start,
  to: at(60),
  width: bin,
  orders: [order('start', start, person)],
  approvals: [],
  findings: [],
  switchable: true,
  withdrawable: [],
  ...over,
});
function replayed(of: Course, bins: number, badOf: (i: number) => number | null, cohorts = ['eu']): Replay {
  const replay = startReplay(of);
  const all: BinRow[] = [];
  for (let i = 0; i < bins && !replay.over; i++) {
    const bad = badOf(i);
    const here = bad === null ? [] : cohorts.flatMap((cohort) => rows(i, bad, cohort, of.width));
    all.push(...here);
    replayBin(replay, here, start + i * of.width);
    if (hasParted(replay)) close(replay.judging, all, start + (i + 1) * of.width);
  }
  return replay;
}
const told = (replay: Replay) => replay.turns.map((t) => [t.stage, t.kind, t.reason, t.action]);
const healthyThenBad = (i: number) => (i < 20 ? 1 : 9);

describe('a replay', () => {
  it('stands where the rollout stood: stages change when they did', () => {
    const orders = [order('start', start, person), order('widen', at(15, 4))];
    const replay = replayed(course({ orders }), 40, healthyThenBad);
    expect(told(replay)).toEqual([
      [0, 'hold', 'gate_waits', null],
      [0, 'widen', 'gate_holds', 'widen'],
      [1, 'hold', 'gate_waits', null],
      [1, 'roll_back', 'guardrail_failed', 'roll_back'],
    ]);
    expect(replay.waits.slice(0, 2).map((w) => [w.at, w.unmet.includes('min_samples')])).toEqual([
      [iso(at(1, 5)), true],
      [iso(at(3, 5)), false],
    ]);
    expect(replay.waits.at(-1)).toEqual({ at: replay.turns[3]?.at, stage: 1, unmet: [] });
    // The bin in which it was widened is judged as the stage that it ended; the one that it began counts from the next.
    expect(replay.turns[2]?.at).toBe(iso(at(17, 5)));
    expect(replay.judging.stageFrom).toBe(at(16));
    expect(replay.judging.criteria[0]?.counts.get('eu')?.candidate).toBe(24 * 1000);
    expect(replay.looks).toBe(40);
    expect(replay.over).toBe(false);
  });

  it('looks when the live watch would have closed the bin', () => {
    const replay = replayed(course(), 3, () => 1);
    expect(replay.turns[0]?.at).toBe(iso(at(1, 5)));
    expect(replay.dataUntil).toEqual(new Date(at(3)));
  });

  it('as decided widens by itself, and ends with its rollback', () => {
    const replay = replayed(course({ mode: 'as_decided' }), 60, healthyThenBad);
    expect(told(replay).slice(1)).toEqual([
      [0, 'widen', 'gate_holds', 'widen'],
      [1, 'hold', 'gate_waits', null],
      [1, 'roll_back', 'guardrail_failed', 'roll_back'],
    ]);
    expect(replay.over).toBe(true);
    expect(replay.looks).toBeLessThan(40);
  });

  it('as decided acts, though the rollout only observed; as happened it says what it would do', () => {
    const observing: Plan = { ...plan, mode: 'observe' };
    const said = replayed(course({ plan: observing }), 40, healthyThenBad);
    expect(said.turns.at(-1)).toMatchObject({ stage: 0, action: 'roll_back' });
    expect(replayed(course({ plan: observing, mode: 'as_decided' }), 60, healthyThenBad).over).toBe(true);
  });

  it('a hold of its own stays until somebody resumes; a hold of the rule that was is not its own', () => {
    const holding: Plan = { ...plan, onRegression: 'hold' };
    const orders = [
      order('start', start, person),
      order('hold', at(2), {}),
      order('hold', at(4), person),
      order('resume', at(6), person),
    ];
    const replay = replayed(course({ plan: holding, orders }), 40, healthyThenBad);
    const reasons = told(replay).map(([, kind, reason, action]) => [kind, reason, action]);
    expect(reasons.slice(0, 3)).toEqual([
      ['hold', 'gate_waits', null],
      ['hold', 'held_by_person', null],
      ['hold', 'gate_waits', null],
    ]);
    expect(replay.turns[1]?.at).toBe(iso(at(6, 5)));
    expect(reasons.at(-1)).toEqual(['hold', 'guardrail_failed', 'hold']);
    expect(replay.place).toMatchObject({ state: 'held', heldReason: 'guardrail_failed' });
  });

  it('a person rolls back as decided too', () => {
    const orders = [order('start', start, person), order('roll_back', at(5), person)];
    expect(replayed(course({ mode: 'as_decided', orders }), 60, () => 1)).toMatchObject({ over: true, looks: 6 });
    // As happened, what was recorded after it is judged as if it had gone on.
    expect(replayed(course({ orders }), 60, () => 1)).toMatchObject({ over: false, looks: 60 });
  });

  it('asks for the approvals that there were, when there were', () => {
    const asks: Plan = { ...plan, stages: plan.stages.map((s) => ({ ...s, approval: true })) };
    const never = replayed(course({ plan: asks }), 30, () => 1);
    expect(told(never)).toEqual([[0, 'hold', 'gate_waits', null]]);
    const given = replayed(course({ plan: asks, approvals: [{ stage: 0, at: at(20) }] }), 30, () => 1);
    expect(given.turns[1]).toMatchObject({ kind: 'widen', at: iso(at(20, 5)) });
  });

  it('a finding takes the decision away while it was there, and not before', () => {
    const blank = {
      kind: 'overflow',
      environment: 'e',
      feature: 'f',
      metric: 'requests',
      detail: '',
      count: 2,
    } as const;
    const finding: Finding = { ...blank, firstAt: new Date(at(25)), lastAt: new Date(at(26)) };
    const replay = replayed(course({ findings: [finding] }), 120, () => 1);
    const [widen, hold, again] = replay.turns.slice(1);
    expect(widen).toMatchObject({ kind: 'widen' });
    expect(hold).toMatchObject({ kind: 'hold', at: iso(at(25, 5)) });
    // Ten minutes after it was seen last.
    expect(again).toMatchObject({ kind: 'widen', at: iso(at(26, 605) - 0) });
  });

  it('silence is nothing to go on with', () => {
    const replay = replayed(course(), 60, (i) => (i < 20 ? 1 : null));
    expect(replay.turns.at(-1)).toMatchObject({ kind: 'hold', reason: 'gate_waits' });
    expect(replay.outcomes[0]).toMatchObject({ outcome: 'inconclusive' });
  });

  it('bins of a minute are bins of a minute: never stale by their length alone', () => {
    const [errors] = plan.criteria;
    const rate = { ...errors, name: 'rate', measure: 'rate', of: undefined, against: { threshold: 40 }, margin: 0 };
    const both = { ...plan, criteria: [errors, rate] } as Plan;
    const replay = replayed(course({ plan: both, width: 60_000, to: start + 3_600_000 }), 60, () => 1);
    expect(replay.turns.map((t) => t.kind)).toEqual(['hold', 'widen']);
    expect(replay.turns[0]?.at).toBe(iso(start + 65_000));
    const perSecond = replay.outcomes.find((o) => o.criterion === 'rate' && o.cohort === null);
    expect(perSecond?.candidate.value).toBeCloseTo(1000 / 60, 6);
  });

  it('a cohort that leaves is judged no more, and the rest from the start', () => {
    const scoped: Plan = { ...plan, onRegressionScope: 'cohort' };
    const of = course({ plan: scoped, withdrawable: ['eu', 'us'] });
    const replay = startReplay(of);
    const all: BinRow[] = [];
    for (let i = 0; i < 50; i++) {
      const here = [...rows(i, 1, 'eu'), ...rows(i, healthyThenBad(i), 'us')];
      all.push(...here);
      replayBin(replay, here, at(i));
      if (hasParted(replay)) close(replay.judging, all, at(i + 1));
    }
    expect(told(replay).find(([, , , action]) => action === 'withdraw')).toBeDefined();
    expect(replay.place.withdrawn).toEqual(['us']);
    expect(replay.outcomes.map((o) => [o.cohort, o.outcome])).toEqual([
      [null, 'pass'],
      ['eu', 'pass'],
      ['us', 'fail'],
    ]);
    expect(replay.outcomes[0]?.candidate.n).toBe(50 * 1000);
  });

  it('curves are at most 300 points and keep the look at which the outcome turned', () => {
    const replay = replayed(course({ to: at(800) }), 800, (i) => (i < 403 ? 1 : 9));
    const view = viewOfReplay(replay, {
      rolloutId: 'r',
      plan,
      edited: [],
      resolution: 10,
      decisions: [],
      life: { from: start, to: null },
      wanted: at(800),
      filling: false,
      automationStops: 0,
      live: [],
    });
    const points = view.curves[0]?.points ?? [];
    expect(points.length).toBeGreaterThan(200);
    expect(points.length).toBeLessThanOrEqual(300);
    const failAt = view.first.find((f) => f.cohort === null)?.failAt;
    expect(points.find((p) => p.outcome === 'fail')?.at).toBe(failAt);
    expect(points.map((p) => p.at)).toEqual(points.map((p) => p.at).toSorted());
  });
});

describe('from when on it would have gone otherwise', () => {
  const of = { from: start, to: at(20), width: bin };
  const near = sameWithinMs(bin);
  const act = (kind: Action['kind'], when: number) => ({ kind, at: when });
  type Case = [what: string, acts: Array<ReturnType<typeof act>>, orders: DecisionView[], expected: number | null];
  const table: Case[] = [
    ['nothing and nothing', [], [order('start', start, person)], null],
    ['the same', [act('widen', at(9, 15))], [order('widen', at(9, 3))], null],
    ['the same, as late as it may be', [act('widen', at(9) + near)], [order('widen', at(9))], null],
    ['later than that', [act('widen', at(9) + near + 1)], [order('widen', at(9))], at(9)],
    ['earlier', [act('roll_back', at(3))], [order('roll_back', at(9))], at(3)],
    ['never', [], [order('roll_back', at(9))], at(9)],
    ['what was not done', [act('roll_back', at(3))], [], at(3)],
    ['another thing at the same time', [act('hold', at(9))], [order('roll_back', at(9))], at(9)],
    ['a person, who would have all the same', [], [order('roll_back', at(9), person)], null],
    ['earlier than a person', [act('roll_back', at(3))], [order('roll_back', at(9), person)], at(3)],
    ['once for one', [act('widen', at(9)), act('widen', at(10))], [order('widen', at(9))], at(10)],
    ['after the last bin', [], [order('roll_back', at(20))], null],
    ['in the last bin', [], [order('roll_back', at(19, 9))], at(19, 9)],
    ['before the stretch', [], [order('widen', start - bin)], null],
    ['a proof of the rollback is no decision', [], [order('confirm_rolled_back', at(9))], null],
  ];
  it.each(table)('%s', (_, acts, orders, expected) => {
    expect(differsAt(acts, orders, of)).toBe(expected);
  });
});

describe('which roll-ups', () => {
  const keep = {
    ledgerHours: 48,
    receiptHours: 24,
    rollup10sHours: 72,
    rollup60sHours: 720,
    rollup3600sHours: 9600,
  };
  const hour = 3_600_000;
  const now = start;
  const table: Array<[what: string, from: number, to: number, expected: number | string]> = [
    ['an hour ago', now - hour, now, 10],
    ['as old as 10 s bins are kept', now - 72 * hour, now - 71 * hour, 10],
    ['older', now - 73 * hour, now - 71 * hour, 60],
    ['more looks than are made', now - 60 * hour, now, 60],
    ['weeks', now - 800 * hour, now - 790 * hour, 3600],
    ['more than a year', now - 9601 * hour, now, 'older than what is kept'],
  ];
  it.each(table)('%s', (_, from, to, expected) => {
    if (typeof expected === 'number') expect(resolutionFor({ from, to }, keep, now)).toBe(expected);
    else expect(() => resolutionFor({ from, to }, keep, now)).toThrow(expected);
  });

  it('a stretch is that of the rollout unless it is said', () => {
    const life = { from: start - 5 * hour, to: start - hour };
    const asked = (from: number | null, to: number | null) => ({
      from: from === null ? null : new Date(from),
      to: to === null ? null : new Date(to),
    });
    expect(stretchOf(life, asked(null, null), now)).toEqual({ from: now - 5 * hour, to: now - hour });
    expect(stretchOf({ ...life, to: null }, asked(null, null), now).to).toBe(now);
    expect(stretchOf(life, asked(null, now + hour), now).to).toBe(now);
    expect(() => stretchOf(life, asked(now + 1, null), now)).toThrow('from');
    expect(() => stretchOf({ from: null, to: null }, asked(null, null), now)).toThrow('has not been started');
  });
});

describe('what may be edited', () => {
  it('a whole plan may be sent as it is, its own mode too', () => {
    expect(parseBacktest(plan, plan)).toMatchObject({ edited: [], mode: 'as_happened' });
    expect(() => parseBacktest(plan, { mode: 'observe' })).toThrow('mode');
  });
  it('complaints count the stages as they were sent', () => {
    const sent = { stages: [{ name: 'most', minSamples: -1 }] };
    expect(() => parseBacktest(plan, sent)).toThrow(/^stages\[0\]\.minSamples/);
    expect(
      parseBacktest(plan, { stages: [{ name: 'most', minSamples: 7 }] }).plan.stages.map((s) => s.minSamples),
    ).toEqual([3000, 7]);
  });
});
