import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ago, green, now, outcome, plan, ready } from '@/e2e/design-plan';
import { type CriterionOutcome, outcomes as outcomeKinds, outcomeReasons } from '@/lib/criterion/model';
import { type Decided, decide, type Evidence } from './decide';
import type { Plan, Stage } from './model';

const replace = (...over: CriterionOutcome[]) => [
  ...green.filter((g) => !over.some((o) => o.criterion === g.criterion && o.cohort === null)),
  ...over,
];
const stage = (over: Partial<Stage>): Plan => ({
  ...plan,
  stages: plan.stages.map((s, i) => (i === 1 ? { ...s, ...over } : s)),
});
const badSplit = [{ cohort: 'beta', planned: 25, observed: 60, n: 8000, ok: false }];
const fails = { outcomes: replace(outcome('errors', 'fail')) };
const failsInBeta = { outcomes: [...green, outcome('errors', 'fail', 'beta')] };
const failsInTwo = { outcomes: [...green, outcome('errors', 'fail', 'beta'), outcome('errors', 'pass', 'eu')] };

type Expected = [kind: Decided['kind'], reason: Decided['reason'], action: string | null, withheld?: string | null];
const table: Array<[what: string, over: Partial<Evidence>, expected: Expected]> = [
  // The gate.
  ['everything is met', {}, ['widen', 'gate_holds', 'widen']],
  ['minDuration is not over', { stageSince: ago(29) }, ['hold', 'gate_waits', null]],
  ['minDuration is just over', { stageSince: ago(30) }, ['widen', 'gate_holds', 'widen']],
  ['one sample is missing', { stageSamples: 1999 }, ['hold', 'gate_waits', null]],
  ['the split is not as planned', { split: badSplit }, ['hold', 'gate_waits', null]],
  ['the split is not known', { split: [{ ...badSplit[0], ok: null } as never] }, ['hold', 'gate_waits', null]],
  [
    'a cohort without traffic has no split',
    { split: [...ready.split, { cohort: 'eu', planned: 25, observed: null, n: 0, ok: null }] },
    ['widen', 'gate_holds', 'widen'],
  ],
  [
    'the split of a trifle is not known',
    { split: [...ready.split, { cohort: 'eu', planned: 25, observed: 30, n: 79, ok: null }] },
    ['widen', 'gate_holds', 'widen'],
  ],
  [
    '… and of more than a trifle',
    { split: [...ready.split, { cohort: 'eu', planned: 25, observed: 30, n: 81, ok: null }] },
    ['hold', 'gate_waits', null],
  ],
  ['an approval is asked for', { plan: stage({ approval: true }) }, ['hold', 'gate_waits', null]],
  ['the approval is given', { plan: stage({ approval: true }), approved: true }, ['widen', 'gate_holds', 'widen']],
  ['a guardrail is unclear', { outcomes: replace(outcome('errors', 'inconclusive')) }, ['hold', 'gate_waits', null]],
  ['a guardrail has no data', { outcomes: replace(outcome('errors', 'no_data')) }, ['hold', 'gate_waits', null]],
  ['a guardrail was not judged at all', { outcomes: green.slice(1) }, ['hold', 'gate_waits', null]],
  ['a success is unclear', { outcomes: replace(outcome('orders', 'inconclusive')) }, ['hold', 'gate_waits', null]],
  ['nothing was judged', { outcomes: [] }, ['hold', 'gate_waits', null]],
  ['a diagnostic fails', { outcomes: replace(outcome('size', 'fail')) }, ['widen', 'gate_holds', 'widen']],
  [
    'a cohort is unclear',
    { outcomes: [...green, outcome('errors', 'inconclusive', 'beta')] },
    ['widen', 'gate_holds', 'widen'],
  ],
  // The lenient gate.
  [
    'not_failing lets unclear through',
    { plan: stage({ gate: 'not_failing' }), outcomes: replace(outcome('errors', 'inconclusive')) },
    ['widen', 'gate_holds', 'widen'],
  ],
  [
    'not_failing waits for data',
    { plan: stage({ gate: 'not_failing' }), outcomes: replace(outcome('errors', 'no_data')) },
    ['hold', 'gate_waits', null],
  ],
  [
    'not_failing waits while stale',
    { plan: stage({ gate: 'not_failing' }), outcomes: replace(outcome('errors', 'inconclusive', null, 'stale')) },
    ['hold', 'gate_waits', null],
  ],
  [
    'not_failing waits after an error',
    { plan: stage({ gate: 'not_failing' }), outcomes: replace(outcome('orders', 'inconclusive', null, 'errored')) },
    ['hold', 'gate_waits', null],
  ],
  // Regressions.
  ['a guardrail fails', fails, ['roll_back', 'guardrail_failed', 'roll_back']],
  ['a guardrail fails in one cohort', failsInBeta, ['roll_back', 'guardrail_failed', 'roll_back']],
  ['… mid-stage', { ...fails, stageSince: now, stageSamples: 0 }, ['roll_back', 'guardrail_failed', 'roll_back']],
  ['… though the split is wrong', { ...fails, split: badSplit }, ['roll_back', 'guardrail_failed', 'roll_back']],
  [
    '… while a person holds',
    { ...fails, state: 'held', heldReason: 'held_by_person' },
    ['roll_back', 'guardrail_failed', 'roll_back'],
  ],
  [
    '… and the plan says hold',
    { ...fails, plan: { ...plan, onRegression: 'hold' } },
    ['hold', 'guardrail_failed', 'hold'],
  ],
  [
    '… is held for it already',
    { ...fails, plan: { ...plan, onRegression: 'hold' }, state: 'held', heldReason: 'guardrail_failed' },
    ['hold', 'guardrail_failed', null],
  ],
  ['… of a deployment', { ...fails, switchable: false }, ['roll_back', 'not_switchable', 'hold']],
  [
    '… of a deployment that is held',
    { ...fails, switchable: false, state: 'held', heldReason: 'not_switchable' },
    ['roll_back', 'not_switchable', null],
  ],
  [
    '… when everything is stopped',
    { ...fails, automationStopped: true },
    ['roll_back', 'automation_stopped', null, 'roll_back'],
  ],
  [
    '… in observe mode',
    { ...fails, plan: { ...plan, mode: 'observe' } },
    ['roll_back', 'guardrail_failed', null, 'roll_back'],
  ],
  [
    'the failure went away while held',
    { state: 'held', heldReason: 'guardrail_failed' },
    ['hold', 'held_after_regression', null],
  ],
  // Past the cap Belay asks, once, and then waits for a person.
  ['it has rolled back too often', { ...fails, capReached: true }, ['roll_back', 'rollback_cap', 'hold']],
  [
    '… and a person holds it',
    { ...fails, capReached: true, state: 'held', heldReason: 'held_by_person' },
    ['roll_back', 'rollback_cap', 'hold'],
  ],
  [
    '… and has asked',
    { ...fails, capReached: true, state: 'held', heldReason: 'rollback_cap' },
    ['roll_back', 'rollback_cap', null],
  ],
  [
    '… and there is room again',
    { ...fails, capReached: false, state: 'held', heldReason: 'rollback_cap' },
    ['roll_back', 'rollback_cap', null],
  ],
  [
    '… and everything is stopped',
    { ...fails, state: 'held', heldReason: 'rollback_cap', automationStopped: true },
    ['roll_back', 'rollback_cap', null],
  ],
  [
    '… and the failure went away',
    { state: 'held', heldReason: 'rollback_cap', capReached: true },
    ['hold', 'rollback_cap', null],
  ],
  [
    '… and a cohort would be taken back',
    { ...failsInTwo, plan: { ...plan, onRegressionScope: 'cohort' }, withdrawable: ['beta', 'eu'], capReached: true },
    ['roll_back', 'rollback_cap', 'hold'],
  ],
  [
    '… and a stage runs out of time',
    { stageSince: ago(120), stageSamples: 0, plan: stage({ onTimeout: 'roll_back' }), capReached: true },
    ['roll_back', 'rollback_cap', 'hold'],
  ],
  ['… and all is well', { capReached: true }, ['widen', 'gate_holds', 'widen']],
  [
    '… and the plan says hold',
    { ...fails, plan: { ...plan, onRegression: 'hold' }, capReached: true },
    ['hold', 'guardrail_failed', 'hold'],
  ],
  [
    '… of a deployment, which it cannot roll back anyway',
    { ...fails, switchable: false, capReached: true },
    ['roll_back', 'not_switchable', 'hold'],
  ],
  [
    'it may not act, so it does not ask either',
    { ...fails, plan: { ...plan, mode: 'observe' }, capReached: true },
    ['roll_back', 'guardrail_failed', null, 'roll_back'],
  ],
  [
    'everything was stopped before it asked',
    { ...fails, automationStopped: true, capReached: true },
    ['roll_back', 'automation_stopped', null, 'roll_back'],
  ],
  ['a success fails', { outcomes: replace(outcome('orders', 'fail')) }, ['hold', 'success_failed', null]],
  [
    'a success fails in a cohort',
    { outcomes: [...green, outcome('orders', 'fail', 'beta')] },
    ['hold', 'success_failed', null],
  ],
  // Timeouts.
  [
    'maxDuration is over and the gate waits',
    { stageSince: ago(120), stageSamples: 0 },
    ['hold', 'stage_timed_out', 'hold'],
  ],
  ['maxDuration is over and the gate holds', { stageSince: ago(120) }, ['widen', 'gate_holds', 'widen']],
  [
    'onTimeout: roll_back',
    { stageSince: ago(120), stageSamples: 0, plan: stage({ onTimeout: 'roll_back' }) },
    ['roll_back', 'stage_timed_out', 'roll_back'],
  ],
  [
    'onTimeout: roll_back of a deployment',
    { stageSince: ago(120), stageSamples: 0, plan: stage({ onTimeout: 'roll_back' }), switchable: false },
    ['roll_back', 'not_switchable', 'hold'],
  ],
  [
    'timed out and held',
    { state: 'held', heldReason: 'stage_timed_out', stageSince: ago(999) },
    ['hold', 'stage_timed_out', null],
  ],
  // Nobody resumes by himself.
  ['held by a person, all green', { state: 'held', heldReason: 'held_by_person' }, ['hold', 'held_by_person', null]],
  [
    'held, all green, in observe mode',
    { state: 'held', heldReason: null, plan: { ...plan, mode: 'observe' } },
    ['hold', 'held_by_person', null],
  ],
  // Who may act.
  ['all met, everything stopped', { automationStopped: true }, ['widen', 'automation_stopped', null, 'widen']],
  ['all met, observe', { plan: { ...plan, mode: 'observe' } }, ['widen', 'gate_holds', null, 'widen']],
  // The end.
  ['the last stage, not approved', { stage: 2, stageSince: ago(1441) }, ['hold', 'gate_waits', null]],
  ['the last stage, approved', { stage: 2, stageSince: ago(1441), approved: true }, ['widen', 'finished', 'complete']],
  [
    '… in observe mode',
    { stage: 2, stageSince: ago(1441), approved: true, plan: { ...plan, mode: 'observe' } },
    ['widen', 'finished', null, 'complete'],
  ],
  ['it is rolling back', { ...fails, state: 'rolling_back' }, ['hold', 'finished', null]],
  ['it is completed', { state: 'completed' }, ['hold', 'finished', null]],
];

