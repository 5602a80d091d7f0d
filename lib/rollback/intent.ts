/**
 * The intent to restore: a row committed with the decision, before anything is called. Everything after it can be
 * done again by any worker from this row alone (`rollback.ts`).
 */
import { rollback } from '@/drizzle/schema/rollback';
import type { Tx } from '@/lib/db';
import type { PlaneState } from '@/lib/plane/model';
import type { RunbookUsed } from '@/lib/runbook/model';
import { stateOf, wholeMs } from './machine';
import type { RollbackView } from './model';
import { type Parts, stepsOf } from './steps';

/** The queue goes first; the sweep looks only at what the queue has left lying. */
const sweepAfterMs = 1_500;

export type Intent = {
  id: string;
  kind: RollbackView['kind'];
  rollout: { id: string; epoch: number } | null;
  feature: string;
  environment: string;
  /** empty: everybody */
  cohorts: string[];
  target: string | null;
  fence: number;
  desired: PlaneState;
  revision: number;
  runbook: RunbookUsed;
  parts: Omit<Parts, 'runbook'>;
  reason: string;
  by: string;
};

export async function intend(tx: Tx, now: Date, input: Intent): Promise<void> {
  const { runbook, parts } = input;
  const steps = stepsOf({ ...parts, runbook });
  const deadlineAt = new Date(now.getTime() + wholeMs);
  await tx.insert(rollback).values({
    id: input.id,
    kind: input.kind,
    rolloutId: input.rollout?.id ?? null,
    epoch: input.rollout?.epoch ?? null,
    featureKey: input.feature,
    environment: input.environment,
    state: stateOf({ steps, deadlineAt, escalatedAt: null }, now),
    cohorts: input.cohorts,
    target: input.target,
    plane: parts.plane,
    fence: input.fence,
    desired: input.desired,
    revision: input.revision,
    runbookId: runbook.id,
    runbookName: runbook.name,
    runbookVersion: runbook.version,
    steps,
    reason: input.reason,
    createdBy: input.by,
    decidedAt: now,
    deadlineAt,
    dueAt: new Date(now.getTime() + sweepAfterMs),
    attempts: 0,
  });
}
