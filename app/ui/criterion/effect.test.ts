import { expect, test } from 'vitest';
import { type CriterionInput, criterionInput } from '@/lib/criterion/model';
import { criterionRule, criterionScale, limitSentence } from './effect';

const burn = (over: Partial<CriterionInput> = {}) =>
  criterionInput.parse({
    name: 'budget',
    kind: 'guardrail',
    measure: 'burn_rate',
    metric: 'requests',
    of: { status: '5xx' },
    objective: 0.999,
    better: 'lower',
    ...over,
  });
const plain = (text: string) => text.replaceAll('\u202f', ' ');

test('a burn rate says its budget, its rates and how long each is looked at', () => {
  expect(plain(criterionRule(burn()))).toBe('burn rate of requests with status is 5xx, budget 0.1 %');
  expect(plain(limitSentence(burn()))).toBe('at most 14.4 × over 1 h or 5 min');
  const windows = [
    { minutes: 360, rate: 6 },
    { minutes: 30, rate: 7 },
  ];
  expect(plain(limitSentence(burn({ windows, against: 'baseline', margin: '10%' })))).toBe(
    'at most 6 × over 6 h or 7 × over 30 min more than the baseline, with a margin of 10%',
  );
});

test('its numbers are times, also as a difference with a relative margin', () => {
  expect(plain(criterionScale(burn(), '{request}').difference(40))).toBe('40 ×');
  expect(plain(criterionScale(burn({ against: 'baseline', margin: '10%' }), '').difference(2.5))).toBe('+2.5 ×');
});
