/** What a plan does about each reason for which a criterion has no answer. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { outcome, plan } from '@/e2e/design-plan';
import { type OutcomeReason, outcomeReasons } from '@/lib/criterion/model';
import { decide, type Evidence } from './decide';
import { notYetReasons, type Plan, type UnknownPolicy, unknownPolicies, unknownReasons } from './model';

const now = new Date('2026-01-01T12:00:00Z');
const ago = (minutes: number) => new Date(now.getTime() - minutes * 60_000);
const notYet = (reason: OutcomeReason) => (notYetReasons as readonly OutcomeReason[]).includes(reason);

/** The stage `beta` without its maxDuration, with everything met but `errors`, which has no answer. */
function unknown(of: {
  reason: OutcomeReason;
  kind?: 'no_data' | 'inconclusive';
  policy?: UnknownPolicy;
  gate?: 'pass' | 'not_failing';
  minutes?: number;
}): Evidence {
  const { reason, kind = 'inconclusive', policy, gate = 'pass', minutes = 60 } = of;
  const stages = plan.stages.map(({ maxDuration: _none, ...s }) => ({ ...s, gate }));
  const onUnknown: Plan['onUnknown'] = policy && reason !== 'decided' ? { [reason]: policy } : {};
  return {
    plan: { ...plan, stages, onUnknown },
    state: 'running',
    stage: 1,
    stageSince: ago(minutes),
    heldReason: null,
    outcomes: [outcome('errors', kind, null, reason), outcome('orders', 'pass')],
    stageSamples: 2000,
    split: [{ cohort: 'beta', planned: 25, observed: 25, n: 8000, ok: true }],
    approved: false,
    automationStopped: false,
    switchable: true,
    dataUntil: now,
    now,
  };
}

describe('every reason × policy × gate', () => {
  const gates = ['pass', 'not_failing'] as const;
  const policies = [undefined, ...unknownPolicies];
  const cases = unknownReasons.flatMap((reason) =>
    policies.flatMap((policy) => gates.map((gate) => ({ reason, policy, gate }))),
  );
  it.each(cases)('$reason, $policy, gate $gate', ({ reason, policy, gate }) => {
    const d = decide(unknown({ reason, policy, gate }));
    const through = notYet(reason) && (policy === 'let_through' || (policy !== 'hold' && gate === 'not_failing'));
    const expected = through
      ? ['widen', 'gate_holds', 'widen']
      : policy === 'hold'
        ? ['hold', 'unknown_held', 'hold']
        : ['hold', 'gate_waits', null];
    expect([d.kind, d.reason, d.action?.kind ?? null]).toEqual(expected);
    expect(d.deciding).toEqual(policy === 'hold' ? { criterion: 'errors', cohort: null } : null);
    // What has no data at all is let through by nobody.
    expect(decide(unknown({ reason, policy, gate, kind: 'no_data' })).kind).toBe('hold');
  });

  it('has a policy for every reason but the one that is an answer', () => {
    expect([...unknownReasons, 'decided'].sort()).toEqual([...outcomeReasons].sort());
  });
});

