import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { afterCall, askLeave, backoffMs, closed } from './breaker';
import type { Breaker } from './model';

const open = (until: number, opened = 1): Breaker => ({ state: 'open', until, opened });
const half = (until: number, opened = 1): Breaker => ({ state: 'half_open', until, opened });

describe('leave to ask', () => {
  test.each<[string, Breaker, number, ReturnType<typeof askLeave>]>([
    ['closed', closed, 5, { ask: true, breaker: closed }],
    [
      'closed with failures',
      { state: 'closed', failures: 4 },
      5,
      { ask: true, breaker: { state: 'closed', failures: 4 } },
    ],
    ['open', open(100), 99, { ask: false, retryAfterMs: 1 }],
    ['open, and its time is over', open(100), 100, { ask: true, breaker: half(130) }],
    ['half open, somebody asks', half(100), 99, { ask: false, retryAfterMs: 1 }],
    ['half open, who asked is overdue', half(100, 3), 100, { ask: true, breaker: half(130, 3) }],
  ])('%s', (_name, breaker, now, leave) => {
    expect(askLeave(breaker, now, 30)).toEqual(leave);
  });
});

describe('after a call', () => {
  test.each<[string, Breaker, boolean, Breaker]>([
    ['closed, answered', closed, true, closed],
    ['closed, not', closed, false, { state: 'closed', failures: 1 }],
    ['the fifth failure on end', { state: 'closed', failures: 4 }, false, open(15_007)],
    ['an answer forgets failures', { state: 'closed', failures: 4 }, true, closed],
    ['half open, answered', half(100, 2), true, closed],
    ['half open, not', half(100, 2), false, open(15_007, 3)],
    ['open, a late answer', open(100), true, closed],
    ['open, a late failure', open(100), false, open(100)],
  ])('%s', (_name, breaker, answered, after) => {
    expect(afterCall(breaker, answered, 7)).toEqual(after);
  });
});

test('of a plane that never answers, all workers together ask at most five times, then once in 15 s', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 5_000 }), { minLength: 20, maxLength: 200 }), (pauses) => {
      let breaker: Breaker = closed;
      let now = 0;
      const asked: number[] = [];
      for (const pause of pauses) {
        now += pause;
        const leave = askLeave(breaker, now, 1_000);
        if (!leave.ask) continue;
        asked.push(now);
        breaker = afterCall(leave.breaker, false, now);
      }
      for (const [i, at] of asked.entries())
        if (i >= 5) expect(at - (asked[i - 1] ?? 0)).toBeGreaterThanOrEqual(15_000);
    }),
  );
});

test('whatever happens, a plane that answers is asked again within its time', () => {
  const step = fc.record({ pause: fc.integer({ min: 0, max: 20_000 }), answered: fc.boolean(), told: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      let breaker: Breaker = closed;
      let now = 0;
      for (const { pause, answered, told } of steps) {
        now += pause;
        const leave = askLeave(breaker, now, 1_000);
        if (leave.ask) breaker = told ? afterCall(leave.breaker, answered, now) : leave.breaker;
        else expect(leave.retryAfterMs).toBeLessThanOrEqual(15_000);
      }
      const later = askLeave(breaker, now + 15_000, 1_000);
      expect(later.ask).toBe(true);
      if (later.ask) expect(afterCall(later.breaker, true, now)).toEqual(closed);
    }),
  );
});

test.each([
  [1, 0, 250],
  [1, 1, 500],
  [2, 0.5, 750],
  [7, 0, 15_000],
  [7, 1, 30_000],
  [60, 1, 30_000],
  [0, 0, 250],
  [3, 7, 2_000],
  [3, -7, 1_000],
])('try %i, chance %d: %i ms', (attempt, jitter, ms) => {
  expect(backoffMs(attempt, jitter)).toBe(ms);
});
