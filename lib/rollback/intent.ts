/**
 * The intent to restore: a row committed with the decision, before anything is called. Everything after it can be
 * done again by any worker from this row alone (`rollback.ts`).
 */
import { rollback } from '@/drizzle/schema/rollback';
import type { Tx } from '@/lib/db';
import type { RollbackStep } from './model';

/** The queue goes first; the sweep looks only at what the queue has left lying. */
const sweepAfterMs = 1_500;

export async function intend(
  tx: Tx,
  now: Date,
  input: { id: string; row: { id: string; epoch: number }; revision: number; reason: string; cohorts: string[] },
): Promise<void> {
  const pending = (name: RollbackStep['name']): RollbackStep => ({ name, state: 'pending', at: null, detail: '' });
  await tx.insert(rollback).values({
    id: input.id,
    rolloutId: input.row.id,
    epoch: input.row.epoch,
    state: 'intent',
    cohorts: input.cohorts,
    revision: input.revision,
    steps: [pending('flags_switched'), pending('listeners_serving'), pending('exposure_gone')],
    reason: input.reason,
    decidedAt: now,
    dueAt: new Date(now.getTime() + sweepAfterMs),
    attempts: 0,
  });
}
