/** What the gate says, line by line: what a page shows is exactly this. */
import { describe, expect, test } from 'vitest';
import { ago, ready as asked, green, outcome, plan } from '@/e2e/design-plan';
import { decide, type Evidence } from './decide';
import { gateItems } from './gate';
import type { GateItem, Plan, Stage, Verdict } from './model';

const ready: Evidence = { ...asked, split: [] };
const stage = (over: Partial<Stage>, at = 1): Plan => ({
  ...plan,
  stages: plan.stages.map((s, i) => (i === at ? { ...s, ...over } : s)),
});
const line = (over: Partial<Evidence>, reason: GateItem['reason']) =>
  gateItems({ ...ready, ...over }).find((item) => item.reason === reason);
const split = (cohort: string, ok: boolean | null, n = 100): Verdict['split'][number] => ({
  cohort,
  planned: 25,
  observed: n > 0 ? 25 : null,
  n,
  ok,
});

describe('the lines of the gate', () => {
  test('in the order that they are read in', () =>
    expect(gateItems(ready).map((item) => item.reason)).toEqual([
      'criterion_failing',
      'criterion_no_data',
      'criterion_inconclusive',
      'split',
      'min_samples',
      'min_duration',
    ]));
  test('a stage that is not there has no gate', () => expect(gateItems({ ...ready, stage: 9 })).toEqual([]));
  test('an approval, where one is asked for', () => {
    expect(line({ plan: stage({ approval: true }) }, 'approval')).toEqual({
      reason: 'approval',
      met: false,
      detail: { stage: 'beta' },
    });
    expect(line({ plan: stage({ approval: true }), approved: true }, 'approval')?.met).toBe(true);
    expect(line({}, 'approval')).toBeUndefined();
  });
  test('migrations that the next stage needs, where the plan has any, and nobody goes on without them', () => {
    const manual = { kind: 'manual' as const, text: 'x' };
    const step = { name: 'a', kind: 'expand' as const, owner: 'o', apply: manual, revert: manual };
    const rest = {
      description: '',
      check: null,
      checkAfter: 'both' as const,
      dependsOn: [],
      irreversible: false,
      stage: null,
    };
    const given = { ...plan, migrations: [{ ...step, ...rest }] };
    expect(line({ plan: given, unapplied: ['a', 'b'] }, 'migration_pending')).toEqual({
      reason: 'migration_pending',
      met: false,
      detail: { count: 2, steps: 'a, b' },
    });
    expect(line({ plan: given, unapplied: [] }, 'migration_pending')?.met).toBe(true);
    expect(line({ plan: given }, 'migration_pending')).toBeUndefined();
    expect(line({ unapplied: [] }, 'migration_pending')).toBeUndefined();
    const open = { ...ready, plan: given };
    expect(decide({ ...open, unapplied: ['a'] })).toMatchObject({ kind: 'hold', reason: 'gate_waits', action: null });
    expect(decide({ ...open, unapplied: [] }).action).toMatchObject({ kind: 'widen' });
  });
  test('a proven drill, where the next stage asks for one, and nobody goes on without it', () => {
    const given = stage({ requireDrill: '30d' }, 2);
    const at = (lastProven: Date | null | undefined) => line({ plan: given, lastProven }, 'drill_stale');
    const days = (n: number) => ago(n * 24 * 60);
    const detail = { stage: 'everyone', within: '30d' };
    expect(at(null)).toEqual({ reason: 'drill_stale', met: false, detail: { ...detail, lastProven: null } });
    expect(at(days(31))).toMatchObject({ met: false, detail: { lastProven: days(31).toISOString() } });
    expect(at(days(29))).toMatchObject({ met: true, detail: { lastProven: days(29).toISOString() } });
    // As in a backtest: what is not known is not asked.
    expect(at(undefined)).toBeUndefined();
    expect(line({ lastProven: null }, 'drill_stale')).toBeUndefined();
    // Of the stage that is entered, not of this one.
    expect(line({ plan: stage({ requireDrill: '30d' }, 1), lastProven: null }, 'drill_stale')).toBeUndefined();
    const open = { ...ready, plan: given };
    expect(decide({ ...open, lastProven: null })).toMatchObject({ kind: 'hold', reason: 'gate_waits', action: null });
    expect(decide({ ...open, lastProven: days(1) }).action).toMatchObject({ kind: 'widen' });
  });
  test('the last stage says so', () => {
    const last = plan.stages.length - 1;
    const { name } = plan.stages[last] as Stage;
    expect(line({ stage: last }, 'last_stage')).toEqual({ reason: 'last_stage', met: true, detail: { stage: name } });
    expect(line({}, 'last_stage')).toBeUndefined();
  });
  test('samples, so many of so many', () => {
    expect(line({ stageSamples: 1999 }, 'min_samples')).toEqual({
      reason: 'min_samples',
      met: false,
      detail: { n: 1999, needed: 2000 },
    });
    expect(line({ stageSamples: 2000 }, 'min_samples')?.met).toBe(true);
  });
  test('time, so much of so much, and never less than none', () => {
    expect(line({ stageSince: ago(29) }, 'min_duration')).toEqual({
      reason: 'min_duration',
      met: false,
      detail: { elapsedMs: 29 * 60_000, neededMs: 30 * 60_000 },
    });
    expect(line({ stageSince: ago(-5) }, 'min_duration')?.detail).toMatchObject({ elapsedMs: 0 });
  });
  test.each<[string, Verdict['split'], boolean, GateItem['detail']]>([
    ['none at all', [], true, { cohorts: '', unknown: 0, unclear: '', idle: '' }],
    ['as planned', [split('beta', true)], true, { cohorts: '', unknown: 0, unclear: '', idle: '' }],
    [
      'two wrong',
      [split('beta', false), split('eu', false)],
      false,
      { cohorts: 'beta, eu', unknown: 0, unclear: '', idle: '' },
    ],
    [
      'two not known yet',
      [split('beta', null), split('eu', null)],
      false,
      { cohorts: '', unknown: 2, unclear: 'beta, eu', idle: '' },
    ],
    ['nobody there', [split('beta', null, 0)], true, { cohorts: '', unknown: 0, unclear: '', idle: 'beta' }],
    [
      'nobody there, and it is all the same as planned or wrong',
      [split('beta', true, 0), split('eu', false, 0)],
      false,
      { cohorts: 'eu', unknown: 0, unclear: '', idle: '' },
    ],
  ])('the split: %s', (_, rows, met, detail) =>
    expect(line({ split: rows }, 'split')).toEqual({ reason: 'split', met, detail }),
  );
});

