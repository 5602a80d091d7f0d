/** Runs of drills: every verb and read of them. The engine carries them on (`execute.ts`). */
import { authorise } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import type { Tx } from '@/lib/db';
import { badInput, conflict, notFound } from '@/lib/errors';
import { record } from '@/lib/event/event';
import { placeRun } from '../fault/place';
import { corrected } from '../learn/clocks';
import type { ClockName, RunLine, RunView, SkipReason } from '../model';
import { readDrillLimit, readFreeze } from '../schedule/freeze';
import { type DrillRow, findDrill } from '../store';
import { refusalOf } from './dry-run';
import { recordOf } from './keep';
import { line, partOf } from './line';
import { isEnd } from './machine';
import { findRun, type RunRow, runView, selectLines, selectRuns, setClocks, stopRun } from './run-store';

export { decideRun } from './answer';
export { dueRuns, reapRuns, stepRun } from './execute';

/** Now, because a person says so; the schedule is left alone. */
export async function startRun(ctx: Context, drillId: string, { reason }: { reason: string }): Promise<RunView> {
  authorise(ctx.actor, 'operate');
  const drill = await findDrill(ctx.db, drillId);
  if (!drill) throw notFound('drill', drillId);
  authorise(ctx.actor, 'operate', drill.environment);
  if (drill.archivedAt) throw conflict('The drill is archived');
  const now = ctx.now();
  const refusal = await refusalOf(ctx.db, drill.spec);
  if (refusal) throw conflict(refusal);
  const id = await ctx.db.transaction(async (tx) => {
    const placed = await placeRun(tx, now, { drill, by: ctx.actor.name, scheduledFor: null });
    if (placed.run === null) throw conflict(await notNow(tx, drill, placed.why));
    const { run: id } = placed;
    await partOf(tx, now, id, ctx.actor, 'started');
    await line(tx, now, { id, state: 'planned' }, `${ctx.actor.name} starts it: ${reason}`);
    await record(tx, now, ctx.actor, {
      kind: 'drill.started',
      reason,
      environment: drill.environment,
      feature: drill.featureKey,
      data: { runId: id, drillId: drill.id },
    });
    return id;
  });
  await ctx.enqueue('drill', { runId: id });
  return getRun(ctx, id);
}

async function notNow(tx: Tx, drill: DrillRow, why: SkipReason | 'planned'): Promise<string> {
  if (why === 'limit') return `As many drills run as may at once (${await readDrillLimit(tx)})`;
  if (why === 'incident') return `An incident of ${drill.featureKey} in ${drill.environment} is marked`;
  if (why !== 'freeze')
    return `A drill of ${drill.featureKey} is running in ${drill.environment} already, or a rollback`;
  const { until, reason } = await readFreeze(tx);
  return `No drill begins until ${until}: ${reason}`;
}

/** Newest first, without their logs. */
export async function runsOf(ctx: Context, drillId: string, limit = 50): Promise<RunView[]> {
  authorise(ctx.actor, 'view');
  const drill = await findDrill(ctx.db, drillId);
  if (!drill) throw notFound('drill', drillId);
  authorise(ctx.actor, 'view', drill.environment);
  const rows = await selectRuns(ctx.db, drillId, Math.min(Math.max(limit, 1), 500));
  return rows.map((row) => runView(row, []));
}

export async function getRun(ctx: Context, id: string): Promise<RunView> {
  authorise(ctx.actor, 'view');
  const row = await load(ctx, id, 'view');
  return runView(row, await selectLines(ctx.db, id));
}

/** Oldest first; `after`: a number that was seen already. */
export async function linesOf(ctx: Context, id: string, after = -1): Promise<Array<RunLine & { seq: number }>> {
  authorise(ctx.actor, 'view');
  await load(ctx, id, 'view');
  return selectLines(ctx.db, id, after);
}

/** Whatever it is at: what it did is undone, and it ends. */
export async function abortRun(ctx: Context, id: string, { reason }: { reason: string }): Promise<RunView> {
  authorise(ctx.actor, 'operate');
  const seen = await load(ctx, id, 'operate');
  if (isEnd(seen.state)) throw conflict(`It has ended already: ${seen.state}`);
  await ctx.db.transaction(async (tx) => {
    const now = ctx.now();
    const stop = { kind: 'aborted' as const, by: ctx.actor.name, why: reason, at: now.toISOString() };
    const row = await stopRun(tx, id, stop, now);
    // Asked twice, or ended meanwhile: the end that is wanted comes anyway.
    if (!row) return;
    await partOf(tx, now, id, ctx.actor, 'aborted');
    await line(tx, now, row, `${ctx.actor.name} aborts it: ${reason}`);
  });
  await ctx.enqueue('drill', { runId: id });
  return getRun(ctx, id);
}

export type ClockCorrection = { clock: ClockName; from: string | null; to: string | null; reason: string };

/** Of a run that has ended: what was recorded stays beside it, and the figures are made again. */
export async function correctClock(ctx: Context, id: string, given: ClockCorrection): Promise<RunView> {
  authorise(ctx.actor, 'operate');
  const seen = await load(ctx, id, 'operate');
  if (!isEnd(seen.state)) throw conflict('A clock is corrected once the run has ended');
  const now = ctx.now();
  for (const field of ['from', 'to'] as const) {
    const text = given[field];
    if (text !== null && new Date(text) > now) throw badInput([{ field, message: 'lies in the future' }]);
  }
  const { reason, ...correction } = given;
  await ctx.db.transaction(async (tx) => {
    const row = await lockEnded(tx, id);
    const clocks = corrected(row.clocks, { ...correction, by: ctx.actor.name, reason });
    await setClocks(tx, id, clocks);
    const before = row.clocks.find((clock) => clock.name === given.clock);
    const after = clocks.find((clock) => clock.name === given.clock);
    await line(tx, now, row, `${ctx.actor.name} corrects the clock ${given.clock}: ${reason}`, { before, after });
    await recordOf(tx, now, row, { kind: 'drill.corrected', reason, data: { before, after }, actor: ctx.actor });
  });
  return getRun(ctx, id);
}

async function lockEnded(tx: Parameters<typeof setClocks>[0], id: string): Promise<RunRow> {
  const row = await findRun(tx, id, true);
  if (!row) throw notFound('drill run', id);
  return row;
}

async function load(ctx: Context, id: string, permission: 'view' | 'operate'): Promise<RunRow> {
  const row = await findRun(ctx.db, id);
  if (!row) throw notFound('drill run', id);
  authorise(ctx.actor, permission, row.environment);
  return row;
}
