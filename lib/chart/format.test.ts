import { expect, test } from 'vitest';
import { formatCount, formatDuration, formatNumber, formatTook, formatValue, scaleOf } from './format';

test.each([
  [0.18234, scaleOf('quantile', 's'), '182\u202fms'],
  [1234, scaleOf('mean', 'ms'), '1.23\u202fs'],
  [0.0123, scaleOf('share', 's'), '1.23\u202f%'],
  [0, scaleOf('share', '1'), '0\u202f%'],
  [12.34, scaleOf('rate', '{request}'), '12.3\u202f/s'],
  [1536, scaleOf('value', 'By'), '1.54\u202fkB'],
  [7, scaleOf('value', '{item}'), '7\u202fitem'],
  [-0.5, scaleOf('value', '1'), '−0.5'],
  [0.0000004, scaleOf('value', '1'), '4.0e−7'],
  [250, scaleOf('count', 's'), '250'],
])('%s as %o reads %s', (value, scale, text) => {
  expect(formatValue(value, scale)).toBe(text);
});

test('an unknown is a dash, never a zero', () => {
  expect(formatValue(null, { kind: 'share' })).toBe('–');
  expect(formatValue(Number.NaN, { kind: 'share' })).toBe('–');
  expect(formatValue(Number.POSITIVE_INFINITY, { kind: 'share' })).toBe('∞');
});

test('numbers keep three significant digits and all their thousands', () => {
  expect(formatNumber(123456)).toBe('123,456');
  expect(formatNumber(0.001234)).toBe('0.00123');
  expect(formatNumber(-0.0000001, 3)).toBe('−1.0e−7');
  expect(formatCount(99_999)).toBe('99,999');
  expect(formatCount(1_234_567)).toBe('1.23M');
});

test.each([
  [0, '0\u202fs'],
  [42_400, '42\u202fs'],
  [90_000, '1\u202fmin 30\u202fs'],
  [5 * 60_000, '5\u202fmin'],
  [25 * 60_000 + 12_000, '25\u202fmin'],
  [3 * 3600_000 + 10 * 60_000, '3\u202fh 10\u202fmin'],
  [50 * 3600_000, '2\u202fd 2\u202fh'],
  [86_400_000 + 30_000, '1\u202fd'],
])('%d ms reads %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test.each([
  [0.4, 'less than 1\u202fms'],
  [78, '78\u202fms'],
  [999.4, '999\u202fms'],
  [1_000, '1\u202fs'],
  [4_230, '4.2\u202fs'],
  [42_000, '42\u202fs'],
  [88_000, '1\u202fmin 28\u202fs'],
])('what took %d ms says so in its own size', (ms, text) => {
  expect(formatTook(ms)).toBe(text);
});
