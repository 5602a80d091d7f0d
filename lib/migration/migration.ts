/**
 * Steps that change data or schemas for a version: what is declared, what may go now, orders by people. What is
 * ordered is carried out by a worker (`execute.ts`); a rollback takes back what is there (`revert.ts`).
 */
import { authorise } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import type { Db, Tx } from '@/lib/db';
import { isDrillEnvironment } from '@/lib/drill/model';
import { badInput, conflict, notFound } from '@/lib/errors';
import type { Block, MigrationView } from './model';
import { applyBlocks, inOrder, maybeThere, neededAt, revertBlocks, stands } from './order';
import {
  changeStep,
  holdRollout,
  lockOrder,
  nextFence,
  type Placed,
  rolloutEnvironment,
  type StepRow,
  selectPlaced,
} from './store';
import { tell } from './tell';
import { saidOf, stepOf, viewsOf, worldOf } from './world';

export { callWebhook } from './call';
export { runCheck } from './check';
export { mayDelete, syncMigrations } from './declare';
export { dueMigrations, stepMigration } from './execute';
export { revertMigration, revertsOf } from './revert';

/** In the order in which they go. */
export async function migrationsOf(ctx: Context, rolloutId: string): Promise<MigrationView[]> {
  await mayTouch(ctx, rolloutId, 'view');
  return viewsOf(await selectPlaced(ctx.db), ({ row }) => row.rolloutId === rolloutId);
}

/** What is still to be thought of, of all rollouts, in the order in which it goes. */
export async function backlog(ctx: Context): Promise<MigrationView[]> {
  authorise(ctx.actor, 'view');
  const { environment } = ctx.actor;
  return viewsOf(
    await selectPlaced(ctx.db),
    (placed) =>
      (environment === null ? !isDrillEnvironment(placed.home.environment) : placed.home.environment === environment) &&
      open(placed),
  );
}

/** Of what is over, only what was not finished. */
function open({ row, home }: Placed): boolean {
  if (home.state === 'completed') return row.state !== 'applied';
  if (home.state === 'rolled_back')
    return row.appliedSeq !== null || row.state === 'failed' || row.state === 'applying';
  return true;
}

export async function orderMigration(
  ctx: Context,
  rolloutId: string,
  name: string,
  way: 'apply' | 'revert',
  options: { reason: string },
): Promise<MigrationView> {
  await mayTouch(ctx, rolloutId, 'operate');
  const reason = said(options.reason, 'reason');
  const now = ctx.now();
  const ordered = await ctx.db.transaction(async (tx) => {
    const { of, placed } = await load(tx, rolloutId, name);
    refuse(of, placed, way);
    const { row } = of;
    const order = { state: way === 'apply' ? ('applying' as const) : ('reverting' as const), orderedBy: ctx.actor.id };
    const set = { ...order, ...waiting(row, way, now), generation: await nextFence(tx), attempts: 0, leaseUntil: null };
    const kept = await changeStep(tx, row, { ...set, startedAt: now, endedAt: null });
    if (!kept) throw changed(name);
    await tell(tx, now, ctx.actor, kept, { kind: 'migration.ordered', way, reason, data: { order: kept.generation } });
    return kept;
  });
  await ctx.enqueue('migration', { migrationId: ordered.id });
  return one(ctx, rolloutId, name);
}

/** What only a person can do waits for one; everything else for a worker. */
function waiting(row: StepRow, way: 'apply' | 'revert', now: Date): Partial<StepRow> {
  const action = way === 'apply' ? row.spec.apply : row.spec.revert;
  const rechecks = way === 'apply' && row.appliedSeq !== null;
  if (action?.kind !== 'manual' || rechecks) return { dueAt: now, detail: '', next: '' };
  const next = `${row.owner} does this and confirms it here: ${action.text}`;
  return { dueAt: null, detail: `waits for ${row.owner}`, next };
}

