/** Writing down what a rollback has come to, and telling people of it once. */
import type { Context } from '@/lib/context';
import type { Tx } from '@/lib/db';
import { record } from '@/lib/event/event';
import type { EventKind } from '@/lib/event/model';
import { reach } from '@/lib/failpoint';
import { type Machine, mustEscalate, stateOf, whatNext } from './machine';
import { type RollbackRow, updateRollback } from './store';

/**
 * The steps as they are now, the state that follows from them and, where that is news, the event and the notice: all of
 * it or nothing. Null: the lease is lost.
 */
export async function keepSettled(
  ctx: Pick<Context, 'db' | 'now' | 'actor'>,
  row: RollbackRow,
  machine: Machine,
  beside: (tx: Tx) => Promise<void> = async () => {},
): Promise<RollbackRow | null> {
  const now = ctx.now();
  const state = stateOf(machine, now);
  const news =
    state === 'verified' && row.state !== 'verified' ? 'verified' : mustEscalate(machine, now) ? 'escalate' : null;
  if (news) reach(`${news}.before_write`);
  const kept = await ctx.db.transaction(async (tx) => {
    const escalatedAt = news === 'escalate' ? now : machine.escalatedAt;
    const endedAt = state === 'verified' ? (row.endedAt ?? now) : row.endedAt;
    const written = await updateRollback(tx, row, { state, steps: machine.steps, escalatedAt, endedAt });
    if (!written) return null;
    await beside(tx);
    if (news) await tellOf(tx, now, ctx.actor, written, news);
    return written;
  });
  if (news) reach(`${news}.after_write`);
  return kept;
}

async function tellOf(
  tx: Tx,
  now: Date,
  actor: Context['actor'],
  row: RollbackRow,
  news: 'verified' | 'escalate',
): Promise<void> {
  const todo = whatNext(row);
  const kind: EventKind = news === 'verified' ? 'rollback.verified' : 'rollback.unconfirmed';
  const failed = row.steps.filter((step) => step.state === 'failed');
  await record(tx, now, actor, {
    kind,
    reason:
      news === 'verified'
        ? `The rollback of ${row.featureKey} in ${row.environment} is proven`
        : (failed[0]?.detail ?? 'Not everything was proven in time'),
    environment: row.environment,
    feature: row.featureKey,
    rolloutId: row.rolloutId,
    data: { rollbackId: row.id, ...(news === 'verified' ? {} : { steps: failed.map((step) => step.id), next: todo }) },
  });
}
