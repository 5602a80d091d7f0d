import { expect, test } from 'vitest';
import { bandOf } from './band';

const look = { at: '1970-01-01T00:00:10Z', low: 0.1, high: 0.3, limit: 0.2, baseline: { value: 200 } };

test('differences stand where the candidate would', () => {
  expect(bandOf([look], 'relative')).toEqual([{ at: 10_000, low: 220.00000000000003, high: 260, limit: 240 }]);
  expect(bandOf([look], 'absolute')[0]).toMatchObject({ low: 200.1, high: 200.3, limit: 200.2 });
  expect(bandOf([look], 'threshold')[0]).toMatchObject({ low: 0.1, high: 0.3, limit: 0.2 });
});

test('without a baseline, or with an unbounded interval, there is no band', () => {
  expect(bandOf([{ ...look, baseline: { value: null } }], 'relative')).toEqual([]);
  expect(bandOf([{ ...look, high: Number.POSITIVE_INFINITY, low: null }], 'absolute')[0]).toMatchObject({
    low: null,
    high: null,
    limit: 200.2,
  });
});
