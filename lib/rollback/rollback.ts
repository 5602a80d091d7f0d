/**
 * The carrying out of a restore, from the row that was committed with the decision.
 *
 * A worker claims it (a lease on the database's clock, `attempts` as the fence), then: what is next (`machine.ts`) →
 * commit that it is under way, and the call → do it (`carry.ts`) → commit what came of it → … until there is nothing
 * to do now. Every commit names the fence: who lost the lease writes nothing. What a crash leaves behind is a step that
 * is `running`, which the next worker begins again with the same key. Postgres alone knows what there is to do; the
 * queue only wakes, and whatever it loses the sweep finds.
 */
import { eq, sql } from 'drizzle-orm';
import { rollout } from '@/drizzle/schema/rollout';
import { authorise } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import { type Db, isPassing } from '@/lib/db';
import { BelayError, notFound } from '@/lib/errors';
import { reach } from '@/lib/failpoint';
import { tryFallback } from '@/lib/plane/fallback';
import { apply } from '@/lib/rollout/act/apply';
import { callsOut, carryOut, keyOf } from './carry';
import { keepSettled } from './keep';
import { allOver, begin, fold, type Machine, next, pauseMs, planeLost, superseded } from './machine';
import type { RollbackState, RollbackStep, RollbackView, TaskResult } from './model';
import {
  answerCall,
  claim,
  type Filter,
  findRollback,
  insertCall,
  laterChange,
  leaseMs,
  type RollbackRow,
  renewLease,
  selectDue,
  selectRollbacks,
  ticksOf,
  updateRollback,
  viewOf,
} from './store';

export async function getRollback(ctx: Context, id: string): Promise<RollbackView> {
  authorise(ctx.actor, 'view');
  const row = await findRollback(ctx.db, id);
  if (!row) throw notFound('rollback', id);
  authorise(ctx.actor, 'view', row.environment);
  return viewOf(row, (await ticksOf(ctx.db, [id])).get(id) ?? []);
}

export type RollbackQuery = {
  state?: RollbackState[];
  feature?: string;
  environment?: string;
  rollout?: string;
  limit?: number;
};

/** Newest first. A key of one environment sees that one only. */
export async function listRollbacks(ctx: Context, query: RollbackQuery = {}): Promise<RollbackView[]> {
  authorise(ctx.actor, 'view', query.environment);
  const { state: states, rollout: rolloutId, ...rest } = query;
  const environment = query.environment ?? ctx.actor.environment ?? undefined;
  return views(ctx.db, { ...rest, states, rolloutId, environment });
}

export async function rollbacksOf(ctx: Context, rolloutId: string): Promise<RollbackView[]> {
  authorise(ctx.actor, 'view');
  const [of] = await ctx.db.select({ environment: rollout.environment }).from(rollout).where(eq(rollout.id, rolloutId));
  if (!of) throw notFound('rollout', rolloutId);
  authorise(ctx.actor, 'view', of.environment);
  return views(ctx.db, { rolloutId });
}

async function views(db: Db, filter: Filter): Promise<RollbackView[]> {
  const rows = await selectRollbacks(db, filter);
  const ticks = await ticksOf(
    db,
    rows.map((row) => row.id),
  );
  return rows.map((row) => viewOf(row, ticks.get(row.id) ?? []));
}

/** Ids of rollbacks that somebody should step now. */
export function dueRollbacks(db: Db, now: Date): Promise<string[]> {
  return selectDue(db, now);
}

/** Carries a rollback as far as it goes now. Null: there is nothing to do, or another worker is at it. */
export async function stepRollback(ctx: Context, id: string): Promise<RollbackView | null> {
  authorise(ctx.actor, 'operate');
  reach('claim.before');
  const held = await claim(ctx.db, id);
  if (!held) return null;
  reach('claim.after');
  const stopRenewing = keepLease(ctx.db, held);
  try {
    let row = await giveWay(ctx, held);
    while (row) {
      await confirm(ctx, row);
      const due = next(machineOf(row), ctx.now());
      if (due.kind !== 'task') break;
      row = await oneStep(ctx, row, due.step);
    }
    row = row && (await keepSettled(ctx, row, machineOf(row)));
    if (row?.state === 'unconfirmed' && planeLost(row)) await tryFallback(ctx, row);
    await wake(ctx.db, held);
    return row && viewOf(row, (await ticksOf(ctx.db, [id])).get(id) ?? []);
  } finally {
    await stopRenewing();
    await release(ctx, held);
  }
}

/** Where a later change of the feature has taken its place, what is served shows nothing of this one any more. */
async function giveWay(ctx: Context, row: RollbackRow): Promise<RollbackRow | null> {
  const by = await laterChange(ctx.db, row);
  if (by === null) return row;
  const machine = superseded(machineOf(row), by, ctx.now());
  // First, for what has ended is never looked at again.
  await endRollout(ctx, row, `It exposes nobody: ${by}`);
  return keepSettled(ctx, row, machine, { ended: allOver(machine) });
}

const machineOf = ({ steps, deadlineAt, escalatedAt }: RollbackRow): Machine => ({ steps, deadlineAt, escalatedAt });

