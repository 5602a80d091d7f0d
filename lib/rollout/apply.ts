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
import { pinCohort, setBaseline } from '@/lib/feature/feature';
import { newId } from '@/lib/id';
import { nextFence } from '@/lib/plane/delivery-store';
import { builtinId } from '@/lib/plane/model';
import { bumpFlags } from '@/lib/revision';
import { intend } from '@/lib/rollback/intent';
import { runbookFor } from '@/lib/runbook/runbook';
import { requestApproval } from './approval';
import { mayRollBackByItself } from './cap';
import { checkPlan } from './check';
import { exposureOf } from './exposure';
import { tellHeld } from './held';
import type { Action, Verdict } from './model';
import { type Row, updateRollout } from './store';
import { transition } from './transition';

const eventOf: Record<Action['kind'], EventKind> = {
  start: 'rollout.started',
  widen: 'rollout.widened',
  hold: 'rollout.held',
  resume: 'rollout.resumed',
  roll_back: 'rollout.rolling_back',
  withdraw: 'rollout.cohort_withdrawn',
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
  const restores = action.kind === 'roll_back' || action.kind === 'withdraw';
  // Before anything is locked: it keeps all others who would roll back by themselves waiting until this has committed.
  if (restores && actor.kind === 'rule' && !(await mayRollBackByItself(tx, now, seen.environment)))
    throw conflict(`Belay has rolled back in ${seen.environment} as often as it may by itself; a person decides`);
  if (action.kind === 'start') await checkPlan(tx, seen.plan);
  const withdrawn = action.kind === 'withdraw' ? union(seen.withdrawn, action.cohorts) : seen.withdrawn;
  const row = await updateRollout(tx, seen, { ...next, ...clocks(action, now), withdrawn, updatedAt: now });
  if (!row) throw conflict(`The rollout ${seen.id} has changed meanwhile; look again`);
  const switches = action.kind !== 'hold' && action.kind !== 'resume' && action.kind !== 'confirm_rolled_back';
  // What does not wait for an answer goes out together: the lock on the revision, and then the one on the history,
  // are held for as few round trips as can be.
  const [revision] = await Promise.all([
    switches ? bumpFlags(tx) : null,
    tx.insert(decision).values(decisionOf(seen, row, action, { ...options, actor, now })),
    action.kind === 'complete' ? complete(tx, now, actor, row) : null,
  ]);
  const cohorts = action.kind === 'withdraw' ? action.cohorts : [];
  const rollbackId = restores ? newId('rb', now) : null;
  await Promise.all([
    rollbackId &&
      intend(tx, now, {
        id: rollbackId,
        kind: 'rollback',
        rollout: row,
        feature: row.featureKey,
        environment: row.environment,
        cohorts,
        target: null,
        fence: await nextFence(tx),
        desired: { baseline: row.plan.baseline, exposure: [], configuration: null, withdrawn: cohorts },
        revision: revision ?? 0,
        runbook: await runbookFor(tx, row.featureKey),
        parts: { plane: builtinId, builtin: true, switchable: true, reverts: [], checks: [] },
        reason: options.reason,
        by: actor.name,
      }),
    record(tx, now, actor, {
      kind: eventOf[action.kind],
      reason: options.reason,
      environment: row.environment,
      feature: row.featureKey,
      rolloutId: row.id,
      data: facts(seen, row, options.evidence, { rollbackId, cohorts }),
    }),
  ]);
  await requestApproval(tx, now, actor, row);
  if (action.kind === 'hold') await tellHeld(tx, now, actor, row, options.reason);
  return { row, revision, rollbackId };
}

const union = (some: string[], more: string[]) => [...new Set([...some, ...more])];

/** The candidate becomes the baseline, but not for those from whom it was taken back: for them a person decides. */
async function complete(tx: Tx, now: Date, actor: Context['actor'], row: Row): Promise<void> {
  const { plan, environment } = row;
  for (const cohort of row.withdrawn)
    await pinCohort(tx, now, actor, {
      featureKey: row.featureKey,
      cohort,
      environment,
      version: plan.baseline,
      reason: `${plan.candidate} was taken back from ${cohort} before the rollout completed`,
    });
  await setBaseline(tx, now, row.featureKey, { environment, version: plan.candidate });
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
    cohorts: action.kind === 'withdraw' ? action.cohorts : [],
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
    case 'withdraw':
      return {};
    case 'confirm_rolled_back':
    case 'complete':
      return { heldReason: null, endedAt: now };
  }
}

function facts(
  seen: Row,
  row: Row,
  evidence: Verdict | null,
  { rollbackId, cohorts }: { rollbackId: string | null; cohorts: string[] },
): Record<string, unknown> {
  return {
    epoch: row.epoch,
    state: { before: seen.state, after: row.state },
    stage: { before: seen.stage, after: row.stage, name: row.plan.stages[row.stage]?.name ?? null },
    exposure: Object.fromEntries(exposuresOf(row).map((e) => [e.cohort, e.share])),
    baseline: row.plan.baseline,
    candidate: row.plan.candidate,
    verdict: evidence && { kind: evidence.kind, reason: evidence.reason, deciding: evidence.deciding },
    ...(rollbackId === null ? {} : { rollbackId }),
    ...(cohorts.length === 0 ? {} : { cohorts }),
    ...(row.withdrawn.length === 0 ? {} : { withdrawn: row.withdrawn }),
  };
}

const exposuresOf = (row: Row) => exposureOf(row.plan, row.state, row.stage, row.withdrawn);

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
