import { describe, expect, test } from 'vitest';
import type { Sent } from '@/lib/webhook/model';
import { fateOf, faultOf, givenUpAfterMs } from './schedule';

const created = new Date('2026-11-22T08:00:00Z');
const answered = (status: number, retryAfterMs: number | null = null): Sent => ({
  kind: 'answered',
  status,
  body: '',
  truncated: false,
  retryAfterMs,
});
const reset: Sent = { kind: 'reset', why: 'the connection was reset', reached: true };
const fate = (sent: Sent, attempts = 1, afterMs = 0) =>
  fateOf(sent, { attempts, createdAt: created }, new Date(created.getTime() + afterMs));

describe('what becomes of a notice', () => {
  test.each<[string, Sent, string]>([
    ['200', answered(200), 'delivered'],
    ['204', answered(204), 'delivered'],
    ['299', answered(299), 'delivered'],
    ['199', answered(199), 'pending'],
    ['300', answered(300), 'pending'],
    ['a redirect', answered(307), 'pending'],
    ['404: it may come back', answered(404), 'pending'],
    ['410: it does not', answered(410), 'failed'],
    ['429', answered(429), 'pending'],
    ['500', answered(500), 'pending'],
    ['a reset', reset, 'pending'],
    ['a timeout', { kind: 'timeout', why: 'no answer', reached: true }, 'pending'],
    ['a name that is not known', { kind: 'unreachable', why: 'not known', reached: false }, 'pending'],
    ['an address that may not be called', { kind: 'blocked', why: 'is private', reached: false }, 'pending'],
    ['a webhook that is disabled', { kind: 'disabled', why: 'is disabled', reached: false }, 'failed'],
  ])('%s', (_what, sent, state) => {
    expect(fate(sent).state).toBe(state);
  });

  test('the pauses grow, and no other is shorter than the one before', () => {
    const pauses = Array.from({ length: 12 }, (_, i) => {
      const next = fate(answered(500), i + 1);
      return next.state === 'pending' ? (next.dueAt.getTime() - created.getTime()) / 1000 : null;
    });
    expect(pauses).toEqual([5, 30, 120, 600, 1800, 7200, 21600, 43200, 86400, 86400, 86400, 86400]);
  });

  test('Retry-After is waited for where it is longer', () => {
    expect(fate(answered(429, 90_000))).toMatchObject({ dueAt: new Date(created.getTime() + 90_000) });
    expect(fate(answered(503, 1_000))).toMatchObject({ dueAt: new Date(created.getTime() + 5_000) });
  });

  test('after three days it is given up, with the last reason', () => {
    expect(fate(reset, 1, givenUpAfterMs - 5_000).state).toBe('pending');
    expect(fate(reset, 1, givenUpAfterMs - 4_999)).toEqual({ state: 'failed', error: 'the connection was reset' });
    // Left to itself: all pauses, one after the other.
    let at = 0;
    for (let attempts = 1; ; attempts++) {
      const next = fate(reset, attempts, at);
      if (next.state !== 'pending') {
        expect(attempts).toBe(11);
        break;
      }
      at = next.dueAt.getTime() - created.getTime();
      expect(at).toBeLessThanOrEqual(givenUpAfterMs);
    }
  });

  test('what is wrong is said in words', () => {
    expect(faultOf(answered(200))).toBeNull();
    expect(faultOf(answered(302))).toBe('it answered 302, a redirect, which is not followed');
    expect(faultOf(answered(500))).toBe('it answered 500');
    expect(faultOf(reset)).toBe('the connection was reset');
  });
});
