/**
 * The one way in which a rollout changes, for people and for Belay alike. In one transaction, if the rollout still
 * is at the epoch that was seen: the state as it was (a snapshot), the new state, the decision with its evidence, the
 * flags and the configuration that go back, the intent to prove it, the flag revision, the notice and the event. A
 * crash leaves all of it or nothing; who was too late gets a conflict and has changed nothing. Nothing outside is
 * called in it.
 */
import { decision, type rollout } from '@/drizzle/schema/rollout';
import type { Context } from '@/lib/context';
import type { Tx } from '@/lib/db';
import { lastProven } from '@/lib/drill/learn/proven';
import { interruptDrills, refuseEnding } from '@/lib/drill/run/interrupt';
import { type BelayError, conflict } from '@/lib/errors';
import { record } from '@/lib/event/event';
import type { EventKind } from '@/lib/event/model';
import { reach } from '@/lib/failpoint';
import { lockFeature, pinCohort, setBaseline } from '@/lib/feature/feature';
import { newId } from '@/lib/id';
import { unappliedFor } from '@/lib/migration/migration';
import { tell } from '@/lib/notice/notice';
import { bumpFlags } from '@/lib/revision';
import { intend } from '@/lib/rollback/intent';
import { decidedNotice } from '@/lib/rollback/notices';
import type { CriterionReading, SnapshotCause } from '@/lib/snapshot/model';
import { readCriteria } from '@/lib/snapshot/reading';
import { clearPin } from '@/lib/snapshot/restore';
import { type Taken, takeSnapshot } from '@/lib/snapshot/take';
import type { Action, Verdict } from '../model';
import { checkPlan } from '../plan/check';
import { exposureOf } from '../plan/exposure';
import { asksForDrill, staleFor, staleWords } from '../plan/rehearsed';
import { isAsSeen, type Row, updateRollout } from '../store';
import { transition } from '../transition';
import { stageAfter } from '../verb';
import { requestApproval } from './approval';
import { mayRollBackByItself } from './cap';
import { tellHeld } from './held';
import { follow, takeBack } from './take-back';

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

export type Options = {
  reason: string;
  evidence: Verdict | null;
  /** of roll_back: the snapshot to go back to; left out: what there was before the start */
  target?: string;
};

/** Whose answers may change. */
const switching: ReadonlySet<Action['kind']> = new Set(['start', 'widen', 'roll_back', 'withdraw', 'complete']);
/** Before each the state is recorded, so that it can be gone back to. */
const recorded: Partial<Record<Action['kind'], SnapshotCause>> = {
  start: 'start',
  widen: 'widen',
  complete: 'change',
  roll_back: 'rollback',
  withdraw: 'rollback',
};

/** @throws BelayError conflict: the table forbids it, or somebody else was faster */
export async function apply(
  ctx: Pick<Context, 'db' | 'now' | 'actor'>,
  seen: Row,
  action: Action,
  options: Options,
): Promise<Applied> {
  // Reading what was measured takes its time, so it is done before anybody is kept waiting.
  const criteria = measures(action) ? await readCriteria(ctx.db, ctx.now(), knownGood(seen)) : [];
  const change = { now: ctx.now(), actor: ctx.actor, seen, action, options, criteria };
  reach('decide.before_write');
  try {
    return await ctx.db.transaction((tx) => write(tx, change));
  } catch (error) {
    throw isSecondRunning(error) ? secondRunning(seen) : error;
  } finally {
    reach('decide.after_write');
  }
}

const measures = ({ kind }: Action) => kind === 'start' || kind === 'widen' || kind === 'complete';
const knownGood = ({ featureKey: feature, environment, plan }: Row) => ({
  feature,
  environment,
  plan,
  version: plan.baseline,
});

type Change = {
  now: Date;
  actor: Context['actor'];
  seen: Row;
  action: Action;
  options: Options;
  criteria: CriterionReading[];
};

