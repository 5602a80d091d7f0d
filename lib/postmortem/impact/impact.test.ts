import { describe, expect, test } from 'vitest';
import { type CriterionInput, criterionInput } from '@/lib/criterion/model';
import type { RunView } from '@/lib/drill/model';
import type { EventView } from '@/lib/event/model';
import type { RollbackView } from '@/lib/rollback/model';
import type { DecisionView, Verdict } from '@/lib/rollout/model';
import { dangling } from '../draft/sources';
import { type Cell, type Facts, factsFormat, type Measured } from '../facts';
import type { Figure } from '../model';
import { impactOf } from './impact';
import { momentsOf } from './milestones';

const start = Date.UTC(2026, 10, 22, 10);
const minute = 60_000;
const iso = (ms: number) => new Date(ms).toISOString();

const criterion = (given: Partial<CriterionInput> = {}) =>
  criterionInput.parse({
    name: 'errors',
    kind: 'guardrail',
    measure: 'share',
    metric: 'http.server.request.duration',
    of: { 'http.response.status_code': '5xx' },
    better: 'lower',
    ...given,
  });

function measured(cells: Cell[], given: Partial<CriterionInput> = {}, more: Partial<Measured> = {}): Measured {
  return {
    criterion: criterion(given),
    unit: 's',
    stepMs: minute,
    bounds: null,
    cells,
    excess: null,
    excessOver: { from: '', to: '' },
    missing: '',
    ...more,
  };
}

const verdictAt = (at: number, failed: string[], cohort: string | null = null): Verdict =>
  ({
    kind: 'roll_back',
    reason: 'guardrail_failed',
    deciding: failed[0] === undefined ? null : { criterion: failed[0], cohort },
    gate: [],
    split: [],
    outcomes: failed.map((name) => ({ criterion: name, kind: 'guardrail', cohort, outcome: 'fail' })),
    at: iso(at),
    dataUntil: iso(at),
    nextLookAt: iso(at),
  }) as unknown as Verdict;

const decision = (given: Partial<DecisionView>): DecisionView => ({
  id: 'dec_1',
  rolloutId: 'rol_1',
  epoch: 1,
  action: 'start',
  fromState: 'draft',
  toState: 'running',
  fromStage: 0,
  toStage: 0,
  cohorts: [],
  actor: { kind: 'rule', id: 'judge', name: 'judge' },
  reason: '',
  evidence: null,
  acted: true,
  at: iso(start),
  ...given,
});

/** Rolled back at minute 26 by what was seen half a minute before. */
function decisions(failed: string[], cohort: string | null = null): DecisionView[] {
  return [
    decision({ at: iso(start + 10 * minute) }),
    decision({
      id: 'dec_2',
      epoch: 2,
      action: 'roll_back',
      fromState: 'running',
      toState: 'rolling_back',
      evidence: verdictAt(start + 25.5 * minute, failed, cohort),
      at: iso(start + 26 * minute),
    }),
  ];
}

function facts(all: Measured[], given: Partial<Facts> = {}): Facts {
  return {
    format: factsFormat,
    takenAt: iso(start + 60 * minute),
    subject: { kind: 'rollback', id: 'rbk_1', feature: 'checkout', environment: 'production', rolloutId: 'rol_1' },
    from: iso(start),
    to: iso(start + 40 * minute),
    baseline: 'control',
    candidate: 'treatment',
    plan: null,
    rollout: null,
    rollback: null,
    run: null,
    decisions: decisions(['errors']),
    events: [],
    snapshots: [],
    comparison: null,
    measured: all,
    findings: [],
    deployments: [],
    lastDrill: null,
    objectives: null,
    missing: [],
    ...given,
  };
}

/** Whole numbers that look drawn, the same every time. */
function numbers(seed: number) {
  let state = seed;
  return (most: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return Math.floor((state / 0x80000000) * (most + 1));
  };
}

