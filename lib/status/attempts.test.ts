import { expect, test } from 'vitest';
import { attempts } from './attempts';

const of = (over: { burst?: number; perSecond?: number; most?: number } = {}) =>
  attempts({ burst: 3, perSecond: 0.5, most: 2, ...over });
const tries = (limit: ReturnType<typeof of>, who: string, n: number, at: number) =>
  Array.from({ length: n }, () => limit.take(who, at)).filter(Boolean).length;

test('so many at once, then as they come back', () => {
  const limit = of();
  expect(tries(limit, 'a', 5, 0)).toBe(3);
  expect(tries(limit, 'a', 5, 1_999)).toBe(0);
  expect(tries(limit, 'a', 5, 2_000)).toBe(1);
  expect(tries(limit, 'a', 9, 3_600_000)).toBe(3);
});

test('each has their own, and what was no guess costs nothing', () => {
  const limit = of();
  expect(tries(limit, 'a', 4, 0)).toBe(3);
  expect(tries(limit, 'b', 4, 0)).toBe(3);
  limit.giveBack('a');
  expect(tries(limit, 'a', 4, 0)).toBe(1);
  for (let i = 0; i < 9; i++) limit.giveBack('a');
  expect(tries(limit, 'a', 9, 0)).toBe(3);
});

test('a clock that goes back gives nothing away', () => {
  const limit = of();
  tries(limit, 'a', 3, 10_000);
  expect(tries(limit, 'a', 1, 0)).toBe(0);
});

test('remembers so many at most, and forgets who was quiet for longest', () => {
  const limit = of();
  tries(limit, 'a', 3, 0);
  tries(limit, 'b', 3, 0);
  expect(tries(limit, 'a', 1, 0)).toBe(0);
  tries(limit, 'c', 3, 0);
  expect(tries(limit, 'a', 1, 0)).toBe(0);
  expect(tries(limit, 'b', 1, 0)).toBe(1);
});
