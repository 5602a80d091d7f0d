/** A rollback: from the decision to the proof. Safe in a browser. */
import type { Check } from '@/lib/migration/model';

export const rollbackStates = [
  'decided',
  'intent',
  'calling',
  'called',
  'verifying',
  'verified',
  'unconfirmed',
] as const;
export type RollbackState = (typeof rollbackStates)[number];

/** `rollback`: takes a rollout back. `restore`: a person goes back to a snapshot. */
export const rollbackKinds = ['rollback', 'restore'] as const;

export const stepStates = ['pending', 'running', 'waiting', 'done', 'failed', 'left'] as const;
/**
 * `running`: its intent is committed, and what came of it is not known yet. `waiting`: for telemetry or for a person.
 * `failed`: it did not do; it is tried again at `dueAt`, or, when that is null, once a person says so.
 * `left`: it does not apply, or could not be undone and was declared so.
 */
export type StepState = (typeof stepStates)[number];

/** What a step does, as data. */
export type StepWork =
  | { kind: 'restore'; plane: string }
  | { kind: 'serve' }
  | { kind: 'revert'; migration: string; name: string; how: 'sql' | 'webhook' | 'manual' }
  | { kind: 'check'; check: Check }
  | { kind: 'call'; webhook: string; body: Record<string, unknown>; timeoutMs: number }
  | { kind: 'person'; who: string; blocking: boolean }
  | { kind: 'read_back'; plane: string }
  | { kind: 'exposure' }
  | { kind: 'criteria' };

export type RollbackStep = {
  /** unique in its rollback, visible ASCII: `restore`, `revert/orders-column`, `check/no-orphans`; with the id of the
   * rollback before it, the idempotency key of whatever it calls */
  id: string;
  title: string;
  owner: string | null;
  expected: string;
  /** how a person can see that it has worked; empty: what is seen says it */
  how: string;
  work: StepWork;
  /** ids of the steps that must be done or left before it begins */
  needs: string[];
  state: StepState;
  attempts: number;
  startedAt: string | null;
  endedAt: string | null;
  /** when it is looked at again; null: nothing to wait for, or a person must say so */
  dueAt: string | null;
  /** what was seen */
  detail: string;
  /** what a person should do now; empty: nothing */
  next: string;
};

/**
 * What came of one try at a step. `wait`: nothing is wrong, it is only not so yet. `failed`: it did not do; with
 * `retryAfterMs` it is tried again, at null only once a person says so. Whoever answers may be asked again with the
 * same key, so the answer tells what is, not what this one try did.
 */
export type TaskResult =
  | { kind: 'done'; detail: string }
  | { kind: 'left'; detail: string }
  | { kind: 'wait'; detail: string; afterMs: number; next?: string }
  | { kind: 'failed'; detail: string; next: string; retryAfterMs: number | null };

/** A person's tick on a step of a person, or on a migration that only a person can revert. */
export type Tick = { step: string; by: string; at: string; note: string };

export type RollbackView = {
  id: string;
  kind: (typeof rollbackKinds)[number];
  rolloutId: string | null;
  epoch: number | null;
  feature: string;
  environment: string;
  state: RollbackState;
  /** whom it takes back; empty: everybody */
  cohorts: string[];
  /** the snapshot that it restores; null: taken back cohorts have none of their own */
  target: string | null;
  plane: string;
  fence: number;
  runbook: { id: string | null; name: string; version: number };
  steps: RollbackStep[];
  ticks: Tick[];
  reason: string;
  by: string;
  decidedAt: string;
  /** past it people are told, and trying goes on */
  deadlineAt: string;
  /** since when people are told that it is not confirmed; null: they need not be */
  escalatedAt: string | null;
  /** a person has taken it over: still not verified, but nobody is called any more */
  acknowledged: { by: string; at: string; reason: string } | null;
  /** what was tried when the plane stayed unconfirmed; null: nothing, or none is declared */
  fallback: { what: string; detail: string; at: string } | null;
  endedAt: string | null;
  attempts: number;
};

/** What was asked of the outside: written down before the call, and again with what came of it. */
export type RollbackCallView = {
  id: number;
  step: string;
  attempt: number;
  key: string;
  fence: number;
  requestedAt: string;
  answeredAt: string | null;
  /** null: no answer was written down, so it may or may not have happened */
  outcome: string | null;
  detail: string;
};

/** `changed` false: everything is as it was then, and nothing was done. */
export type RestoreView = { changed: boolean; rollback: RollbackView | null };
