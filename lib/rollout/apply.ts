/**
 * The one way in which a rollout changes, for people and for Belay alike. In one transaction, if the rollout still
 * is at the epoch that was seen: the new state, the decision with its evidence, the intent to restore, the flag
 * revision and the event. A crash leaves all of it or nothing; who was too late gets a conflict and has changed nothing.
 */
import { decision, type rollout } from '@/drizzle/schema/rollout';
import type { Context } from '@/lib/context';
import type { Tx } from '@/lib/db';
import { type BelayError, conflict } from '@/lib/errors';
import { record } from '@/lib/event/event';
import type { EventKind } from '@/lib/event/model';
import { setBaseline } from '@/lib/feature/feature';
import { newId } from '@/lib/id';
import { bumpFlags } from '@/lib/revision';
import { intend } from '@/lib/rollback/intent';
import { requestApproval } from './approval';
import { checkPlan } from './check';
import { exposureOf } from './exposure';
import type { Action, Verdict } from './model';
import { type Row, updateRollout } from './store';
import { transition } from './transition';

const eventOf: Record<Action['kind'], EventKind> = {
  start: 'rollout.started',
  widen: 'rollout.widened',
  hold: 'rollout.held',
  resume: 'rollout.resumed',
  roll_back: 'rollout.rolling_back',
  confirm_rolled_back: 'rollout.rolled_back',
  complete: 'rollout.completed',
};

export type Applied = {
  row: Row;
  /** flag revision that serves the change; null where nobody's answer changes */
  revision: number | null;
  rollbackId: string | null;
};

/** @throws BelayError conflict: the table forbids it, or somebody else was faster */
export async function apply(
  ctx: Pick<Context, 'db' | 'now' | 'actor'>,
  seen: Row,
  action: Action,
  options: { reason: string; evidence: Verdict | null },
): Promise<Applied> {
  try {
    return await ctx.db.transaction((tx) => write(tx, ctx.now(), ctx.actor, seen, action, options));
  } catch (error) {
    throw isSecondRunning(error) ? secondRunning(seen) : error;
  }
}

async function write(
  tx: Tx,
  now: Date,
  actor: Context['actor'],
  seen: Row,
  action: Action,
  options: { reason: string; evidence: Verdict | null },
): Promise<Applied> {
  const next = transition(seen, action, seen.plan.stages.length);
  if (action.kind === 'start') await checkPlan(tx, seen.plan);
  const row = await updateRollout(tx, seen, { ...next, ...clocks(action, now), updatedAt: now });
  if (!row) throw conflict(`The rollout ${seen.id} has changed meanwhile; look again`);
  const switches = action.kind !== 'hold' && action.kind !== 'resume' && action.kind !== 'confirm_rolled_back';
  // What does not wait for an answer goes out together: the lock on the revision, and then the one on the history,
  // are held for as few round trips as can be.
  const [revision] = await Promise.all([
    switches ? bumpFlags(tx) : null,
    tx.insert(decision).values(decisionOf(seen, row, action, { ...options, actor, now })),
    action.kind === 'complete'
      ? setBaseline(tx, now, row.featureKey, { environment: row.environment, version: row.plan.candidate })
      : null,
  ]);
  const rollbackId = action.kind === 'roll_back' ? newId('rb', now) : null;
  await Promise.all([
    rollbackId && intend(tx, now, { id: rollbackId, row, revision: revision ?? 0, reason: options.reason }),
    record(tx, now, actor, {
      kind: eventOf[action.kind],
      reason: options.reason,
      environment: row.environment,
      feature: row.featureKey,
      rolloutId: row.id,
      data: facts(seen, row, options.evidence, rollbackId),
    }),
  ]);
  await requestApproval(tx, now, actor, row);
  return { row, revision, rollbackId };
}

function decisionOf(
  seen: Row,
  row: Row,
  action: Action,
  by: { actor: Context['actor']; reason: string; evidence: Verdict | null; now: Date },
): typeof decision.$inferInsert {
  return {
    id: newId('dec', by.now),
    rolloutId: row.id,
    epoch: row.epoch,
    action: action.kind,
    fromState: seen.state,
    toState: row.state,
    fromStage: seen.stage,
    toStage: row.stage,
    actorKind: by.actor.kind,
    actorId: by.actor.id,
    actorName: by.actor.name,
    reason: by.reason,
    evidence: by.evidence,
    acted: true,
    at: by.now,
  };
}

/** Resuming starts the clock of the stage anew: time on hold is no time spent watching a widening. */
function clocks(action: Action, now: Date): Partial<typeof rollout.$inferInsert> {
  switch (action.kind) {
    case 'start':
      return { startedAt: now, stageSince: now };
    case 'widen':
      return { stageSince: now };
    case 'hold':
      return { heldReason: action.reason };
    case 'resume':
      return { heldReason: null, stageSince: now };
    case 'roll_back':
      return { heldReason: null };
    case 'confirm_rolled_back':
    case 'complete':
      return { heldReason: null, endedAt: now };
  }
}

function facts(seen: Row, row: Row, evidence: Verdict | null, rollbackId: string | null): Record<string, unknown> {
  return {
    epoch: row.epoch,
    state: { before: seen.state, after: row.state },
    stage: { before: seen.stage, after: row.stage, name: row.plan.stages[row.stage]?.name ?? null },
    exposure: Object.fromEntries(exposureOf(row.plan, row.state, row.stage).map((e) => [e.cohort, e.share])),
    baseline: row.plan.baseline,
    candidate: row.plan.candidate,
    verdict: evidence && { kind: evidence.kind, reason: evidence.reason, deciding: evidence.deciding },
    ...(rollbackId === null ? {} : { rollbackId }),
  };
}

function secondRunning(seen: Row): BelayError {
  return conflict(`Another rollout of ${seen.featureKey} is running in ${seen.environment}`, [
    { field: 'feature', message: `another rollout of ${seen.featureKey} is running in ${seen.environment}` },
  ]);
}

/** drizzle wraps what PostgreSQL said; the constraint has a name, so no message is read. */
function isSecondRunning(error: unknown): boolean {
  for (let e: unknown = error; e instanceof Error; e = e.cause)
    if ((e as { constraint_name?: string }).constraint_name === 'rollout_one_running') return true;
  return false;
}
