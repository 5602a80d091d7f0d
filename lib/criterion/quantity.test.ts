import { describe, expect, test } from 'vitest';
import { BelayError } from '@/lib/errors';
import { alphaFor } from './budget';
import { parseMargin, parseQuantity, unitFactor } from './quantity';

describe('parseQuantity', () => {
  test.each([
    ['300ms', 's', 0.3],
    ['300ms', 'ms', 300],
    ['2s', 'ms', 2000],
    ['1.5h', 's', 5400],
    ['250us', 'ms', 0.25],
    ['1%', '1', 0.01],
    ['1%', '{request}', 0.01],
    ['2kBy', 'By', 2000],
    ['-5', 'Cel', -5],
    ['-2.25ms', 'ms', -2.25],
    ['12.50', 's', 12.5],
    ['  1500 ms  ', 's', 1.5],
    ['7', '', 7],
    [0.5, 'anything', 0.5],
  ])('%s in %s', (text, unit, want) => expect(parseQuantity(text, unit)).toBe(want));
  test.each([
    ['300ms', 'By'],
    ['300ms', ''],
    ['fast', 's'],
  ])('%s does not fit %s', (text, unit) => {
    try {
      parseQuantity(text, unit, 'against.threshold');
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(BelayError);
      expect((error as BelayError).fields[0]?.field).toBe('against.threshold');
    }
  });
});

describe('what is no quantity', () => {
  test.each([
    ['fast', '"fast" is not a quantity'],
    ['', '"" is not a quantity'],
    ['1.', '"1." does not fit the unit "By"'],
    ['.5', '".5" is not a quantity'],
    ['--5', '"--5" is not a quantity'],
    ['5 ms ago', '"5 ms ago" is not a quantity'],
    ['about 5', '"about 5" is not a quantity'],
    ['5ms', '"5ms" does not fit the unit "By"'],
  ])('%j is told so by name', (text, message) => {
    expect(() => parseQuantity(text, 'By')).toThrow(
      expect.objectContaining({
        code: 'bad_input',
        message: `threshold: ${message}`,
        fields: [{ field: 'threshold', message }],
      }),
    );
    expect(() => parseMargin(text, 'By')).toThrow(`margin: ${message}`);
  });
});

describe('parseMargin', () => {
  test.each([
    ['10%', { kind: 'relative', value: 0.1 }],
    ['0.5pp', { kind: 'points', value: 0.005 }],
    ['20ms', { kind: 'absolute', value: 0.02 }],
    ['0', { kind: 'absolute', value: 0 }],
    [' 10% ', { kind: 'relative', value: 0.1 }],
    [' 2pp ', { kind: 'points', value: 0.02 }],
    ['-1.5pp', { kind: 'points', value: -0.015 }],
    ['-50%', { kind: 'relative', value: -0.5 }],
    [' 2s ', { kind: 'absolute', value: 2 }],
    [0.02, { kind: 'absolute', value: 0.02 }],
  ])('%s', (text, want) => expect(parseMargin(text, 's')).toEqual(want));
});

test('units that differ in scale only convert', () => {
  expect(unitFactor('ms', 's')).toBe(0.001);
  expect(unitFactor('By', 's')).toBeNull();
});

test('the parts of a rollout never add up to more than its rate', () => {
  let sum = 0;
  for (let criterion = 0; criterion < 4; criterion++) {
    sum += alphaFor({ falseRollbackRate: 0.01, criteria: 4, cohort: null });
    for (let cohort = 0; cohort < 1000; cohort++) sum += alphaFor({ falseRollbackRate: 0.01, criteria: 4, cohort });
  }
  expect(sum).toBeLessThanOrEqual(0.01);
  expect(sum).toBeGreaterThan(0.0099);
});
