/**
 * Every job, once: name → payload and retries. Payloads are ids plus attempt identity; our tables decide,
 * jobs only wake. A handler that finds nothing to do is a normal outcome.
 */
import { z } from 'zod';

export const jobs = {
  /** carries a rollback one step on */
  rollback: { payload: z.object({ rollbackId: z.string() }), attempts: 5, backoffMs: 500 },
  /** carries an order to apply or revert a migration step on */
  migration: { payload: z.object({ migrationId: z.string() }), attempts: 5, backoffMs: 1_000 },
  /** tells an outside control plane what it is to serve of a feature now */
  delivery: {
    payload: z.object({ feature: z.string(), environment: z.string() }),
    attempts: 1,
    backoffMs: 0,
  },
  /** names what carries the excess that a decision acted on, and keeps it with the history */
  explain: { payload: z.object({ rolloutId: z.string() }), attempts: 5, backoffMs: 1_000 },
  /** tells people: sends one notice, then what else is due at its address */
  notice: { payload: z.object({ noticeId: z.string() }), attempts: 1, backoffMs: 0 },
  /** carries a run of a drill on, for some seconds */
  drill: { payload: z.object({ runId: z.string() }), attempts: 1, backoffMs: 0 },
  /** drafts a report from what is recorded now */
  postmortem: { payload: z.object({ postmortemId: z.string() }), attempts: 1, backoffMs: 0 },
  /** tells a tracker the newest state of an action item */
  tracker: { payload: z.object({ actionId: z.string() }), attempts: 1, backoffMs: 0 },
  /** finds rollbacks, approvals and timers that are due and wakes them */
  sweep: { payload: z.object({}), attempts: 1, backoffMs: 0, everyMs: 5_000 },
  /** plans the runs of drills that are due */
  drills: { payload: z.object({}), attempts: 1, backoffMs: 0, everyMs: 10_000 },
  /** drops what is past its keep */
  retention: { payload: z.object({}), attempts: 3, backoffMs: 5_000, everyMs: 600_000 },
  /** checks the hash chain of the history */
  audit: { payload: z.object({}), attempts: 3, backoffMs: 5_000, everyMs: 3_600_000 },
} as const;

export type JobName = keyof typeof jobs;
export type JobPayload<N extends JobName> = z.infer<(typeof jobs)[N]['payload']>;

/** Best effort: an enqueue that fails or is lost costs one sweep, nothing else. */
export type Enqueue = <N extends JobName>(name: N, payload: JobPayload<N>) => Promise<void>;