describe('decide', () => {
  it.each(table)('%s', (_what, over, [kind, reason, action, withheld]) => {
    const decided = decide({ ...ready, ...over });
    expect([decided.kind, decided.reason, decided.action?.kind ?? null, decided.withheld?.kind ?? null]).toEqual([
      kind,
      reason,
      action,
      withheld ?? null,
    ]);
  });

  it('names the criterion and the one cohort that fails, and nobody where several do', () => {
    expect(decide({ ...ready, ...failsInBeta }).deciding).toEqual({ criterion: 'errors', cohort: 'beta' });
    const everywhere = [outcome('errors', 'fail', 'beta'), outcome('errors', 'fail', 'eu')];
    expect(decide({ ...ready, outcomes: replace(outcome('errors', 'fail'), ...everywhere) }).deciding).toEqual({
      criterion: 'errors',
      cohort: null,
    });
    expect(
      decide({ ...ready, outcomes: replace(outcome('errors', 'fail'), outcome('errors', 'fail', 'beta')) }).deciding,
    ).toEqual({ criterion: 'errors', cohort: 'beta' });
  });

  it('says line by line what the gate waits for', () => {
    const { gate } = decide({ ...ready, outcomes: [], stageSamples: 3, split: badSplit });
    expect(gate.filter((g) => !g.met).map((g) => g.reason)).toEqual(['criterion_no_data', 'split', 'min_samples']);
    expect(gate.find((g) => g.reason === 'min_samples')?.detail).toEqual({ n: 3, needed: 2000 });
    expect(gate.find((g) => g.reason === 'split')?.detail.cohorts).toBe('beta');
  });

  const anyOutcome = fc
    .record({
      criterion: fc.constantFrom('errors', 'orders', 'size'),
      cohort: fc.constantFrom(null, 'beta', 'eu'),
      kind: fc.constantFrom(...outcomeKinds),
      reason: fc.constantFrom(...outcomeReasons),
    })
    .map((o) => outcome(o.criterion, o.kind, o.cohort, o.reason));
  const anyEvidence = fc
    .record({
      outcomes: fc.array(anyOutcome, { maxLength: 12 }),
      state: fc.constantFrom('running' as const, 'held' as const),
      stage: fc.integer({ min: 0, max: 2 }),
      minutes: fc.integer({ min: 0, max: 3000 }),
      stageSamples: fc.integer({ min: 0, max: 4000 }),
      ok: fc.constantFrom(true, false, null),
      approved: fc.boolean(),
      stopped: fc.boolean(),
      capReached: fc.boolean(),
      heldReason: fc.constantFrom('held_by_person' as const, 'rollback_cap' as const),
      switchable: fc.boolean(),
      mode: fc.constantFrom('act' as const, 'observe' as const),
      gate: fc.constantFrom('pass' as const, 'not_failing' as const),
      onRegression: fc.constantFrom('roll_back' as const, 'hold' as const),
    })
    .map(
      (r): Evidence => ({
        ...ready,
        outcomes: r.outcomes,
        state: r.state,
        heldReason: r.state === 'held' ? r.heldReason : null,
        capReached: r.capReached,
        stage: r.stage,
        stageSince: ago(r.minutes),
        stageSamples: r.stageSamples,
        split: [{ cohort: 'beta', planned: 25, observed: 25, n: 10, ok: r.ok }],
        approved: r.approved,
        automationStopped: r.stopped,
        switchable: r.switchable,
        plan: {
          ...plan,
          mode: r.mode,
          onRegression: r.onRegression,
          stages: plan.stages.map((s) => ({ ...s, gate: r.gate })),
        },
      }),
    );

  it('holds for everything that can be thrown at it', () => {
    fc.assert(
      fc.property(anyEvidence, (e) => {
        const d = decide(e);
        const acting = e.outcomes.filter((o) => o.kind !== 'diagnostic');
        const failed = acting.filter((o) => o.outcome === 'fail' && o.kind === 'guardrail');
        // Nothing automatic while observing or stopped.
        if (e.plan.mode === 'observe' || e.automationStopped) expect(d.action).toBeNull();
        // Past the cap, and once it has asked, nothing is undone by itself.
        if (e.capReached || e.heldReason === 'rollback_cap') expect(d.action?.kind).not.toBe('roll_back');
        // A failed guardrail is never answered by going on; without one and without a timeout nothing is undone.
        if (failed.length > 0) expect(d.kind === 'widen').toBe(false);
        const timeouts = e.plan.stages[e.stage]?.maxDuration !== undefined;
        if (failed.length === 0 && !timeouts) expect(d.kind).not.toBe('roll_back');
        // Going on needs every acting criterion to have said something good (or, lenient, at least not nothing).
        if (d.kind === 'widen') {
          for (const name of ['errors', 'orders']) {
            const overall = acting.find((o) => o.criterion === name && o.cohort === null);
            expect(overall).toBeDefined();
            expect(['fail', 'no_data']).not.toContain(overall?.outcome);
            if (e.plan.stages[e.stage]?.gate === 'pass') expect(overall?.outcome).toBe('pass');
          }
          expect(e.state).toBe('running');
          expect(e.split.every((s) => s.ok === true || s.n === 0)).toBe(true);
        }
        expect(d.action !== null && d.withheld !== null).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  it('never widens or rolls back on no evidence', () => {
    const none = fc.constantFrom('no_data' as const, 'inconclusive' as const);
    fc.assert(
      fc.property(fc.array(none, { minLength: 2, maxLength: 2 }), anyEvidence, ([a, b], e) => {
        const unknown = {
          ...e,
          outcomes: [outcome('errors', a ?? 'no_data'), outcome('orders', b ?? 'no_data', null, 'stale')],
        };
        const d = decide({ ...unknown, stageSince: now });
        expect(d.kind).toBe('hold');
        expect(d.action).toBeNull();
      }),
    );
  });
});
