/** Writing down what a rollback has come to, and telling people of it once. */
import type { Context } from '@/lib/context';
import type { Tx } from '@/lib/db';
import { record } from '@/lib/event/event';
import { reach } from '@/lib/failpoint';
import { tell } from '@/lib/notice/notice';
import { type Machine, mustEscalate, stateOf, whatNext } from './machine';
import type { RollbackStep } from './model';
import { unconfirmedNotice, verifiedNotice, waitsNotice } from './notices';
import { type RollbackRow, updateRollback } from './store';

/**
 * The steps as they are now, the state that follows from them and, where that is news, the event and the notice: all of
 * it or nothing. Null: the lease is lost.
 */
export async function keepSettled(
  ctx: Pick<Context, 'db' | 'now' | 'actor'>,
  row: RollbackRow,
  machine: Machine,
  also: { beside?: (tx: Tx) => Promise<void>; ended?: boolean } = {},
): Promise<RollbackRow | null> {
  const now = ctx.now();
  const state = stateOf(machine, now);
  const news =
    state === 'verified' && row.state !== 'verified' ? 'verified' : mustEscalate(machine, now) ? 'escalate' : null;
  if (news) reach(`${news}.before_write`);
  const kept = await ctx.db.transaction(async (tx) => {
    const escalatedAt = news === 'escalate' ? now : machine.escalatedAt;
    const endedAt = state === 'verified' || also.ended ? (row.endedAt ?? now) : row.endedAt;
    const written = await updateRollback(tx, row, { state, steps: machine.steps, escalatedAt, endedAt });
    if (!written) return null;
    await also.beside?.(tx);
    for (const step of asking(row, written))
      await tell(tx, now, waitsNotice({ ...written, by: written.createdBy }, step));
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
  const failed = row.steps.filter((step) => step.state === 'failed');
  const about = { environment: row.environment, feature: row.featureKey, rolloutId: row.rolloutId };
  const of = { ...row, by: row.createdBy };
  await tell(tx, now, news === 'verified' ? verifiedNotice(of) : unconfirmedNotice(of));
  await record(tx, now, actor, {
    kind: news === 'verified' ? 'rollback.verified' : 'rollback.unconfirmed',
    reason:
      news === 'verified'
        ? `The rollback of ${row.featureKey} in ${row.environment} is proven`
        : (failed[0]?.detail ?? 'Not everything was shown in time'),
    ...about,
    data: {
      rollbackId: row.id,
      ...(news === 'verified' ? {} : { steps: failed.map((step) => step.id), next: whatNext(row) }),
    },
  });
}

/** Steps that began to wait for a person just now. */
function asking(before: RollbackRow, after: RollbackRow): RollbackStep[] {
  return after.steps.filter(
    (step, i) =>
      step.state === 'waiting' &&
      step.attempts === 1 &&
      before.steps[i]?.state === 'running' &&
      (step.work.kind === 'person' || (step.work.kind === 'revert' && step.work.how === 'manual')),
  );
}