describe('hold', () => {
  it('says who was let through', () => {
    const { gate } = decide(unknown({ reason: 'too_few', policy: 'let_through' }));
    expect(gate.find((g) => g.reason === 'criterion_inconclusive')).toMatchObject({
      met: true,
      detail: { count: 0, letThrough: 'errors' },
    });
  });

  it('is at once for what was there and went away, and after minDuration for what is only missing yet', () => {
    const young = { policy: 'hold', minutes: 1 } as const;
    expect(decide(unknown({ ...young, reason: 'stale' })).reason).toBe('unknown_held');
    expect(decide(unknown({ ...young, reason: 'too_few' })).reason).toBe('gate_waits');
    expect(decide(unknown({ ...young, reason: 'candidate_silent', kind: 'no_data' })).reason).toBe('gate_waits');
    expect(decide(unknown({ ...young, minutes: 30, reason: 'too_few' })).reason).toBe('unknown_held');
  });

  it('stays until a person resumes, naming what is unknown as long as it is', () => {
    const held = { state: 'held', heldReason: 'unknown_held' } as const;
    const still = { ...unknown({ reason: 'stale', policy: 'hold' }), ...held };
    expect(decide(still)).toMatchObject({ reason: 'unknown_held', deciding: { criterion: 'errors' }, action: null });
    const known = { ...still, outcomes: [outcome('errors', 'pass'), outcome('orders', 'pass')] };
    expect(decide(known)).toMatchObject({ kind: 'hold', reason: 'unknown_held', deciding: null, action: null });
  });

  it('comes after a failing guardrail, before a timeout, and never from a diagnostic', () => {
    const e = unknown({ reason: 'stale', policy: 'hold' });
    const failing = [...e.outcomes, outcome('errors', 'fail', 'eu')];
    expect(decide({ ...e, outcomes: failing }).action).toEqual({ kind: 'roll_back' });
    const timed = {
      ...e.plan,
      stages: e.plan.stages.map((s) => ({ ...s, maxDuration: '1m', onTimeout: 'roll_back' as const })),
    };
    expect(decide({ ...e, plan: timed })).toMatchObject({ reason: 'unknown_held', action: { kind: 'hold' } });
    const size = [outcome('errors', 'pass'), outcome('orders', 'pass'), outcome('size', 'inconclusive', null, 'stale')];
    expect(decide({ ...e, outcomes: size }).reason).toBe('gate_holds');
  });

  it('is withheld where Belay may not act', () => {
    const e = unknown({ reason: 'stale', policy: 'hold' });
    const observing = { ...e, plan: { ...e.plan, mode: 'observe' as const } };
    expect(decide(observing)).toMatchObject({ action: null, withheld: { kind: 'hold', reason: 'unknown_held' } });
    expect(decide({ ...e, automationStopped: true })).toMatchObject({ reason: 'automation_stopped', action: null });
  });
});

it('nothing unknown passes a gate or rolls back, whatever the plan says', () => {
  const policy = fc.constantFrom(...unknownPolicies);
  const someReasons = fc.dictionary(fc.constantFrom(...unknownReasons), policy);
  const unknownOutcome = fc.record({
    criterion: fc.constantFrom('errors', 'orders', 'size'),
    cohort: fc.constantFrom(null, 'beta', 'eu'),
    kind: fc.constantFrom('no_data' as const, 'inconclusive' as const),
    reason: fc.constantFrom(...unknownReasons),
  });
  const flags = fc.record({
    gate: fc.constantFrom('pass' as const, 'not_failing' as const),
    minutes: fc.nat(200),
    scope: fc.constantFrom('rollout' as const, 'cohort' as const),
    held: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(unknownOutcome, { maxLength: 8 }), someReasons, flags, (all, onUnknown, f) => {
      const e = unknown({ reason: 'stale', gate: f.gate, minutes: f.minutes });
      const outcomes = all.map((o) => outcome(o.criterion, o.kind, o.cohort, o.reason));
      const d = decide({
        ...e,
        state: f.held ? 'held' : 'running',
        heldReason: f.held ? 'unknown_held' : null,
        plan: { ...e.plan, onUnknown, onRegressionScope: f.scope },
        withdrawable: ['beta', 'eu'],
        outcomes,
      });
      expect(d.kind).not.toBe('roll_back');
      expect(['roll_back', 'withdraw', 'complete']).not.toContain((d.action ?? d.withheld)?.kind);
      if (d.kind !== 'widen') return;
      // Only "not yet", and only where the plan or a lenient gate lets it through.
      for (const name of ['errors', 'orders']) {
        const overall = outcomes.find((o) => o.criterion === name && o.cohort === null);
        expect(overall?.outcome).toBe('inconclusive');
        expect(notYetReasons).toContain(overall?.reason);
        const said = overall && onUnknown[overall.reason as keyof typeof onUnknown];
        expect(f.gate === 'not_failing' || said === 'let_through').toBe(true);
      }
    }),
    { numRuns: 3000 },
  );
});