describe('the criteria in the gate', () => {
  const names = (over: Partial<Evidence>) =>
    gateItems({ ...ready, ...over })
      .slice(0, 3)
      .map((item) => [item.met, item.detail.count, item.detail.criteria]);
  const none = [true, 0, ''];
  test('all pass', () => expect(names({})).toEqual([none, none, none]));
  test('failing, silent and unclear are named apart', () => {
    expect(names({ outcomes: [outcome('errors', 'fail'), outcome('orders', 'fail')] })).toEqual([
      [false, 2, 'errors, orders'],
      none,
      none,
    ]);
    expect(names({ outcomes: [outcome('errors', 'no_data')] })).toEqual([none, [false, 2, 'errors, orders'], none]);
    expect(names({ outcomes: [outcome('errors', 'inconclusive'), outcome('orders', 'pass')] })).toEqual([
      none,
      none,
      [false, 1, 'errors'],
    ]);
  });
  test('a cohort that fails counts, one that is unclear does not', () => {
    expect(names({ outcomes: [...green, outcome('orders', 'fail', 'beta')] })[0]).toEqual([false, 1, 'orders']);
    expect(names({ outcomes: [...green, outcome('orders', 'inconclusive', 'beta')] })).toEqual([none, none, none]);
  });
  test('a cohort that was taken back counts no more, the others and the overall look do', () => {
    const outcomes = [...green, outcome('errors', 'fail', 'beta'), outcome('orders', 'fail', 'eu')];
    expect(names({ outcomes, withdrawn: ['beta'] })[0]).toEqual([false, 1, 'orders']);
    expect(names({ outcomes, withdrawn: ['beta', 'eu'] })[0]).toEqual(none);
    expect(names({ outcomes: [outcome('errors', 'fail'), ...green.slice(1)], withdrawn: ['beta'] })[0]).toEqual([
      false,
      1,
      'errors',
    ]);
  });
  const unclear = { ...outcome('errors', 'inconclusive'), reason: 'too_few' as const };
  test('let through is said beside what is open', () => {
    const letting = { ...plan, onUnknown: { too_few: 'let_through' as const } };
    const outcomes = [unclear, ...green.slice(1)];
    expect(line({ plan: letting, outcomes }, 'criterion_inconclusive')).toEqual({
      reason: 'criterion_inconclusive',
      met: true,
      detail: { count: 0, criteria: '', letThrough: 'errors' },
    });
    const both = [unclear, { ...outcome('orders', 'inconclusive'), reason: 'too_few' as const }];
    expect(line({ plan: letting, outcomes: both }, 'criterion_inconclusive')?.detail.letThrough).toBe('errors, orders');
    expect(line({ outcomes }, 'criterion_inconclusive')).toEqual({
      reason: 'criterion_inconclusive',
      met: false,
      detail: { count: 1, criteria: 'errors' },
    });
  });
});

