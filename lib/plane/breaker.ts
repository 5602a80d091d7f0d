/**
 * When not to call a plane that does not answer. Pure; the breaker is data that is kept with the plane.
 *
 *   closed ──5 failures on end──▶ open ──15 s──▶ half open: one call, to see ──it answers──▶ closed
 *                                  ▲──────────────────────────it does not─────┘
 *
 * A late answer of a call from before counts too: it answers. Whoever was let through to see and never told what came
 * of it (a crash) is overdue after the time it was given; then the next one may see.
 */
import type { Breaker } from './model';

const opensAfter = 5;
const openMs = 15_000;
export const closed: Breaker = { state: 'closed', failures: 0 };

export type Leave = { ask: true; breaker: Breaker } | { ask: false; retryAfterMs: number };

/** `probeMs`: how long a call may take at most. */
export function askLeave(breaker: Breaker, now: number, probeMs: number): Leave {
  if (breaker.state === 'closed') return { ask: true, breaker };
  if (now < breaker.until) return { ask: false, retryAfterMs: breaker.until - now };
  return { ask: true, breaker: { state: 'half_open', until: now + probeMs, opened: breaker.opened } };
}

/** `answered`: it said something, be it no. */
export function afterCall(breaker: Breaker, answered: boolean, now: number): Breaker {
  if (answered) return closed;
  switch (breaker.state) {
    case 'closed': {
      const failures = breaker.failures + 1;
      return failures < opensAfter ? { state: 'closed', failures } : { state: 'open', until: now + openMs, opened: 1 };
    }
    case 'half_open':
      return { state: 'open', until: now + openMs, opened: breaker.opened + 1 };
    case 'open':
      return breaker;
  }
}

const firstMs = 500;
const longestMs = 30_000;

/**
 * How long to wait before try `attempt` + 1. Half of it is left to chance (`jitter` from 0 to 1), so that many that
 * failed together do not come back together ("equal jitter",
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 */
export function backoffMs(attempt: number, jitter: number): number {
  const whole = Math.min(longestMs, firstMs * 2 ** Math.max(0, attempt - 1));
  return Math.round(whole / 2 + (whole / 2) * Math.min(Math.max(jitter, 0), 1));
}