async function write(tx: Tx, change: Change): Promise<Applied> {
  const { now, actor, seen, action, options } = change;
  const next = transition(seen, action, seen.plan.stages.length);
  const restores = action.kind === 'roll_back' || action.kind === 'withdraw';
  // Before anything is locked: it keeps all others who would roll back by themselves waiting until this has committed.
  if (restores && actor.kind === 'rule' && !(await mayRollBackByItself(tx, now, seen.environment)))
    throw conflict(`Belay has rolled back in ${seen.environment} as often as it may by itself; a person decides`);
  const feature = switching.has(action.kind) ? await lockFeature(tx, seen.featureKey) : null;
  // Who had to wait for the lock has mostly lost to the one who held it: no work is done for nothing.
  if (feature && !(await isAsSeen(tx, seen))) throw changedMeanwhile(seen);
  if (action.kind === 'start') {
    await refuseEnding(tx, seen.environment);
    await checkPlan(tx, seen.plan);
  }
  const before = feature && (await snapshotOf(tx, change));
  const withdrawn = action.kind === 'withdraw' ? union(seen.withdrawn, action.cohorts) : seen.withdrawn;
  const row = await updateRollout(tx, seen, { ...next, ...clocks(action, now), withdrawn, updatedAt: now });
  if (!row) throw changedMeanwhile(seen);
  await needMigrations(tx, row, action);
  await needDrill(tx, now, seen, action);
  if (action.kind === 'complete') await complete(tx, now, actor, row);
  if (action.kind === 'start' || action.kind === 'complete')
    await clearPin(tx, { feature: row.featureKey, environment: row.environment });
  const given = { ...change, row, feature, before };
  const restored = restores ? await takeBack(tx, given) : null;
  if (restored) await interruptDrills(tx, now, troubleOf(row, actor, options.reason));
  else await follow(tx, given);
  // What does not wait for an answer goes out together: the lock on the revision, and then the one on the history,
  // are held for as few round trips as can be.
  const [revision] = await Promise.all([
    feature ? bumpFlags(tx) : null,
    tx.insert(decision).values(decisionOf(seen, row, action, { ...options, actor, now })),
  ]);
  const cohorts = action.kind === 'withdraw' ? action.cohorts : [];
  await Promise.all([
    restored && intend(tx, now, { ...restored, revision: revision ?? 0 }),
    restored && tell(tx, now, decidedNotice({ ...restored, rolloutId: row.id, featureKey: row.featureKey })),
    record(tx, now, actor, {
      kind: eventOf[action.kind],
      reason: options.reason,
      environment: row.environment,
      feature: row.featureKey,
      rolloutId: row.id,
      data: facts(seen, row, options.evidence, { rollbackId: restored?.id ?? null, target: restored?.target, cohorts }),
    }),
  ]);
  await requestApproval(tx, now, actor, row);
  if (action.kind === 'hold') await tellHeld(tx, now, actor, row, options.reason);
  return { row, revision, rollbackId: restored?.id ?? null };
}

const troubleOf = (row: Row, actor: Context['actor'], reason: string) => ({
  feature: row.featureKey,
  environment: row.environment,
  why: `${row.plan.candidate} is rolled back in ${row.environment}: ${reason}`,
  by: actor.name,
});

const changedMeanwhile = ({ id }: Row): BelayError => conflict(`The rollout ${id} has changed meanwhile; look again`);

/** Who takes a step back waits for this row, and sees what is served then: none is taken from under a stage. */
async function needMigrations(tx: Tx, row: Row, action: Action): Promise<void> {
  const stage = stageAfter(row.plan, action);
  if (stage === null || row.plan.migrations.length === 0) return;
  const names = await unappliedFor(tx, row, stage);
  if (names.length > 0) throw conflict(`Migrations that it needs are not applied: ${names.join(', ')}`);
}

/** As of the moment in which it is entered, whoever enters it and whatever was looked at before. */
async function needDrill(tx: Tx, now: Date, { plan, stage, ...of }: Row, action: Action): Promise<void> {
  if (!asksForDrill(plan, stage, action)) return;
  const proven = await lastProven(tx, of);
  const stale = staleFor(plan, { stage, action, lastProven: proven, now });
  if (stale) throw conflict(staleWords(stale, plan, proven));
}

async function snapshotOf(tx: Tx, { now, actor, seen, action, criteria }: Change): Promise<Taken | null> {
  const cause = recorded[action.kind];
  if (!cause) return null;
  const { featureKey: feature, environment, id: rolloutId } = seen;
  return takeSnapshot(tx, now, actor, { feature, environment, rolloutId, cause, criteria });
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
  { rollbackId, target, cohorts }: { rollbackId: string | null; target?: string | null; cohorts: string[] },
): Record<string, unknown> {
  return {
    epoch: row.epoch,
    state: { before: seen.state, after: row.state },
    stage: { before: seen.stage, after: row.stage, name: row.plan.stages[row.stage]?.name ?? null },
    exposure: Object.fromEntries(exposuresOf(row).map((e) => [e.cohort, e.share])),
    baseline: row.plan.baseline,
    candidate: row.plan.candidate,
    verdict: evidence && { kind: evidence.kind, reason: evidence.reason, deciding: evidence.deciding },
    ...(rollbackId === null ? {} : { rollbackId, snapshot: target ?? null }),
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
