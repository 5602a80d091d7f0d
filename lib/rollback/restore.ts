/**
 * Going back to a snapshot because a person says so, and what that would change. Where a rollout is live it is rolled
 * back to it. What is so already is not changed again: no revision, no order, no rollback.
 */
import { and, eq, inArray } from 'drizzle-orm';
import { rollout } from '@/drizzle/schema/rollout';
import { authorise } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import type { Tx } from '@/lib/db';
import { badInput, conflict, notFound } from '@/lib/errors';
import { record } from '@/lib/event/event';
import { reach } from '@/lib/failpoint';
import { getFeature, lockFeature } from '@/lib/feature/feature';
import type { Feature } from '@/lib/feature/model';
import { newId } from '@/lib/id';
import { revertsOf } from '@/lib/migration/migration';
import { tell } from '@/lib/notice/notice';
import { bumpFlags, waitForListeners } from '@/lib/revision';
import { apply } from '@/lib/rollout/act/apply';
import type { Plan } from '@/lib/rollout/model';
import { runbookFor } from '@/lib/runbook/runbook';
import type { Difference, RestorePreview, SnapshotBody } from '@/lib/snapshot/model';
import { presentState } from '@/lib/snapshot/present';
import { takeSnapshot } from '@/lib/snapshot/take';
import { exposesMore, restorable } from '@/lib/snapshot/target';
import { intend } from './intent';
import type { RestoreView } from './model';
import { decidedNotice } from './notices';
import { partsOf } from './parts';
import { aimOf, findTarget, restoreNow, type TargetRow } from './restoring';
import { getRollback } from './rollback';
import { type Revert, stepsOf } from './steps';

type Live = typeof rollout.$inferSelect;

type Aim = {
  target: TargetRow;
  present: SnapshotBody;
  desired: SnapshotBody;
  changes: Difference[];
  remains: RestorePreview['remains'];
  reverts: Array<Revert & { stays: string | null }>;
  /** the rollout that is live there, or, without one, whose migrations are reverted */
  live: Live | null;
  plan: Plan | null;
};

/** What a restore would do, from the same code that does it. */
export async function previewRestore(ctx: Context, snapshotId: string): Promise<RestorePreview> {
  const target = await load(ctx, snapshotId, 'view');
  const feature = await getFeature(ctx, target.featureKey);
  return ctx.db.transaction(async (tx) => previewOf(tx, feature, await aimAt(tx, target)));
}

/** What rolling a live rollout back would do; null: nobody has recorded what there was before it started. */
export async function previewRollback(ctx: Context, row: Live): Promise<RestorePreview | null> {
  authorise(ctx.actor, 'view', row.environment);
  const feature = await getFeature(ctx, row.featureKey);
  return ctx.db.transaction(async (tx) => {
    const aim = await aimOf(tx, row, await presentState(tx, row.featureKey, row.environment));
    if (!aim.target) return null;
    const reverts = await revertsBy(tx, row.id, null);
    const runbook = await runbookFor(tx, feature.key, row.environment);
    return previewFrom(feature, { ...aim, target: aim.target, reverts, plan: row.plan, runbook });
  });
}

export async function restoreSnapshot(
  ctx: Context,
  snapshotId: string,
  options: { reason: string },
): Promise<RestoreView> {
  const target = await load(ctx, snapshotId, 'operate');
  const reason = options.reason.trim();
  if (reason === '' || reason.length > 500)
    throw badInput([{ field: 'reason', message: 'say why, in 1 to 500 letters' }]);
  const now = ctx.now();
  reach('decide.before_write');
  const done = await ctx.db.transaction(async (tx) => {
    const feature = await lockFeature(tx, target.featureKey);
    if (!feature) throw notFound('feature', target.featureKey);
    const aim = await aimAt(tx, target);
    if (exposesMore(aim.present, aim.desired).length > 0) authorise(ctx.actor, 'approve', target.environment);
    if (aim.changes.length === 0 && !aim.reverts.some((revert) => revert.stays === null)) return null;
    return aim.live ? { live: aim.live } : restoreAlone(tx, { ctx, now, feature, aim, reason });
  });
  reach('decide.after_write');
  if (!done) return { changed: false, rollback: null };
  const applied =
    'live' in done
      ? await apply(ctx, done.live, { kind: 'roll_back' }, { reason, evidence: null, target: target.id })
      : done;
  const { rollbackId, revision } = applied;
  if (rollbackId === null) throw conflict('Nothing was restored');
  await ctx.enqueue('rollback', { rollbackId });
  if (revision !== null) await waitForListeners(ctx.db, now, revision);
  return { changed: true, rollback: await getRollback(ctx, rollbackId) };
}

