import { describe, expect, test } from 'vitest';
import { alphaFor, cohortAlpha } from './budget';
import { type CriterionInput, criterionInput } from './model';
import { questionOf, unitOf } from './question';

const asked = (over: Partial<CriterionInput>, unit = '1') =>
  questionOf(
    criterionInput.parse({ name: 'c', kind: 'guardrail', measure: 'mean', metric: 'm', better: 'lower', ...over }),
    unit,
  );
const share = { measure: 'share', of: { status: '5xx' } } as const;

describe('what is asked', () => {
  test.each<[string, Partial<CriterionInput>, number, object]>([
    ['share', share, 0, { family: 'count', against: 'baseline', relative: false, modelled: true, tail: false }],
    ['share, points', { ...share, margin: '0.5pp' }, 0.005, { relative: false }],
    ['share, relative', { ...share, margin: '20%' }, 0.2, { relative: true }],
    ['higher is better', { ...share, better: 'higher', margin: '20%' }, -0.2, { relative: true }],
    ['ratio', { measure: 'ratio', per: 'all' }, 0, { family: 'count' }],
    ['rate', { measure: 'rate' }, 0, { family: 'count', modelled: true }],
    ['mean', {}, 0, { family: 'mean', modelled: true }],
    ['value', { measure: 'value' }, 0, { family: 'mean', modelled: false }],
    ['threshold', { against: { threshold: 3 } }, 3, { against: 'threshold', relative: false }],
    ['threshold and room', { against: { threshold: 3 }, margin: 1 }, 4, { against: 'threshold' }],
    ['threshold and a part of it', { against: { threshold: 3 }, margin: '10%' }, 3.3, { relative: false }],
    ['threshold from above', { against: { threshold: 3 }, better: 'higher', margin: '10%' }, 2.7, {}],
  ])('%s', (_, over, limit, shape) => {
    const question = asked(over);
    expect(question.limit).toBeCloseTo(limit, 12);
    expect(question.scoreLimit).toBeCloseTo(limit, 12);
    expect(question.shape).toMatchObject(shape);
    expect(question).toMatchObject({ q: null, relativeQuantile: false, burn: null });
  });
  test.each<[string, Partial<CriterionInput>, object]>([
    ['against the baseline', { margin: 0.02 }, { limit: 0.02, scoreLimit: 0, relativeQuantile: false }],
    ['relative', { margin: '10%' }, { limit: 0.1, scoreLimit: 0, relativeQuantile: true }],
  ])('a quantile %s is asked as a share, and shown in its unit', (_, over, want) => {
    const question = asked({ measure: 'quantile', q: 0.99, ...over });
    expect(question).toMatchObject({ q: 0.99, ...want });
    expect(question.shape).toEqual({
      family: 'count',
      against: 'baseline',
      relative: false,
      modelled: true,
      tail: true,
    });
  });
  test('a quantile against a threshold: the share that may lie above it', () => {
    const question = asked({ measure: 'quantile', q: 0.95, against: { threshold: '300ms' } }, 's');
    expect(question.limit).toBeCloseTo(0.3, 12);
    expect(question.scoreLimit).toBeCloseTo(0.05, 12);
  });
  test.each([
    ['lower', 'above'],
    ['higher', 'below'],
  ] as const)('where %s is better, %s is worse', (better, worse) => expect(asked({ better }).worse).toBe(worse));
  test('a rate’s sample is counted in events', () => {
    expect(asked({ measure: 'rate' }).perSecond).toBe(true);
    expect(asked({}).perSecond).toBe(false);
  });
  test('the minimum sample is none unless given', () => {
    expect(asked({}).minSamples).toBe(0);
    expect(asked({ minSamples: 9 }).minSamples).toBe(9);
  });
  test('a burn rate: its first window is the limit', () => {
    const question = asked({
      measure: 'burn_rate',
      of: { status: '5xx' },
      objective: 0.99,
      margin: '50%',
      windows: [{ minutes: 60, rate: 10 }],
    });
    expect(question.limit).toBeCloseTo(15, 9);
    expect(question.scoreLimit).toBeCloseTo(0.15, 9);
    expect(question.shape).toMatchObject({ family: 'count', relative: false });
  });
  test.each([
    ['share', '1'],
    ['ratio', '1'],
    ['burn_rate', '1'],
    ['mean', 's'],
    ['quantile', 's'],
    ['rate', 's'],
    ['value', 's'],
  ] as const)('the unit of a %s is %s', (measure, unit) =>
    expect(
      unitOf(
        {
          ...criterionInput.parse({ name: 'c', kind: 'guardrail', measure: 'mean', metric: 'm', better: 'lower' }),
          measure,
        },
        's',
      ),
    ).toBe(unit),
  );
});

describe('the bound', () => {
  test.each([
    [1, null, 0.005],
    [4, null, 0.00125],
    [0, null, 0.005],
    [4, 0, 0.00125 / 2],
    [4, 1, 0.00125 / 6],
  ])('%i criteria, cohort %s', (criteria, cohort, want) =>
    expect(alphaFor({ falseRollbackRate: 0.01, criteria, cohort })).toBeCloseTo(want, 15),
  );
  test('is never spent twice, over any number of cohorts', () => {
    let sum = 4 * alphaFor({ falseRollbackRate: 0.01, criteria: 4, cohort: null });
    for (let cohort = 0; cohort < 1000; cohort++) sum += 4 * cohortAlpha(0.00125, cohort);
    expect(sum).toBeLessThan(0.01);
    expect(sum).toBeGreaterThan(0.00999);
  });
});