function refuse(of: Placed, placed: readonly Placed[], way: 'apply' | 'revert'): void {
  const step = stepOf(of);
  const world = worldOf(placed);
  if (way === 'apply' && stands(step)) throw conflict(`${step.name} is applied already`);
  if (way === 'revert' && !maybeThere(step)) throw conflict(`${step.name} is not applied: there is nothing to revert`);
  const blocks: Block[] = way === 'apply' ? applyBlocks(step, world) : revertBlocks(step, world);
  if (blocks.length === 0) return;
  throw conflict(`${step.name} cannot be ${way === 'apply' ? 'applied' : 'reverted'} now: ${saidOf(blocks)}`);
}

/** A person says that what only a person can do is done. */
export async function confirmMigration(
  ctx: Context,
  rolloutId: string,
  name: string,
  options: { note: string },
): Promise<MigrationView> {
  await mayTouch(ctx, rolloutId, 'operate');
  const note = said(options.note, 'note');
  const now = ctx.now();
  const confirmed = await ctx.db.transaction(async (tx) => {
    const { of } = await load(tx, rolloutId, name);
    const { row } = of;
    const way = row.state === 'applying' ? 'apply' : row.state === 'reverting' ? 'revert' : null;
    const action = way === 'apply' ? row.spec.apply : row.spec.revert;
    if (way === null || action?.kind !== 'manual' || (way === 'apply' && row.appliedSeq !== null))
      throw conflict(`${name} does not wait for a person`);
    if (row.orderedBy?.startsWith('rb_')) throw conflict(`${name} is part of a rollback: tick it off there`);
    const detail = `${ctx.actor.name} says that it is done: ${note}`;
    const set: Partial<StepRow> =
      way === 'apply'
        ? { appliedSeq: await nextFence(tx), dueAt: now, detail, next: '' }
        : { state: 'reverted', appliedSeq: null, dueAt: null, detail, next: '', endedAt: now };
    const kept = await changeStep(tx, row, set);
    if (!kept) throw changed(name);
    const kind = way === 'apply' ? 'migration.ordered' : 'migration.reverted';
    await tell(tx, now, ctx.actor, kept, { kind, way, reason: `${name} is done: ${note}`, data: { confirmed: true } });
    return kept;
  });
  if (confirmed.state === 'applying') await ctx.enqueue('migration', { migrationId: confirmed.id });
  return one(ctx, rolloutId, name);
}

/**
 * Steps that a stage needs, or a stage before it, and that are not applied, in the order in which they go. Contracts
 * are none of them: no stage waits for what comes after the last one.
 */
export async function unappliedFor(db: Db | Tx, row: { id: string }, stageIndex: number): Promise<string[]> {
  return (await unapplied(db, row)).filter(({ stage }) => stage <= stageIndex).map(({ name }) => name);
}

/** With the first stage that needs each of them. */
export async function unapplied(db: Db | Tx, row: { id: string }): Promise<Array<{ name: string; stage: number }>> {
  const steps = (await selectPlaced(db, row.id)).map(stepOf);
  const needed = neededAt(steps);
  return inOrder(steps).flatMap((step) => {
    const stage = needed.get(step.id);
    return stage === undefined || stands(step) ? [] : [{ name: step.name, stage }];
  });
}

async function mayTouch(ctx: Context, rolloutId: string, permission: 'view' | 'operate'): Promise<void> {
  authorise(ctx.actor, permission);
  const environment = await rolloutEnvironment(ctx.db, rolloutId);
  if (environment === null) throw notFound('rollout', rolloutId);
  authorise(ctx.actor, permission, environment);
}

async function load(tx: Tx, rolloutId: string, name: string): Promise<{ of: Placed; placed: Placed[] }> {
  await holdRollout(tx, rolloutId);
  await lockOrder(tx);
  const placed = await selectPlaced(tx);
  const of = placed.find((p) => p.row.rolloutId === rolloutId && p.row.name === name);
  if (!of) throw notFound('migration step', name);
  return { of, placed };
}

async function one(ctx: Context, rolloutId: string, name: string): Promise<MigrationView> {
  const [view] = viewsOf(await selectPlaced(ctx.db), ({ row }) => row.rolloutId === rolloutId && row.name === name);
  if (!view) throw notFound('migration step', name);
  return view;
}

function said(text: string, field: string): string {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed.length > 500) throw badInput([{ field, message: 'say it in 1 to 500 letters' }]);
  return trimmed;
}

const changed = (name: string) => conflict(`${name} has changed meanwhile; look again`);