/** Two cohorts in steps of 10 s, 40 minutes; the candidate from minute 10 to 28, bad from minute 20 on. */
function incident(): Cell[] {
  const draw = numbers(7);
  const cells: Cell[] = [];
  for (let t = 0; t < 240; t++)
    for (const [cohort, n] of [
      ['beta', 40],
      ['everyone', 400],
    ] as const) {
      const at = start + t * 10_000;
      cells.push({ at, version: 'control', cohort, n: n + draw(20), k: draw(n / 40) });
      if (t < 60 || t >= 168) continue;
      const own = Math.round(n / 4) + draw(10);
      cells.push({
        at,
        version: 'treatment',
        cohort,
        n: own,
        k: t < 120 ? draw(own / 40) : Math.round(own / 8) + draw(4),
      });
    }
  return cells;
}
const of10s = { stepMs: 10_000 };

const figuresOf = (f: Facts) => impactOf(f, momentsOf(f));
function figure(figures: Figure[], id: string): Figure {
  const found = figures.find((f) => f.id === id);
  if (!found) throw new Error(`no figure ${id} among ${figures.map((f) => f.id).join(' ')}`);
  return found;
}

/** The same number by the plainest way: minute by minute, over the raw cells. */
function naive(cells: Cell[], from: number, count: (c: Cell) => number, cohort: string | null): number {
  let excess = 0;
  const cohorts = cohort === null ? [...new Set(cells.map((c) => c.cohort))] : [cohort];
  for (let m = start; m < start + 40 * minute; m += minute)
    for (const own of cohorts) {
      const sums = { n1: 0, k1: 0, n0: 0, k0: 0 };
      for (const c of cells) {
        if (c.cohort !== own || c.at < m || c.at >= m + minute || c.at < from) continue;
        if (c.version === 'treatment') {
          sums.n1 += c.n;
          sums.k1 += count(c);
        } else {
          sums.n0 += c.n;
          sums.k0 += count(c);
        }
      }
      if (sums.n1 > 0 && sums.n0 > 0) excess += sums.k1 - (sums.n1 * sums.k0) / sums.n0;
    }
  return excess;
}

describe('every figure is what the cells say by another route', () => {
  const cells = incident();
  const found = facts([measured(cells, {}, of10s)]);
  const figures = figuresOf(found);
  const from = Date.parse(String(figure(figures, 'impact/errors').inputs.from));

  test('counting begins shortly before the harm', () => {
    expect(from).toBeLessThanOrEqual(start + 20 * minute);
    expect(from).toBeGreaterThanOrEqual(start + 19 * minute);
  });
  test.each([
    ['impact/errors', null],
    ['impact/errors/beta', 'beta'],
    ['impact/errors/everyone', 'everyone'],
  ])('%s', (id, cohort) => {
    const { value, low, high, inputs, unit } = figure(figures, id);
    expect(value).toBeCloseTo(
      naive(cells, from, (c) => c.k ?? 0, cohort),
      8,
    );
    expect(unit).toBe('errors');
    expect(low).toBeLessThan(value as number);
    expect(high).toBeGreaterThan(value as number);
    expect((inputs.k1 as number) - (inputs.expected as number)).toBeCloseTo(value as number, 8);
    expect((inputs.k1 as number) - (inputs.expectedHigh as number)).toBeCloseTo(low as number, 8);
  });
  test('the cohorts add up to the whole', () => {
    const parts = ['beta', 'everyone'].map((c) => figure(figures, `impact/errors/${c}`).value as number);
    expect(parts.reduce((a, b) => a + b, 0)).toBeCloseTo(figure(figures, 'impact/errors').value as number, 8);
  });
  test('requests', () => {
    const seen = cells.filter((c) => c.version === 'treatment' && c.at >= from);
    expect(figure(figures, 'impact/requests').value).toBe(seen.reduce((n, c) => n + c.n, 0));
    const beta = seen.filter((c) => c.cohort === 'beta');
    expect(figure(figures, 'impact/requests/beta').value).toBe(beta.reduce((n, c) => n + c.n, 0));
  });
  test('every source leads somewhere, and every number is one', () => {
    for (const { sources, value, low, high, state, why, method } of figures) {
      expect(sources.length).toBeGreaterThan(0);
      expect(dangling(sources, found, figures)).toEqual([]);
      expect(method).not.toBe('');
      expect(value === null).toBe(state === 'unknown');
      if (state === 'unknown') expect(why).not.toBe('');
      for (const n of [value, low, high]) if (n !== null) expect(Number.isFinite(n)).toBe(true);
    }
    expect(new Set(figures.map((f) => f.id)).size).toBe(figures.length);
  });
});

