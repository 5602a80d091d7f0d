import { describe, expect, test } from 'vitest';
import { plan } from '@/e2e/design-plan';
import type { Plan, Stage } from '../model';
import { cohortOrder, exposedCohorts, exposureOf, shareOf } from './exposure';

const staged = (holdback: number, ...exposures: Array<Record<string, number>>): Plan => ({
  ...plan,
  holdback,
  stages: exposures.map((exposure) => ({ ...(plan.stages[0] as Stage), exposure })),
});

describe('the share of a cohort', () => {
  test.each<[string, Plan, number, string, number]>([
    ['of its stage', staged(0, { beta: 25 }), 0, 'beta', 25],
    ['not of a stage to come', staged(0, { beta: 25 }, { beta: 50 }), 0, 'beta', 25],
    ['the largest so far: nobody loses it', staged(0, { beta: 50 }, { beta: 25 }), 1, 'beta', 50],
    ['less what is held back', staged(10, { beta: 100 }), 0, 'beta', 90],
    ['not named: none', staged(0, { beta: 25 }), 0, 'eu', 0],
    ['everybody’s, where everybody is named', staged(0, { '*': 30 }), 0, 'eu', 30],
    ['its own, where it is named before everybody', staged(0, { beta: 10, '*': 30 }), 0, 'beta', 10],
    ['everybody’s, where that is named first', staged(0, { '*': 30, beta: 10 }), 0, 'beta', 30],
    ['its own in one stage, everybody’s in the next', staged(0, { beta: 10 }, { '*': 30 }), 1, 'beta', 30],
    ['never another’s', staged(0, { eu: 60, beta: 10 }), 0, 'beta', 10],
    ['not one below nothing', staged(0, {}), 0, 'beta', 0],
  ])('%s', (_, given, stage, cohort, share) => expect(shareOf(given, stage, cohort)).toBe(share));
  test('none where it was taken back, whoever else would expose it', () => {
    expect(shareOf(staged(0, { beta: 10, '*': 30 }), 0, 'beta', ['beta'])).toBe(0);
    expect(shareOf(staged(0, { beta: 10, '*': 30 }), 0, 'beta', ['eu'])).toBe(10);
  });
});

test('cohorts in the order of first mention', () =>
  expect(cohortOrder(staged(0, { beta: 1 }, { eu: 1, beta: 2 }))).toEqual(['beta', 'eu']));

test('exposed are those with a share', () => {
  const given = staged(0, { beta: 10, eu: 0, us: 5 }, { late: 10 });
  expect(exposedCohorts(given, 0)).toEqual(['beta', 'us']);
  expect(exposedCohorts(given, 1, ['beta'])).toEqual(['us', 'late']);
});

describe('the exposure of a rollout', () => {
  const given = staged(10, { beta: 25, '*': 100 });
  test.each([
    ['draft', 0, 0],
    ['running', 25, 90],
    ['held', 25, 90],
    ['rolling_back', 0, 0],
    ['rolled_back', 0, 0],
    ['completed', 100, 100],
  ] as const)('%s: %i and %i %', (state, beta, everybody) =>
    expect(exposureOf(given, state, 0)).toEqual([
      { cohort: 'beta', share: beta },
      { cohort: '*', share: everybody },
    ]),
  );
  test.each([
    ['running', 90],
    ['completed', 100],
  ] as const)('%s: cohorts that were taken back are among them, with nothing', (state, everybody) =>
    expect(exposureOf(given, state, 0, ['eu', 'beta'])).toEqual([
      { cohort: 'beta', share: 0 },
      { cohort: '*', share: everybody },
      { cohort: 'eu', share: 0 },
    ]),
  );
});
