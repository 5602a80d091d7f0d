/** What a person says to a rollback: try again, I have taken it over, I have done my step. */
import { authorise } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import type { Tx } from '@/lib/db';
import { conflict, notFound } from '@/lib/errors';
import { record } from '@/lib/event/event';
import type { EventKind } from '@/lib/event/model';
import { orderPlane } from '@/lib/plane/delivery';
import { builtinId } from '@/lib/plane/model';
import { presentState } from '@/lib/snapshot/present';
import { planeStateOf } from '@/lib/snapshot/served';
import { retried, stateOf } from './machine';
import type { RollbackStep, RollbackView } from './model';
import { getRollback } from './rollback';
import { findRollback, insertTick, type RollbackRow, takeAway, updateRollback } from './store';

/** The failed steps begin anew, with new patience; whoever worked at it writes nothing any more. */
export async function retryRollback(ctx: Context, id: string, { reason }: { reason: string }): Promise<RollbackView> {
  await load(ctx, id);
  const now = ctx.now();
  await ctx.db.transaction(async (tx) => {
    const held = await takeAway(tx, id);
    if (!held) throw notFound('rollback', id);
    if (held.state === 'verified') throw conflict('It is verified: there is nothing to try again');
    if (held.endedAt) throw conflict('A later change of this feature has taken its place');
    const machine = retried(held, now);
    const again = held.steps.filter((step, i) => step.state !== machine.steps[i]?.state).map((step) => step.id);
    const ordered = await orderedAgain(tx, now, held, again);
    await updateRollback(tx, held, {
      ...machine,
      ...ordered,
      state: stateOf(machine, now),
      dueAt: now,
      acknowledgedAt: null,
      acknowledgedBy: null,
      acknowledgedReason: null,
    });
    await told(tx, ctx, held, { kind: 'rollback.retried', reason, data: { steps: again } });
  });
  await ctx.enqueue('rollback', { rollbackId: id });
  return getRollback(ctx, id);
}

/**
 * A plane that would not, or that somebody else has changed, is ordered once more, over whatever is there; with a key
 * of its own, for under the old one the plane answers as it did then.
 */
async function orderedAgain(
  tx: Tx,
  now: Date,
  row: RollbackRow,
  again: string[],
): Promise<Pick<RollbackRow, 'fence' | 'desired'>> {
  const { featureKey: feature, environment, plane: planeId, fence, desired } = row;
  const restore = row.steps.find((step) => step.work.kind === 'restore' && again.includes(step.id));
  if (!restore || planeId === builtinId) return { fence, desired };
  // A kill that was thrown since holds: what was restored, and whatever was decided after it.
  const present = planeStateOf(await presentState(tx, feature, environment));
  return { desired: present, ...(await orderPlane(tx, now, { feature, environment, planeId, desired: present })) };
}

/** It stays unconfirmed, and trying goes on; people are not called any more. */
export async function acknowledgeRollback(
  ctx: Context,
  id: string,
  { reason }: { reason: string },
): Promise<RollbackView> {
  const seen = await load(ctx, id);
  if (seen.state !== 'unconfirmed') throw conflict('Only what is not confirmed can be taken over');
  await ctx.db.transaction(async (tx) => {
    const row = await updateRollback(tx, seen, {
      acknowledgedAt: ctx.now(),
      acknowledgedBy: ctx.actor.name,
      acknowledgedReason: reason,
    });
    if (!row) throw conflict(`The rollback ${id} has changed meanwhile; look again`);
    await told(tx, ctx, row, { kind: 'rollback.acknowledged', reason, data: {} });
  });
  return getRollback(ctx, id);
}

/** A step of a person is done, or a migration that only a person can revert. */
export async function tickRollback(
  ctx: Context,
  id: string,
  { step, note }: { step: string; note: string },
): Promise<RollbackView> {
  const row = await load(ctx, id);
  const ticked = row.steps.find((s) => s.id === step);
  if (!ticked) throw notFound('step', step);
  const { work } = ticked;
  if (work.kind !== 'person' && !(work.kind === 'revert' && work.how === 'manual'))
    throw conflict(`Belay does “${ticked.title}” by itself and sees for itself whether it is done`);
  const now = ctx.now();
  const doneBy = (s: RollbackStep): RollbackStep => ({
    ...s,
    state: 'done',
    detail: `Ticked off by ${ctx.actor.name}${note ? `: ${note}` : ''}`,
    next: '',
    dueAt: null,
    endedAt: now.toISOString(),
  });
  await ctx.db.transaction(async (tx) => {
    const made = await insertTick(tx, { rollbackId: id, step, note, tickedBy: ctx.actor.name, tickedAt: now });
    if (!made) return;
    // Nobody works at what has ended.
    if (row.endedAt) await updateRollback(tx, row, { steps: row.steps.map((s) => (s.id === step ? doneBy(s) : s)) });
    await told(tx, ctx, row, {
      kind: 'rollback.ticked',
      reason: note || `Ticked off: ${ticked.title}`,
      data: { step },
    });
  });
  await ctx.enqueue('rollback', { rollbackId: id });
  return getRollback(ctx, id);
}

async function load(ctx: Context, id: string): Promise<RollbackRow> {
  authorise(ctx.actor, 'operate');
  const row = await findRollback(ctx.db, id);
  if (!row) throw notFound('rollback', id);
  authorise(ctx.actor, 'operate', row.environment);
  return row;
}

async function told(
  tx: Tx,
  ctx: Context,
  row: RollbackRow,
  news: { kind: EventKind; reason: string; data: Record<string, unknown> },
): Promise<void> {
  await record(tx, ctx.now(), ctx.actor, {
    kind: news.kind,
    reason: news.reason,
    environment: row.environment,
    feature: row.featureKey,
    rolloutId: row.rolloutId,
    data: { rollbackId: row.id, ...news.data },
  });
}