describe('slowed requests', () => {
  // 1,000 a minute; above 0.1, 0.3 and 1 s
  const cells = Array.from({ length: 30 }, (_, t): Cell[] => [
    { at: start + t * minute, version: 'control', cohort: '', n: 1_000, over: [30, 8, 1] },
    { at: start + t * minute, version: 'treatment', cohort: '', n: 500, over: [60, 24, 3] },
  ]).flat();
  const slow = { name: 'p99', measure: 'quantile', q: 0.99, of: undefined } as const;
  const bounds = { bounds: [0.1, 0.3, 1] };

  test('are those above the boundary nearest at or above the baseline’s quantile', () => {
    const f = facts([measured(cells, slow, bounds)], { decisions: decisions(['p99']) });
    const found = figure(figuresOf(f), 'impact/p99');
    expect(found.inputs).toMatchObject({ boundary: 0.3, boundaryUnit: 's' });
    expect(found.label).toContain('(above 300\u202fms)');
    const from = Date.parse(String(found.inputs.from));
    expect(found.value).toBeCloseTo(
      naive(cells, from, (c) => c.over?.[1] ?? 0, null),
      8,
    );
    expect(found.unit).toBe('requests');
  });
  test('or above the threshold, which need not be a boundary', () => {
    const f = facts([measured(cells, { ...slow, against: { threshold: '400ms' } }, bounds)]);
    expect(figure(figuresOf(f), 'impact/p99').inputs.boundary).toBe(1);
  });
  test('a quantile beyond the last boundary has no number', () => {
    const f = facts([measured(cells, { ...slow, q: 0.9999 }, bounds)]);
    expect(figure(figuresOf(f), 'impact/p99')).toMatchObject({
      state: 'unknown',
      value: null,
      inputs: { result: 'not_countable' },
    });
    expect(figure(figuresOf(f), 'impact/p99').why).toContain('above the last boundary');
  });
});

describe('lost conversions', () => {
  test('have the sign turned', () => {
    const cells = Array.from({ length: 20 }, (_, t): Cell[] => [
      { at: start + t * minute, version: 'control', cohort: '', n: 400, k: 200 },
      { at: start + t * minute, version: 'treatment', cohort: '', n: 100, k: 30 },
    ]).flat();
    const orders = {
      name: 'orders',
      measure: 'ratio',
      metric: 'done',
      per: 'begun',
      of: undefined,
      better: 'higher',
    } as const;
    const found = figure(figuresOf(facts([measured(cells, orders)])), 'impact/orders');
    expect(found).toMatchObject({ unit: 'conversions', label: 'Lost conversions', value: 400 });
    expect(found.low).toBeLessThan(400);
    expect(found.high).toBeGreaterThan(400);
    expect(found.low).toBeGreaterThan(300);
  });
});

describe('a mean', () => {
  const cells = Array.from({ length: 20 }, (_, t): Cell[] => [
    { at: start + t * minute, version: 'control', cohort: '', n: 400, sum: 40 + (t % 2), sum2: 8 },
    { at: start + t * minute, version: 'treatment', cohort: '', n: 100, sum: 30, sum2: 9 },
  ]).flat();
  const mean = { name: 'mean', measure: 'mean', of: undefined } as const;

  test('says how much was added in all, in milliseconds where it is a time', () => {
    const found = figure(figuresOf(facts([measured(cells, mean)])), 'impact/mean');
    // 20·30 s less 20·100 times 0.10125 s
    expect(found.value).toBeCloseTo(397_500, 6);
    expect(found.value).toBeCloseTo(1_000 * naive(cells, start, (c) => c.sum ?? 0, null), 6);
    expect(found).toMatchObject({ unit: 'ms', inputs: { result: 'compared', n1: 2_000 } });
    expect(found.low).toBeGreaterThan(395_000);
    expect(found.low).toBeLessThan(397_400);
  });
  test('of few minutes says nothing, and without its sum nothing can be read', () => {
    const few = figure(figuresOf(facts([measured(cells.slice(0, 6), mean)])), 'impact/mean');
    expect(few).toMatchObject({ state: 'unknown', value: null, inputs: { result: 'too_few_minutes' } });
    const bare = cells.map(({ sum: _, ...c }) => c);
    const none = figure(figuresOf(facts([measured(bare, mean)])), 'impact/mean');
    expect(none).toMatchObject({ state: 'unknown', value: null, inputs: { result: 'unreadable' } });
  });
});

