/** What share of a bin's traffic the candidate was planned to have: the table of when that is known. */
import { describe, expect, test } from 'vitest';
import type { CriterionInput } from '@/lib/criterion/model';
import type { DecisionView } from '../model';
import { parsePlan } from '../plan/plan';
import { exposureOver, needsWindows, type StageWindow, windowsOf } from './windows';

const rate = { name: 'c', kind: 'guardrail', measure: 'rate', metric: 'm', better: 'lower' } as const;
const planOf = (stages: Array<Record<string, number>>, criteria: CriterionInput[] = [rate]) =>
  parsePlan({
    feature: 'f',
    environment: 'e',
    owner: 'o',
    baseline: 'control',
    candidate: 'treatment',
    stages: stages.map((exposure, i) => ({ name: `s${i}`, exposure })),
    criteria,
  });
const [everybody, few, most] = [planOf([{ '*': 20 }, { '*': 50 }]), { eu: 20 }, { eu: 20, us: 50 }];

const began = Date.parse('2026-01-01T00:00:00Z');
const widened = began + 600_000;
const windows: StageWindow[] = [
  { at: began, stage: 0 },
  { at: widened, stage: 1 },
];
const width = 10_000;
const minute = 60_000;
const share = (
  plan = everybody,
  at = widened,
  { cohort = 'eu', without = [] as string[], given = windows, wide = width } = {},
) => exposureOver(plan, given, { width: wide, without })(cohort, at);

describe('the share of a bin', () => {
  test.each<[string, number, number | null]>([
    ['long before the rollout', began - 10 * minute, null],
    ['the bin before it', began - width, null],
    ['its first bin', began, null],
    ['the last moment of the minute after', began + minute - 1, null],
    ['a minute after', began + minute, 0.2],
    ['the last bin before it changes', widened - width, 0.2],
    ['it changes at the end of the bin', widened - width + 1, null],
    ['it changes with the bin', widened, null],
    ['the last moment of the minute after it changed', widened + minute - 1, null],
    ['a minute after it changed', widened + minute, 0.5],
    ['an hour later', widened + 60 * minute, 0.5],
  ])('%s', (_, at, want) => expect(share(everybody, at)).toBe(want));

  test('a wider bin has the change in it', () => {
    expect(share(everybody, widened - minute, { wide: minute })).toBe(0.2);
    expect(share(everybody, widened - minute, { wide: minute + 1 })).toBeNull();
  });
  test('nobody planned one: not known', () => expect(share(everybody, widened, { given: [] })).toBeNull());
  test('of two changes in a minute the last one counts, once it has settled', () => {
    const given = [...windows, { at: widened + 1_000, stage: 2 }];
    const plan = planOf([{ '*': 20 }, { '*': 50 }, { '*': 80 }]);
    expect(share(plan, widened + minute, { given })).toBeNull();
    expect(share(plan, widened + minute + 1_000, { given })).toBe(0.8);
  });
  test('a change for others is none', () => {
    const plan = planOf([few, most]);
    expect(share(plan, widened)).toBe(0.2);
    expect(share(plan, widened, { cohort: 'us' })).toBeNull();
    expect(share(plan, widened - minute, { cohort: 'us' })).toBeNull();
    expect(share(plan, widened + minute, { cohort: 'us' })).toBe(0.5);
  });
  test('whoever was taken back has none', () => {
    const at = widened + minute;
    expect(share(everybody, at, { without: ['eu'] })).toBeNull();
    expect(share(everybody, at, { without: ['us'] })).toBe(0.5);
  });
  test.each<[string, Array<Record<string, number>>, string, number | null]>([
    ['no cohort, and the plan names everybody only', [{ '*': 20 }], '', 0.2],
    ['a cohort that the plan does not name, as everybody', [{ '*': 20 }], 'asia', 0.2],
    ['no cohort, and the plan names one', [{ eu: 20 }], '', null],
    ['no cohort, and the plan names everybody first', [{ '*': 20, eu: 50 }], '', null],
    ['no cohort, and the plan names everybody last', [{ eu: 50 }, { '*': 20 }], '', null],
    ['a cohort that the plan names nowhere', [{ eu: 20 }], 'asia', null],
  ])('%s', (_, stages, cohort, want) =>
    expect(share(planOf(stages), began + minute, { cohort, given: windows.slice(0, 1) })).toBe(want),
  );
});

describe('when each stage began', () => {
  const decision = (over: Partial<DecisionView>): DecisionView => ({
    id: 'd',
    rolloutId: 'r',
    epoch: 1,
    action: 'widen',
    fromState: 'running',
    toState: 'running',
    fromStage: 0,
    toStage: 1,
    cohorts: [],
    actor: { kind: 'belay', id: 'b', name: 'b' },
    reason: '',
    evidence: null,
    acted: true,
    at: new Date(widened).toISOString(),
    ...over,
  });
  const start = { action: 'start', toStage: 0, at: new Date(began).toISOString() } as const;
  test('is what was started and widened, oldest first', () => {
    expect(windowsOf([decision({}), decision(start)])).toEqual(windows);
    expect(windowsOf([decision(start), decision({})])).toEqual(windows);
  });
  test.each<[string, Partial<DecisionView>]>([
    ['would have been widened, had it been allowed', { acted: false }],
    ['a hold', { action: 'hold' }],
    ['a rollback', { action: 'roll_back' }],
    ['its end', { action: 'complete' }],
  ])('%s begins none', (_, over) => expect(windowsOf([decision(start), decision(over)])).toEqual(windows.slice(0, 1)));
});

describe('who needs to know', () => {
  const mean = { ...rate, name: 'd', measure: 'mean' } as const;
  test.each<[string, CriterionInput[], boolean]>([
    ['a rate against the baseline', [rate], true],
    ['one of two', [mean, rate], true],
    ['a rate against a number', [{ ...rate, against: { threshold: 3 } }], false],
    ['a mean against the baseline', [mean], false],
  ])('%s', (_, criteria, needs) => expect(needsWindows(planOf([{ '*': 20 }], criteria))).toBe(needs));
});
