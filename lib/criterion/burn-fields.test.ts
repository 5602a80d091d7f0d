import { describe, expect, test } from 'vitest';
import { type Criterion, type CriterionInput, criterionInput } from './model';

const fast = [
  { minutes: 60, rate: 14.4 },
  { minutes: 5, rate: 14.4 },
];
const bare = { name: 'c', kind: 'guardrail', metric: 'm', measure: 'burn_rate', better: 'lower' } as const;
const input = (over: Partial<CriterionInput> = {}): CriterionInput => ({
  ...bare,
  of: { status: '5xx' },
  objective: 0.999,
  ...over,
});
const criterion = (over: Partial<CriterionInput> = {}): Criterion => criterionInput.parse(input(over));

describe('what a burn rate is asked with', () => {
  test.each<[string, Partial<CriterionInput>, string, RegExp]>([
    ['no objective', { objective: undefined }, 'objective', /needed for a burn rate/],
    ['nothing that is bad', { of: undefined }, 'of', /which part of the metric is bad/],
    ['better higher', { better: 'higher' }, 'better', /lower/],
    ['a window of no length', { windows: [{ minutes: 0, rate: 1 }] }, 'windows.0.minutes', />0/],
    ['no window at all', { windows: [] }, 'windows', />=1/],
    ['a margin in points', { margin: '1pp' }, 'margin', /relative/],
    ['a margin in time', { margin: '20ms' }, 'margin', /relative/],
    ['a threshold with a unit', { against: { threshold: '1%' } }, 'against.threshold', /burn rate/],
    ['a threshold of nothing', { against: { threshold: 0 } }, 'against.threshold', /above 0/],
    ['a rate that nothing can burn at', { objective: 0.9, windows: fast }, 'windows', /burn at 10$/],
    ['a rate that the margin takes out of reach', { objective: 0.94, margin: '20%' }, 'objective', /burn at 16.6667$/],
    ['an objective of a share', { measure: 'share' }, 'objective', /burn_rate only/],
    ['windows of a share', { measure: 'share', objective: undefined, windows: fast }, 'windows', /burn_rate only/],
    ['a quantile', { q: 0.9 }, 'q', /quantile only/],
    ['per', { per: 'started' }, 'per', /ratio only/],
  ])('%s is refused by name', (_, over, field, message) => {
    const { success, error } = criterionInput.safeParse(input(over));
    expect(success).toBe(false);
    expect(error?.issues.map((i) => i.path.join('.'))).toContain(field);
    expect(error?.issues.find((i) => i.path.join('.') === field)?.message).toMatch(message);
  });

  test.each<[string, Partial<CriterionInput>, Pick<Criterion, 'against' | 'windows'>]>([
    ['nothing: the fast pair of the workbook', {}, { against: { threshold: 14.4 }, windows: fast }],
    [
      'a threshold: its rate',
      { against: { threshold: '6' } },
      {
        against: { threshold: 6 },
        windows: [
          { minutes: 60, rate: 6 },
          { minutes: 5, rate: 6 },
        ],
      },
    ],
    [
      'windows with and without a rate',
      { against: { threshold: 6 }, windows: [{ minutes: 360 }, { minutes: 30, rate: 7 }] },
      {
        against: { threshold: 6 },
        windows: [
          { minutes: 360, rate: 6 },
          { minutes: 30, rate: 7 },
        ],
      },
    ],
    [
      'windows only',
      { windows: [{ minutes: 360, rate: 6 }] },
      { against: { threshold: 6 }, windows: [{ minutes: 360, rate: 6 }] },
    ],
    ['the baseline', { against: 'baseline' }, { against: 'baseline', windows: fast }],
  ])('%s', (_, over, wanted) => {
    const parsed = criterion(over);
    expect(parsed).toMatchObject(wanted);
    expect(criterionInput.parse(parsed)).toEqual(parsed);
  });

  test('every other measure is against the baseline unless it says otherwise', () => {
    const parsed = criterionInput.parse({ ...bare, measure: 'share', of: { a: 1 } });
    expect(parsed.against).toBe('baseline');
    expect(Object.keys(parsed)).not.toContain('windows');
  });
});