describe('the error budget', () => {
  test('is what the objective allows of all requests meanwhile', () => {
    const cells = Array.from({ length: 10 }, (_, t): Cell[] => [
      { at: start + t * minute, version: 'control', cohort: '', n: 900, k: 1 },
      { at: start + t * minute, version: 'treatment', cohort: '', n: 100, k: 10 },
    ]).flat();
    const burn = { name: 'burn', measure: 'burn_rate', objective: 0.999 } as const;
    const found = figuresOf(facts([measured(cells, burn)]));
    const excess = 100 - 10 * (100 / 900);
    expect(figure(found, 'impact/burn').value).toBeCloseTo(excess, 10);
    const budget = figure(found, 'impact/burn/budget');
    expect(budget.value).toBeCloseTo(excess / 10, 10);
    expect(budget.inputs).toMatchObject({ requests: 10_000, errors: 110, allowed: 10 });
    expect(budget.inputs.spentByAll).toBeCloseTo(11, 10);
  });
});

describe('what is not known has a name and no number', () => {
  const pair = (t: number, own: Partial<Cell> | null, other: Partial<Cell> | null, cohort = ''): Cell[] => [
    ...(other ? [{ at: start + t * minute, version: 'control', cohort, n: 100, k: 1, ...other }] : []),
    ...(own ? [{ at: start + t * minute, version: 'treatment', cohort, n: 100, k: 5, ...own }] : []),
  ];
  const result = (cells: Cell[], given: Partial<CriterionInput> = {}) =>
    figure(figuresOf(facts([measured(cells, given)])), 'impact/errors');

  test.each<[string, Cell[], string]>([
    ['baseline silent', pair(0, {}, null), 'baseline_silent'],
    ['candidate silent', pair(0, null, {}), 'candidate_silent'],
    ['both silent', pair(0, { n: 0, k: 0 }, { n: 0, k: 0 }), 'both_silent'],
    ['never at once', [...pair(0, {}, null), ...pair(1, null, {})], 'never_together'],
    ['NaN', pair(0, { k: Number.NaN }, {}), 'unreadable'],
    ['a negative increment', pair(0, { n: -5 }, {}), 'unreadable'],
    ['a negative part', pair(0, { k: -1 }, {}), 'unreadable'],
    ['a part above its whole', pair(0, { k: 200 }, {}), 'unreadable'],
    ['infinite', pair(0, {}, { n: Number.POSITIVE_INFINITY }), 'unreadable'],
    ['nothing at all', [], 'not_measured'],
  ])('%s', (_, cells, name) => {
    const found = result(cells);
    expect(found).toMatchObject({ state: 'unknown', value: null, low: null, high: null, inputs: { result: name } });
    expect(found.why).not.toBe('');
  });
  test.each(['rate', 'value'] as const)('%s', (measure) => {
    expect(result(pair(0, {}, {}), { measure, of: undefined })).toMatchObject({
      state: 'unknown',
      value: null,
      inputs: { result: 'not_countable' },
    });
  });

  test('a minute that cannot be read is left out and said', () => {
    const found = result([...pair(0, {}, {}), ...pair(1, { k: Number.NaN }, {})]);
    expect(found).toMatchObject({ state: 'known', value: 4, inputs: { unreadableCells: 1 } });
    expect(found.why).toContain('not counted');
  });
  test('requests without a baseline are counted apart, and never taken for zero', () => {
    const cells = [...pair(0, {}, {}), ...pair(1, { n: 70, k: 70 }, null), ...pair(0, { n: 9, k: 0 }, null, 'beta')];
    const found = figuresOf(facts([measured(cells)]));
    expect(figure(found, 'impact/errors')).toMatchObject({ value: 4, inputs: { n1: 100, uncompared: 79 } });
    expect(figure(found, 'impact/errors/uncompared')).toMatchObject({ state: 'known', value: 79, unit: 'requests' });
    expect(figure(found, 'impact/errors/beta')).toMatchObject({
      state: 'unknown',
      inputs: { result: 'baseline_silent' },
    });
    expect(figure(found, 'impact/requests').value).toBe(179);
  });
  test('a baseline without errors is known, and so is its uncertainty', () => {
    const found = result(pair(0, {}, { k: 0 }));
    expect(found).toMatchObject({ state: 'known', value: 5, high: 5 });
    expect(found.low).toBeCloseTo(5 - 3.688879, 5);
  });
  test('a candidate that does better is told as it is', () => {
    const cells = Array.from({ length: 20 }, (_, t) => pair(t, { k: 0 }, { k: 5 })).flat();
    const found = result(cells);
    expect(found.value).toBe(-100);
    expect(found.high).toBeLessThan(0);
  });
  test('users are not known where nobody counts them', () =>
    expect(figure(figuresOf(facts([measured(pair(0, {}, {}))])), 'impact/users')).toMatchObject({
      state: 'unknown',
      value: null,
    }));
  test('criteria that count the same name each other', () => {
    const cells = pair(0, {}, {});
    const found = figuresOf(facts([measured(cells), measured(cells, { name: 'again', margin: '1pp' })]));
    expect(figure(found, 'impact/errors').inputs.sameAs).toBe('again');
    expect(figure(found, 'impact/again').inputs).toMatchObject({ sameAs: 'errors', failed: 'no' });
  });
  test('names from outside make no two figures alike', () => {
    const cells = [...pair(0, {}, {}, 'uncompared'), ...pair(0, {}, {}, 'a/b'), ...pair(0, {}, {}, 'a%2Fb')];
    const found = figuresOf(
      facts([measured(cells), measured(cells, { name: 'requests' }), measured(cells, { name: 'errors/beta' })]),
    );
    expect(new Set(found.map((f) => f.id)).size).toBe(found.length);
  });
});