/** While the worker is at something long. Once it is lost it stays lost: nothing more is written. */
function keepLease(db: Db, held: RollbackRow): () => Promise<void> {
  let renewing: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    renewing = renewLease(db, held).then(
      (mine) => mine || clearInterval(timer),
      // The database is away: if it stays so the lease runs out, and that is what it is for.
      () => {},
    );
  }, leaseMs / 3);
  return async () => {
    clearInterval(timer);
    await renewing;
  };
}

/** Null: the lease is lost. */
async function oneStep(ctx: Context, row: RollbackRow, step: RollbackStep): Promise<RollbackRow | null> {
  reach('step.before_begin');
  const begun = await keepBegun(ctx, row, step);
  if (!begun) return null;
  reach('step.after_begin');
  const under = begun.row.steps.find((s) => s.id === step.id) ?? step;
  const ticks = (await ticksOf(ctx.db, [row.id])).get(row.id) ?? [];
  const result = await carryOut(ctx, { row: begun.row, step: under, ticks }).catch((error) => trouble(error, under));
  reach('step.before_kept');
  const now = ctx.now();
  const after = fold(machineOf(begun.row), step.id, result, now);
  const kept = await keepSettled(ctx, begun.row, after, {
    beside: async (tx) => {
      if (begun.call !== null)
        await answerCall(tx, begun.call, { answeredAt: now, outcome: result.kind, detail: result.detail });
    },
  });
  reach('step.after_kept');
  if (!kept) return null;
  await wake(ctx.db, kept);
  return kept;
}

/** The intent of the step and, where somebody outside is asked, of the call. */
async function keepBegun(
  ctx: Context,
  row: RollbackRow,
  step: RollbackStep,
): Promise<{ row: RollbackRow; call: number | null } | null> {
  const now = ctx.now();
  const { steps } = begin(machineOf(row), step.id, now);
  return ctx.db.transaction(async (tx) => {
    const kept = await updateRollback(tx, row, { steps, ...calling(row, step) });
    if (!kept) return null;
    if (!callsOut(row, step)) return { row: kept, call: null };
    const call = await insertCall(tx, {
      rollbackId: row.id,
      step: step.id,
      attempt: step.attempts + 1,
      key: keyOf(row, step),
      fence: row.fence,
      requestedAt: now,
    });
    return { row: kept, call };
  });
}

const calling = (row: RollbackRow, { work }: RollbackStep): Partial<RollbackRow> =>
  work.kind === 'restore' && row.state === 'intent' ? { state: 'calling' } : {};

/** A database that is away says nothing of the step; a fault of ours is said. */
function trouble(error: unknown, step: RollbackStep): TaskResult {
  const detail = `It could not be tried: ${error instanceof Error ? error.message : String(error)}`;
  const afterMs = pauseMs(step.attempts);
  if (isPassing(error)) return { kind: 'wait', detail, afterMs };
  return {
    kind: 'failed',
    detail,
    next: 'Belay goes on trying. If this stays, look into its log.',
    retryAfterMs: afterMs,
  };
}

const rule = { kind: 'rule', id: 'rollback', name: 'rollback', environment: null } as const;

/**
 * The rollout is rolled back once everybody is served the baseline; what nobody can switch, once it is seen to be. Asked
 * before each step, so that a worker that died just before it leaves nothing behind.
 */
async function confirm(ctx: Context, row: RollbackRow): Promise<void> {
  const last =
    row.steps.findLast(({ work }) => work.kind === 'serve' || work.kind === 'restore') ??
    row.steps.find(({ work }) => work.kind === 'exposure');
  if (last?.state === 'done') await endRollout(ctx, row, `Everybody is served ${row.desired.baseline} again`);
}

async function endRollout(ctx: Context, row: RollbackRow, reason: string): Promise<void> {
  if (row.rolloutId === null) return;
  const [of] = await ctx.db.select().from(rollout).where(eq(rollout.id, row.rolloutId));
  if (of?.state !== 'rolling_back' || of.epoch !== row.epoch) return;
  try {
    await apply({ ...ctx, actor: rule }, of, { kind: 'confirm_rolled_back' }, { reason, evidence: null });
  } catch (error) {
    // Somebody else has confirmed it: the wanted state is there.
    if (!(error instanceof BelayError && error.code === 'conflict')) throw error;
  }
}

async function release(ctx: Context, held: RollbackRow): Promise<void> {
  reach('release.before');
  const row = await findRollback(ctx.db, held.id);
  if (row?.attempts !== held.attempts) return;
  const due = next(machineOf(row), ctx.now());
  const dueAt = due.kind === 'wait' ? due.until : due.kind === 'task' ? ctx.now() : null;
  await updateRollback(ctx.db, held, { leaseUntil: null, dueAt: dueAt ?? new Date(ctx.now().getTime() + restMs) });
  reach('release.after');
}

/** Nothing to do before a person says so. */
const restMs = 3_600_000;

/** For the pages that show it. */
async function wake(db: Db, { rolloutId }: RollbackRow): Promise<void> {
  await db.execute(sql`select pg_notify('belay_tick', ${JSON.stringify({ rollouts: rolloutId ? [rolloutId] : [] })})`);
}
