import { describe, expect, test } from 'vitest';
import { isAlive, levelOf, startShare } from './starts';

describe('start times', () => {
  test.each([
    [0, 0],
    [1, 0],
    [2, 1],
    [3, 0],
    [4, 2],
    [12, 2],
    [1024, 10],
    [3 * 2 ** 20, 20],
  ])('start %i is of level %i', (start, level) => expect(levelOf(start)).toBe(level));
  test('the beginning keeps three quarters', () => expect(startShare(0)).toBe(0.75));
  test.each([
    [1, 0, 3],
    [3, 0, 4],
    [2, 1, 3],
    [6, 1, 4],
    [40, 3, 5],
  ])('start %i: level %i, member %i of its series', (start, level, member) =>
    expect(startShare(start)).toBeCloseTo(
      0.25 / ((level + 1) * (level + 2)) / (member * Math.log(member) ** 2 * 1.07),
      15,
    ),
  );
  test('the series of a level sums to less than one', () => {
    let sum = 0;
    for (let i = 3; i < 1e6; i++) sum += 1 / (i * Math.log(i) ** 2);
    // What is left beyond n is below ∫ 1/(x·ln²x) = 1/ln n.
    expect(sum + 1 / Math.log(1e6 - 1)).toBeLessThan(1.07);
  });
  test.each([
    [0, 1e9, true],
    [1, 9, true],
    [1, 10, false],
    [4, 36, true],
    [4, 37, false],
    [6, 22, true],
    [6, 23, false],
  ])('start %i after %i bins is alive: %s', (start, bins, alive) => expect(isAlive(start, bins)).toBe(alive));
});
