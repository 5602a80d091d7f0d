/** Whom a regression takes back. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { outcome, plan } from '@/e2e/design-plan';
import { decide, type Evidence } from './decide';
import { exposedCohorts } from './plan/exposure';
import { parsePlan } from './plan/plan';

const now = new Date('2026-01-01T12:00:00Z');
const scoped = parsePlan({ ...plan, onRegressionScope: 'cohort' });
const seen = (cohort: string, kind: 'pass' | 'fail' | 'inconclusive', criterion = 'errors') =>
  outcome(criterion, kind, cohort);
const green = [outcome('errors', 'pass'), outcome('orders', 'pass'), seen('internal', 'pass'), seen('beta', 'pass')];
const but = (...over: typeof green) => [
  ...green.filter((g) => !over.some((o) => o.criterion === g.criterion && o.cohort === g.cohort)),
  ...over,
];

/** The stage `beta`, which exposes `internal` and `beta`. */
const base: Evidence = {
  plan: scoped,
  state: 'running',
  stage: 1,
  stageSince: new Date(now.getTime() - 3_600_000),
  heldReason: null,
  withdrawn: [],
  withdrawable: ['internal', 'beta', 'eu'],
  outcomes: green,
  stageSamples: 2000,
  split: [{ cohort: 'beta', planned: 25, observed: 24.8, n: 8000, ok: true }],
  approved: false,
  automationStopped: false,
  switchable: true,
  dataUntil: now,
  now,
};
const failing = but(seen('beta', 'fail'));
const idle = { ...seen('internal', 'inconclusive'), candidate: { n: 0, value: null } };
const withdraw = (...cohorts: string[]) => ({ kind: 'withdraw', cohorts });
const whole = { kind: 'roll_back' };

const table: Array<[what: string, over: Partial<Evidence>, action: object | null]> = [
  ['one cohort fails', { outcomes: failing }, withdraw('beta')],
  ['… in the middle of a stage', { outcomes: failing, stageSince: now, stageSamples: 0 }, withdraw('beta')],
  ['… while a person holds', { outcomes: failing, state: 'held', heldReason: 'held_by_person' }, withdraw('beta')],
  [
    '… and drags the overall look along',
    { outcomes: but(seen('beta', 'fail'), outcome('errors', 'fail')) },
    withdraw('beta'),
  ],
  [
    'two of three fail',
    {
      plan: parsePlan({ ...scoped, stages: [{ name: 's', exposure: { internal: 100, beta: 25, eu: 25 } }] }),
      stage: 0,
      outcomes: [...but(seen('beta', 'fail')), seen('eu', 'fail')],
    },
    withdraw('beta', 'eu'),
  ],
  ['the plan says rollout', { plan, outcomes: failing }, whole],
  ['only the overall look fails', { outcomes: but(outcome('errors', 'fail')) }, whole],
  ['every exposed cohort fails', { outcomes: but(seen('beta', 'fail'), seen('internal', 'fail')) }, whole],
  ['nobody else was seen on the candidate', { outcomes: but(seen('beta', 'fail'), idle) }, whole],
  ['the flags do not know the cohort', { outcomes: but(seen('moon', 'fail')) }, whole],
  ['nothing is said of what the flags know', { outcomes: failing, withdrawable: undefined }, whole],
  [
    'another cohort fails later',
    {
      outcomes: but(seen('beta', 'fail')),
      plan: parsePlan({ ...scoped, stages: [{ name: 's', exposure: { '*': 50 } }] }),
      stage: 0,
      withdrawn: ['eu'],
    },
    withdraw('beta'),
  ],
  [
    'what is left fails as a whole',
    { outcomes: but(seen('beta', 'fail'), outcome('errors', 'fail')), withdrawn: ['eu'] },
    whole,
  ],
  [
    'the failing cohort was taken back already',
    { outcomes: failing, withdrawn: ['beta'] },
    { kind: 'widen', toStage: 2 },
  ],
  ['a success fails in one cohort', { outcomes: [...green, seen('beta', 'fail', 'orders')] }, null],
  ['a deployment', { outcomes: failing, switchable: false }, { kind: 'hold', reason: 'not_switchable' }],
];

describe('a regression of some cohorts', () => {
  it.each(table)('%s', (_what, over, action) => {
    expect(decide({ ...base, ...over }).action).toEqual(action);
  });

  it('names the cohort, and is withheld where Belay may not act', () => {
    expect(decide({ ...base, outcomes: failing })).toMatchObject({
      kind: 'roll_back',
      reason: 'cohort_regressed',
      deciding: { criterion: 'errors', cohort: 'beta' },
    });
    const observing = { ...scoped, mode: 'observe' as const };
    expect(decide({ ...base, outcomes: failing, plan: observing })).toMatchObject({
      action: null,
      withheld: withdraw('beta'),
    });
    expect(decide({ ...base, outcomes: failing, automationStopped: true })).toMatchObject({
      action: null,
      withheld: withdraw('beta'),
    });
  });

  it('is only of cohorts that fail a guardrail, that the flags know, and never of all that are exposed', () => {
    const anyOutcome = fc
      .record({
        criterion: fc.constantFrom('errors', 'orders', 'size'),
        cohort: fc.constantFrom(null, 'internal', 'beta', 'eu', 'moon'),
        kind: fc.constantFrom('pass' as const, 'fail' as const, 'inconclusive' as const, 'no_data' as const),
      })
      .map((o) => outcome(o.criterion, o.kind, o.cohort));
    const some = fc.subarray(['internal', 'beta', 'eu', 'moon']);
    fc.assert(
      fc.property(
        fc.array(anyOutcome, { maxLength: 10 }),
        some,
        some,
        fc.nat(2),
        (outcomes, withdrawn, known, stage) => {
          const d = decide({ ...base, outcomes, withdrawn, withdrawable: known, stage });
          const fails = (cohort: string | null) =>
            outcomes.some((o) => o.kind === 'guardrail' && o.outcome === 'fail' && o.cohort === cohort);
          const live = ['internal', 'beta', 'eu', 'moon', null].filter((c) => c === null || !withdrawn.includes(c));
          // Whatever is done, a failing guardrail of somebody who is still in is always answered by going back.
          expect(d.kind === 'roll_back').toBe(live.some(fails));
          if (d.action?.kind !== 'withdraw') return;
          const { cohorts } = d.action;
          expect(cohorts.length).toBeGreaterThan(0);
          for (const cohort of cohorts) {
            expect(fails(cohort)).toBe(true);
            expect(known).toContain(cohort);
            expect(withdrawn).not.toContain(cohort);
          }
          // Nobody who fails stays in.
          expect(live.filter((c) => c !== null && fails(c)).sort()).toEqual([...cohorts].sort());
          expect(exposedCohorts(scoped, stage, [...withdrawn, ...cohorts])).not.toEqual([]);
          if (withdrawn.length > 0) expect(fails(null)).toBe(false);
        },
      ),
      { numRuns: 3000 },
    );
  });
});
