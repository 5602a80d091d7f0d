import { describe, expect, test } from 'vitest';
import type { Excess, Excesses } from '@/lib/criterion/excess';
import { type CriterionInput, criterionInput } from '@/lib/criterion/model';
import {
  armWords,
  carriedWords,
  cautionWords,
  echoWords,
  excessName,
  nothingTelling,
  totalWords,
} from './excess-words';

const criterion = (over: Partial<CriterionInput> = {}) =>
  criterionInput.parse({
    name: 'c',
    kind: 'guardrail',
    measure: 'share',
    metric: 'm',
    better: 'lower',
    of: { s: '5xx' },
    ...over,
  });
const bare = { of: undefined };
const excess = (over: Partial<Excess>): Excess => ({
  key: 'method',
  value: 'invoice',
  baseline: { n: 10, y: 1 },
  candidate: { n: 20, y: 9 },
  excess: 7,
  low: 1,
  high: 9,
  share: 0.934,
  traffic: 0.3,
  clear: true,
  newHere: false,
  goneHere: false,
  symptom: false,
  echoes: null,
  ...over,
});
const of = { unit: 's', baseline: 'control' };
const total = (size: number) => ({ excess: size, low: 1, high: 2, n: 100 });

describe('the whole of it', () => {
  test.each<[string, Partial<CriterionInput>, number, string]>([
    ['a share', {}, 312.4, 'about 312 more that count as 5xx than control would have had with the same traffic'],
    ['less of it', {}, -5, 'about 5 fewer that count as 5xx than control'],
    [
      'a ratio that should be high',
      { ...bare, measure: 'ratio', per: 'p', better: 'higher' },
      70,
      'about 70 fewer of m than control',
    ],
    ['a mean', { ...bare, measure: 'mean' }, 76.5, 'about 76.5\u202fs more in all than control'],
    [
      'a quantile',
      { ...bare, measure: 'quantile', q: 0.95 },
      400,
      'about 400 more above the baseline’s own p95 than control',
    ],
    ['a rate', { ...bare, measure: 'rate' }, 1000, 'about 1,000 more events than control'],
    ['a threshold', { against: { threshold: '1%' } }, 12, 'about 12 more that count as 5xx than the limit allows'],
    [
      'a burn rate',
      { measure: 'burn_rate', objective: 0.99 },
      12,
      'about 12 more that count as 5xx than the objective allows',
    ],
  ])('%s', (_, over, size, says) => {
    expect(totalWords(criterion(over), total(size), of)).toContain(says);
  });
});

test('a value, its counts and what it carries', () => {
  expect(excessName({ key: 'a', value: null })).toBe('a not set');
  expect(excessName({ key: 'a\u0007', value: 'b' })).toBe('a␇ = b');
  expect([carriedWords(1.04), carriedWords(0.934), carriedWords(-0.2), carriedWords(null)]).toEqual([
    'all',
    '93\u202f%',
    '0\u202f%',
    'none',
  ]);
  expect(armWords(criterion(), { n: 20, y: 9 }, 's')).toBe('9 of 20 (45\u202f%)');
  expect(armWords(criterion(), { n: 0, y: 0 }, 's')).toBe('none');
  expect(armWords(criterion(), { n: null, y: 1200 }, 's')).toBe('1,200');
  expect(armWords(criterion({ ...bare, measure: 'mean' }), { n: 20, y: 3 }, 's')).toBe('150\u202fms (n 20)');
});

test('what must be known before it is believed', () => {
  const versions = { baseline: 'control', candidate: 'treatment' };
  expect(cautionWords(excess({}), versions)).toBeNull();
  expect(cautionWords(excess({ newHere: true }), versions)).toMatch(
    /^New here is not yet caused here: control never had/,
  );
  expect(cautionWords(excess({ goneHere: true }), versions)).toContain('treatment has lost it');
  expect(echoWords(excess({}))).toBeNull();
  const echoes = { key: 'provider', value: 'acme', same: true };
  expect(echoWords(excess({ echoes }))).toContain('same observations as provider = acme');
  expect(echoWords(excess({ echoes: { ...echoes, same: false } }))).toContain('because of provider = acme');
});

test('where nothing stands out it says why, and what would help', () => {
  const found: Excesses = { total: total(9), values: [], cohorts: [], keys: ['route'] };
  expect(nothingTelling(found)).toContain('everywhere alike');
  expect(nothingTelling({ ...found, keys: [] })).toContain('Add what tells one request from another');
  expect(nothingTelling({ ...found, total: total(-1) })).toContain('no excess');
  expect(nothingTelling({ ...found, total: null })).toContain('no parts');
});