/** Without a rollout that would have to be taken back first. */
async function restoreAlone(
  tx: Tx,
  { ctx, now, feature, aim, reason }: { ctx: Context; now: Date; feature: Feature; aim: Aim; reason: string },
): Promise<{ rollbackId: string; revision: number }> {
  const { actor } = ctx;
  const { target } = aim;
  const { environment } = target;
  const at = { feature: feature.key, environment };
  await takeSnapshot(tx, now, actor, { ...at, rolloutId: null, cause: 'rollback', criteria: [] });
  const id = newId('rb', now);
  const restored = await restoreNow(tx, now, actor, {
    rollbackId: id,
    feature,
    environment,
    desired: aim.desired,
    snapshotId: target.id,
    reason,
  });
  const intent = {
    ...at,
    ...restored,
    id,
    kind: 'restore' as const,
    rollout: null,
    cohorts: [],
    target: target.id,
    runbook: await runbookFor(tx, feature.key, environment),
    parts: partsOf({ feature, reverts: aim.reverts, plan: aim.reverts.length > 0 ? aim.plan : null }),
    reason,
    by: actor.name,
  };
  await tell(tx, now, decidedNotice({ ...intent, rolloutId: null, featureKey: feature.key }));
  const revision = await bumpFlags(tx);
  await intend(tx, now, { ...intent, revision });
  await record(tx, now, actor, {
    kind: 'snapshot.restored',
    reason,
    ...at,
    data: { snapshot: target.id, rollbackId: id, changes: aim.changes },
  });
  return { rollbackId: id, revision };
}

async function aimAt(tx: Tx, target: TargetRow): Promise<Aim> {
  const { featureKey, environment } = target;
  const present = await presentState(tx, featureKey, environment);
  const { desired, changes, remains } = restorable(present, target.body, { without: null });
  const [live = null] = await tx
    .select()
    .from(rollout)
    .where(
      and(
        eq(rollout.featureKey, featureKey),
        eq(rollout.environment, environment),
        inArray(rollout.state, ['running', 'held']),
      ),
    );
  const reverts = live ? await revertsBy(tx, live.id, null) : await revertsSince(tx, present, target.body);
  const plan = live?.plan ?? (await planWith(tx, present, reverts));
  return { target, present, desired, changes, remains, reverts, live, plan };
}

/** Steps that were not there then and are now, of rollouts that are over; what went last goes first. */
async function revertsSince(tx: Tx, present: SnapshotBody, target: SnapshotBody): Promise<Aim['reverts']> {
  const there = (body: SnapshotBody) => new Set(body.migrations.filter((m) => m.state === 'applied').map((m) => m.id));
  const then = there(target);
  const since = new Set([...there(present)].filter((id) => !then.has(id)));
  const rollouts = [...new Set(present.migrations.filter((m) => since.has(m.id)).map((m) => m.rolloutId))].toReversed();
  const reverts: Aim['reverts'] = [];
  for (const id of rollouts) reverts.push(...(await revertsBy(tx, id, since)));
  return reverts;
}

async function revertsBy(tx: Tx, rolloutId: string, only: ReadonlySet<string> | null): Promise<Aim['reverts']> {
  const plans = await revertsOf(tx, rolloutId);
  return plans
    .filter(({ id }) => only === null || only.has(id))
    .map(({ id, name, owner, how, irreversible, standsOn }) => ({
      id,
      name,
      owner,
      how,
      stays: irreversible ? 'it has no way back, as it was declared' : standsOn ? `${standsOn} stands on it` : null,
    }));
}

/** Whose checks say whether it went well. */
async function planWith(tx: Tx, present: SnapshotBody, reverts: Aim['reverts']): Promise<Plan | null> {
  const first = present.migrations.find((m) => m.id === reverts[0]?.id);
  if (!first) return null;
  const [of] = await tx.select({ plan: rollout.plan }).from(rollout).where(eq(rollout.id, first.rolloutId));
  return of?.plan ?? null;
}

async function previewOf(tx: Tx, feature: Pick<Feature, 'key' | 'plane' | 'kind'>, aim: Aim): Promise<RestorePreview> {
  return previewFrom(feature, { ...aim, runbook: await runbookFor(tx, feature.key, aim.target.environment) });
}

type Shown = Pick<Aim, 'changes' | 'remains' | 'reverts' | 'plan'> & {
  target: Pick<TargetRow, 'id' | 'takenAt' | 'cause' | 'environment'>;
  runbook: Awaited<ReturnType<typeof runbookFor>>;
};

/** Line by line, from the steps that would be carried out. */
function previewFrom(
  feature: Pick<Feature, 'key' | 'plane' | 'kind'>,
  { target, changes, remains, reverts, plan, runbook }: Shown,
): RestorePreview {
  const going = reverts.filter((revert) => revert.stays === null);
  const steps = stepsOf({ ...partsOf({ feature, reverts, plan }), runbook });
  const staying = reverts.flatMap(({ name, stays }) =>
    stays === null ? [] : [{ what: `migration ${name}`, why: stays }],
  );
  return {
    feature: feature.key,
    environment: target.environment,
    target: { id: target.id, takenAt: target.takenAt.toISOString(), cause: target.cause },
    plane: feature.plane,
    changes,
    reverts: going.map(({ id, name, owner, how }) => ({ step: id, name, owner, how })),
    remains: [...remains, ...staying],
    checks: steps.flatMap(({ work }) =>
      work.kind === 'check' ? [{ name: work.check.name, how: work.check.kind }] : [],
    ),
    people: steps.flatMap(({ work, title }) => (work.kind === 'person' ? [{ title, blocking: work.blocking }] : [])),
  };
}

async function load(ctx: Context, id: string, permission: 'view' | 'operate'): Promise<TargetRow> {
  authorise(ctx.actor, permission);
  const row = await findTarget(ctx.db, id);
  if (!row) throw notFound('snapshot', id);
  authorise(ctx.actor, permission, row.environment);
  return row;
}