describe('a decision as a record', () => {
  test('says when it was made, of what data, and when the next look is', () => {
    expect(decide({ ...ready, dataUntil: ago(1) })).toMatchObject({
      at: '2026-01-01T12:00:00.000Z',
      dataUntil: '2026-01-01T11:59:00.000Z',
      nextLookAt: '2026-01-01T12:00:01.000Z',
    });
    expect(decide({ ...ready, dataUntil: null }).dataUntil).toBeNull();
  });
  test('widens to the next stage', () => expect(decide(ready).action).toEqual({ kind: 'widen', toStage: 2 }));
  test.each<[string, Partial<Evidence>, string, boolean]>([
    ['only observing', { plan: { ...plan, mode: 'observe' } }, 'gate_holds', true],
    ['everything automatic is stopped', { automationStopped: true }, 'automation_stopped', true],
    ['both', { plan: { ...plan, mode: 'observe' }, automationStopped: true }, 'gate_holds', true],
    ['stopped with nothing to do', { automationStopped: true, stageSamples: 0 }, 'gate_waits', false],
  ])('%s: names why, and what it would have done', (_, over, reason, wished) => {
    const decided = decide({ ...ready, ...over });
    expect(decided.reason).toBe(reason);
    expect(decided.action).toBeNull();
    expect(decided.withheld !== null).toBe(wished);
  });
  test.each([
    [['beta'], false, 'beta'],
    [['beta', 'eu'], false, 'beta'],
    [['beta'], true, 'beta'],
    [['beta', 'eu'], true, null],
    [[], true, null],
  ])('failing in %j (overall: %s) it names %s', (cohorts, overall, named) => {
    const failing = cohorts.map((cohort) => outcome('errors', 'fail', cohort));
    const outcomes = [overall ? outcome('errors', 'fail') : outcome('errors', 'pass'), ...green.slice(1), ...failing];
    expect(decide({ ...ready, outcomes }).deciding).toEqual({ criterion: 'errors', cohort: named });
  });
  test('what cannot be switched is held for that reason', () =>
    expect(
      decide({ ...ready, switchable: false, outcomes: [outcome('errors', 'fail'), ...green.slice(1)] }).action,
    ).toEqual({ kind: 'hold', reason: 'not_switchable' }));
  test.each([
    ['guardrail_failed', 'held_after_regression'],
    ['not_switchable', 'held_after_regression'],
    ['stage_timed_out', 'stage_timed_out'],
    [null, 'held_by_person'],
  ] as const)('held for %s it says %s, and does nothing', (heldReason, reason) =>
    expect(decide({ ...ready, state: 'held', heldReason })).toMatchObject({ kind: 'hold', reason, action: null }),
  );
  test('a stage that is not there waits for nothing', () =>
    expect(decide({ ...ready, stage: 9, outcomes: [] })).toMatchObject({ gate: [] }));
});

describe('standing still on what is not known', () => {
  const waiting = { ...plan, onUnknown: { stale: 'hold' as const } };
  const stale = (criterion: string, cohort: string | null = null) =>
    outcome(criterion, 'inconclusive', cohort, 'stale');
  const pass = [outcome('errors', 'pass'), outcome('orders', 'pass')];
  const deciding = (outcomes: Evidence['outcomes'], over: Partial<Evidence> = {}) =>
    decide({ ...ready, plan: waiting, outcomes, ...over }).deciding;
  test.each<[string, Evidence['outcomes'], string | null]>([
    ['the criterion that is not known', [outcome('errors', 'pass'), stale('orders')], 'orders'],
    ['the first of the plan, whatever comes first', [stale('orders'), stale('errors')], 'errors'],
    ['never a cohort', [stale('errors', 'beta'), ...pass], null],
    ['never a diagnostic', [...pass, stale('size')], null],
    ['nothing that was decided', [outcome('errors', 'pass', null, 'stale'), outcome('orders', 'pass')], null],
    ['nothing that was not judged', [outcome('errors', 'pass')], null],
    ['another reason', [outcome('errors', 'inconclusive', null, 'overflow'), outcome('orders', 'pass')], null],
  ])('names %s', (_, outcomes, named) =>
    expect(deciding(outcomes)).toEqual(named === null ? null : { criterion: named, cohort: null }),
  );
  test('held for it, it goes on naming it; held for another reason it names nothing', () => {
    const outcomes = [stale('errors'), outcome('orders', 'pass')];
    expect(deciding(outcomes, { state: 'held', heldReason: 'unknown_held' })).toEqual({
      criterion: 'errors',
      cohort: null,
    });
    expect(deciding(outcomes, { state: 'held', heldReason: null })).toBeNull();
  });
});
