/**
 * Carries out what a person has ordered, one order at a time: apply, then check; or revert. The order and its number
 * are committed before anything is called, so a worker that dies leaves a row that another one goes on with under the
 * same key. Who lost the lease or the order writes nothing.
 */
import { authorise } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import type { Db } from '@/lib/db';
import { reach } from '@/lib/failpoint';
import type { TaskResult } from '@/lib/rollback/model';
import { act, keyOf } from './act';
import type { MigrationHome } from './call';
import { runCheck } from './check';
import { claimStep, keepStep, nextFence, renewLease, type StepRow, selectDue, selectPlaced } from './store';
import { tell } from './tell';

const renewEveryMs = 10_000;
const longestWaitMs = 60_000;

/** Ids of steps that somebody should carry on now. */
export function dueMigrations(db: Db, now: Date): Promise<string[]> {
  return selectDue(db, now);
}

/** Carries an order as far as it goes now. What there is not to do, or another worker is at, is left alone. */
export async function stepMigration(ctx: Context & Pick<MigrationHome, 'resolve'>, id: string): Promise<void> {
  authorise(ctx.actor, 'operate');
  reach('claim.before');
  const row = await claimStep(ctx.db, id, ctx.now());
  reach('claim.after');
  if (!row) return;
  const renewing = setInterval(() => void renewLease(ctx.db, row).catch(() => {}), renewEveryMs);
  try {
    await carryOn(ctx, row);
  } finally {
    clearInterval(renewing);
  }
}

async function carryOn(ctx: Context & Pick<MigrationHome, 'resolve'>, row: StepRow): Promise<void> {
  if (row.state === 'reverting') {
    const key = row.orderedBy?.startsWith('rb_') ? row.orderedBy : keyOf(row, 'revert');
    const result = await act(ctx, { row, way: 'revert', key, fence: row.generation, ticked: false });
    await keep(ctx, row, 'revert', result);
    return;
  }
  const applied = row.appliedSeq === null ? await apply(ctx, row) : row;
  if (!applied) return;
  const check = checkAfterApply(applied);
  const key = `${keyOf(applied, 'apply')}/check`;
  const result: TaskResult = check
    ? await runCheck(ctx, check, { key, fence: applied.generation, owner: applied.owner })
    : { kind: 'done', detail: applied.detail };
  await keep(ctx, applied, 'check', result);
}

/** null: it is not there yet */
async function apply(ctx: Context & Pick<MigrationHome, 'resolve'>, row: StepRow): Promise<StepRow | null> {
  if (await rolledBack(ctx.db, row)) {
    const detail = 'the rollout is rolled back: it is not applied any more';
    await keep(ctx, row, 'apply', { kind: 'wait', detail, afterMs: longestWaitMs });
    return null;
  }
  const key = keyOf(row, 'apply');
  const result = await act(ctx, { row, way: 'apply', key, fence: row.generation, ticked: false });
  if (result.kind !== 'done') {
    await keep(ctx, row, 'apply', result);
    return null;
  }
  // It is there; whether it is as it should be is another question, asked again after a crash without applying again.
  return keepStep(ctx.db, row, { appliedSeq: await nextFence(ctx.db), detail: result.detail, next: '' });
}

async function rolledBack(db: Db, row: StepRow): Promise<boolean> {
  const placed = (await selectPlaced(db, row.rolloutId)).find((p) => p.row.id === row.id);
  return placed?.home.state === 'rolling_back' || placed?.home.state === 'rolled_back';
}

async function keep(ctx: Context, row: StepRow, way: 'apply' | 'revert' | 'check', result: TaskResult): Promise<void> {
  const now = ctx.now();
  const { detail } = result;
  reach('revert.before_kept');
  if (result.kind === 'wait') {
    // Who does not answer is asked less and less often; who says that it is at it, as often as it likes.
    const backoffMs = result.next ? Math.min(1_000 * 2 ** Math.min(row.attempts, 10), longestWaitMs) : 0;
    const dueAt = new Date(now.getTime() + Math.max(result.afterMs, backoffMs));
    await keepStep(ctx.db, row, { detail, next: result.next ?? '', dueAt, leaseUntil: null });
    return;
  }
  await ctx.db.transaction(async (tx) => {
    const kept = await keepStep(tx, row, {
      ...endOf(way, result),
      detail,
      endedAt: now,
      dueAt: null,
      leaseUntil: null,
    });
    if (kept) await tell(tx, now, ctx.actor, kept, { way, ...toldOf(row, way, result) });
  });
  reach('revert.after_kept');
}

const checkAfterApply = ({ spec }: StepRow) => (spec.checkAfter === 'rollback' ? null : spec.check);

function endOf(way: 'apply' | 'revert' | 'check', result: TaskResult): Partial<StepRow> {
  if (result.kind === 'failed') return { state: 'failed', next: result.next };
  if (result.kind === 'left') return { state: 'left', next: '' };
  return way === 'revert' ? { state: 'reverted', appliedSeq: null, next: '' } : { state: 'applied', next: '' };
}

function toldOf(row: StepRow, way: 'apply' | 'revert' | 'check', result: TaskResult) {
  const { name } = row;
  if (result.kind === 'left') return { kind: 'migration.left', reason: `${name} stays: ${result.detail}` } as const;
  if (result.kind === 'done')
    return way === 'revert'
      ? ({ kind: 'migration.reverted', reason: `${name} was reverted` } as const)
      : ({
          kind: 'migration.applied',
          reason: `${name} was applied${checkAfterApply(row) ? ' and its check holds' : ''}`,
        } as const);
  const what = {
    apply: 'could not be applied',
    revert: 'could not be reverted',
    check: 'was applied, and its check failed',
  };
  return { kind: 'migration.failed', reason: `${name} ${what[way]}: ${result.detail}` } as const;
}