describe('milestones', () => {
  const step = (kind: string, given: Record<string, unknown> = {}) => ({
    id: kind,
    work: { kind },
    state: 'done',
    detail: '',
    ...given,
  });
  const at = (m: number) => iso(start + m * minute);
  const rollback = (given: Partial<RollbackView> = {}): RollbackView =>
    ({
      id: 'rbk_1',
      rolloutId: 'rol_1',
      epoch: 2,
      state: 'verified',
      by: 'judge',
      decidedAt: at(26),
      endedAt: at(30),
      steps: [
        step('restore', { endedAt: at(26.1) }),
        step('serve', { endedAt: at(26.2) }),
        step('exposure', { endedAt: at(28.5) }),
        step('criteria', { endedAt: at(29.5) }),
      ],
      ...given,
    }) as unknown as RollbackView;
  const event = (seq: number, kind: string, m: number, data: Record<string, unknown> = {}): EventView =>
    ({
      seq,
      kind,
      at: at(m),
      rolloutId: 'rol_1',
      data,
      reason: '',
      actor: { kind: 'rule', id: 'x', name: 'x' },
    }) as unknown as EventView;
  const whole = (given: Partial<Facts> = {}): Facts =>
    facts([measured(incident(), {}, of10s)], {
      rollback: rollback(),
      events: [
        event(1, 'rollout.started', 10, { epoch: 1 }),
        event(2, 'rollout.rolling_back', 26, { epoch: 2, rollbackId: 'rbk_1' }),
        event(3, 'rollback.verified', 30, { rollbackId: 'rbk_1' }),
      ],
      objectives: { detectMs: 10 * minute, decideMs: 1_000, actuateMs: null, propagateMs: null, recoverMs: null },
      ...given,
    });
  const byName = (f: Facts) => Object.fromEntries(momentsOf(f).milestones.map((m) => [m.name, m]));

  test('are those that were written down, and the onset as telemetry shows it', () => {
    const found = byName(whole());
    expect(found).toMatchObject({
      started: {
        at: at(10),
        sources: [
          { kind: 'event', seq: 1 },
          { kind: 'evidence', id: 'decision/dec_1' },
        ],
      },
      onset: { at: at(20), sources: [{ kind: 'evidence', id: 'measured/errors' }] },
      detected: { at: at(25.5) },
      decided: {
        at: at(26),
        sources: [
          { kind: 'event', seq: 2 },
          { kind: 'evidence', id: 'decision/dec_2' },
        ],
      },
      acted: { at: at(26.2) },
      propagated: { at: at(28.5) },
      recovered: { at: at(29.5) },
    });
    expect(found.onset?.why).toContain('95 % between');
  });
  test('clocks run between them, against the objectives', () => {
    const figures = figuresOf(whole());
    expect(figure(figures, 'clock/detect')).toMatchObject({ value: 5.5 * minute, level: 0.95, inputs: { met: 'yes' } });
    expect(figure(figures, 'clock/decide')).toMatchObject({
      value: 0.5 * minute,
      inputs: { objectiveMs: 1_000, met: 'no' },
    });
    expect(figure(figures, 'clock/actuate')).toMatchObject({ inputs: { objectiveMs: null, met: null } });
    expect(figure(figures, 'clock/actuate').value).toBeCloseTo(0.2 * minute, 6);
    expect(figure(figures, 'clock/recover').value).toBe(minute);
    expect(figure(figures, 'impact/minutes').value).toBe(8.5 * minute);
    expect(figure(figures, 'impact/minutes/beta')).toMatchObject({ value: 8 * minute });
  });
  test('a verdict that turned before the decision was the first sight of it', () => {
    const turned = event(4, 'verdict.changed', 23, { after: 'hold', reason: 'guardrail_failed' });
    const early = event(5, 'verdict.changed', 5, { after: 'roll_back', reason: 'guardrail_failed' });
    const f = whole();
    expect(byName({ ...f, events: [...f.events, early, turned] }).detected).toMatchObject({
      at: at(23),
      sources: [{ kind: 'event', seq: 4 }],
    });
  });
  test('what nothing shows is null, and says why', () => {
    const open = rollback({
      state: 'unconfirmed',
      steps: [
        step('restore', { state: 'failed', endedAt: null }),
        step('exposure', { state: 'pending', endedAt: null }),
      ],
    } as unknown as Partial<RollbackView>);
    const found = byName(whole({ rollback: open }));
    for (const name of ['acted', 'propagated', 'recovered']) {
      expect(found[name]?.at).toBeNull();
      expect(found[name]?.why).not.toBe('');
    }
    const figures = figuresOf(whole({ rollback: open }));
    expect(figure(figures, 'clock/actuate')).toMatchObject({ state: 'unknown', value: null });
    expect(figure(figures, 'impact/minutes')).toMatchObject({ state: 'unknown', value: null });
  });
  test('where the proof was left, the last sight of the candidate counts', () => {
    const steps = rollback().steps.map((s) => (s.id === 'exposure' ? { ...s, state: 'left' as const } : s));
    expect(byName(whole({ rollback: rollback({ steps }) })).propagated).toMatchObject({ at: at(28) });
  });
  test('telemetry that ends with the candidate shows no end of it', () => {
    const steps = rollback().steps.map((s) => (s.id === 'exposure' ? { ...s, state: 'left' as const } : s));
    const cells = incident().filter((c) => c.at < start + 28 * minute);
    const found = byName(whole({ rollback: rollback({ steps }), measured: [measured(cells, {}, of10s)] }));
    expect(found.propagated).toMatchObject({ at: null });
    expect(found.propagated?.why).toContain('to the end of what is told');
  });
  test('what comes after it was noticed is not its beginning', () => {
    const later = incident().map((c) => {
      const own = c.version === 'treatment' && c.at >= start + 26 * minute;
      return { ...c, k: own ? c.n : Math.round(c.n / 50) };
    });
    expect(byName(whole({ measured: [measured(later, {}, of10s)] })).onset).toMatchObject({ at: null });
  });
  test('it did not begin before anybody was served the candidate', () => {
    // The rollout began within the step in which it became worse; what telemetry says of earlier ones is somebody else's.
    const ours = (f: Facts, m: number) => f.decisions.map((d) => (d.action === 'start' ? { ...d, at: at(m) } : d));
    const f = whole();
    const within = { ...f, decisions: ours(f, 20 + 4 / 60) };
    expect(byName(f).onset).toMatchObject({ at: at(20), why: expect.not.stringContaining('nobody was served') });
    expect(byName(within).onset).toMatchObject({
      at: at(20 + 4 / 60),
      why: expect.stringMatching(/ between 10:20:04 and .*nobody was served the candidate before this moment$/),
    });
    // Worse from minute 20 on by telemetry, and by the record nobody was on it before 22:07.
    const later = { ...f, decisions: ours(f, 22 + 7 / 60) };
    const found = byName(later);
    expect(Date.parse(found.onset?.at ?? '')).toBe(start + 22 * minute + 7_000);
    const [detect, minutes] = ['clock/detect', 'impact/minutes'].map((id) => figure(figuresOf(later), id));
    expect(detect).toMatchObject({
      value: 25.5 * minute - (22 * minute + 7_000),
      high: 25.5 * minute - 22 * minute - 7_000,
    });
    expect(minutes?.high).toBe(28.5 * minute - 22 * minute - 7_000);
    // Nor is it cut where an earlier stage served it: the first of them counts.
    const widened = { ...f.decisions[0], id: 'dec_w', action: 'widen', at: at(24), epoch: 1 } as DecisionView;
    const decisions = f.decisions.map((d) => (d.action === 'start' ? d : { ...d, fromStage: 1 }));
    expect(byName({ ...f, decisions: [...decisions, { ...widened, toStage: 1 }] })).toMatchObject({
      started: { at: at(24) },
      onset: { at: at(20), why: expect.stringContaining('an earlier one had served the candidate already') },
    });
  });
  test('a candidate that never was worse has no onset, and everything of it counts', () => {
    const even = incident().map((c) => ({ ...c, k: Math.round(c.n / 50) }));
    const f = whole({ measured: [measured(even, {}, of10s)] });
    expect(byName(f).onset).toMatchObject({ at: null });
    expect(figure(figuresOf(f), 'impact/errors').inputs.from).toBe(f.from);
    expect(figure(figuresOf(f), 'clock/detect').state).toBe('unknown');
  });
  test('of a drill they are its clocks, as a person corrected them', () => {
    const clock = (name: string, from: number | null, to: number | null, more = {}) => ({
      name,
      state: to === null ? 'pending' : 'recorded',
      from: from === null ? null : at(from),
      to: to === null ? null : at(to),
      ms: from === null || to === null ? null : (to - from) * minute,
      objectiveMs: minute,
      met: null,
      corrected: null,
      ...more,
    });
    const run = {
      startedAt: at(12),
      clocks: [
        clock('detect', 20, 22, { corrected: { from: at(19), to: at(22), by: 'ada', reason: 'late' } }),
        clock('decide', 22, 22.5),
        clock('actuate', 22.5, 22.6),
        clock('propagate', 22.6, null),
        clock('recover', null, null),
      ],
    } as unknown as RunView;
    const f = whole({ run, rollback: null, subject: { ...whole().subject, kind: 'drill_run', id: 'run_1' } });
    expect(byName(f)).toMatchObject({
      started: { at: at(12) },
      onset: { at: at(20) },
      detected: { at: at(22) },
      decided: { at: at(22.5) },
      acted: { at: at(22.6) },
      propagated: { at: null },
      recovered: { at: null },
    });
    const figures = figuresOf(f);
    expect(figure(figures, 'clock/detect')).toMatchObject({
      value: 2 * minute,
      inputs: { met: 'no', recordedFrom: at(19) },
    });
    expect(figure(figures, 'clock/detect').why).toContain('corrected by ada');
    expect(figure(figures, 'clock/recover')).toMatchObject({ state: 'unknown', value: null });
    expect(figure(figures, 'impact/errors').inputs.from).toBe(at(20));
  });
});
