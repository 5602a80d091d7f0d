/** Drills: what is rehearsed and when. Their runs are in `run.ts`; the scheduler is in `plan-runs.ts`. */
import { z } from 'zod';
import { authorise } from '@/lib/access/authorise';
import type { Permission } from '@/lib/access/model';
import type { Context } from '@/lib/context';
import type { Db, Tx } from '@/lib/db';
import { badInput, conflict, notFound } from '@/lib/errors';
import { record } from '@/lib/event/event';
import type { EventKind } from '@/lib/event/model';
import { newId } from '@/lib/id';
import { parseInput } from '@/lib/input';
import { targetFaults } from './check';
import { readStanding } from './fault/place';
import { refuseLost } from './meanwhile';
import type { Drill, DrillView, SkipView } from './model';
import { drillFaults, parseChange, parseDrill } from './parse';
import { nextRun, whyNot } from './schedule/schedule';
import type { Schedule } from './schedule-model';
import {
  type DrillFilter,
  type DrillRow,
  drillView,
  findDrill,
  insertDrill,
  lastRuns,
  lockDrill,
  provenDrills,
  selectDrills,
  selectSkips,
  updateDrill,
} from './store';

export { checkDrillProxies, getDrillProxies, putDrillProxies } from './fault/proxies';
export { parseDrill } from './parse';
export { getDrillLimit, getFreeze, putDrillLimit, putFreeze } from './schedule/freeze';
export { planRuns } from './schedule/plan-runs';
export { previewSchedule } from './schedule/preview';

/** A time that is past for so long without a run or a reason is owed. */
const overdueMs = 60_000;

export async function createDrill(ctx: Context, input: unknown): Promise<DrillView> {
  authorise(ctx.actor, 'operate');
  const spec = parseDrill(input);
  authorise(ctx.actor, 'operate', spec.environment);
  const now = ctx.now();
  return ctx.db.transaction(async (tx) => {
    await refuse(tx, spec, now, null);
    const row: DrillRow = {
      id: newId('drl', now),
      ...columns(spec),
      epoch: 0,
      nextRunAt: firstAfter(spec.schedule, now),
      createdBy: ctx.actor.name,
      createdAt: now,
      updatedAt: now,
      archivedAt: null,
    };
    await insertDrill(tx, row);
    await tell(ctx, tx, row, { kind: 'drill.created', reason: `Plans the drill ${spec.name}`, data: { drill: spec } });
    return viewOf(tx, now, row);
  });
}

const columns = (spec: Drill) => ({
  name: spec.name,
  featureKey: spec.feature,
  environment: spec.environment,
  owner: spec.owner,
  level: spec.level,
  spec,
});

const firstAfter = (schedule: Schedule | null, at: Date): Date | null =>
  schedule && !schedule.paused ? nextRun(schedule, at) : null;

/** Every fault at once, so that whoever fills in a form is told once. */
async function refuse(tx: Tx, spec: Drill, now: Date, before: Drill | null): Promise<void> {
  const faults = [...drillFaults(spec, now, before), ...(await targetFaults(tx, spec))];
  if (faults.length > 0) throw badInput(faults);
}

/**
 * Its feature and environment stay, for its runs are theirs. What says the same again changes nothing, whichever version
 * it was written from: nobody's work is lost by it.
 */
export async function putDrill(ctx: Context, id: string, input: unknown): Promise<DrillView> {
  authorise(ctx.actor, 'operate');
  const { drill: spec, basedOn } = parseChange(input);
  const now = ctx.now();
  return ctx.db.transaction(async (tx) => {
    const before = await lockOpen(ctx, tx, id);
    if (spec.feature !== before.featureKey || spec.environment !== before.environment)
      throw badInput([
        {
          field: spec.feature === before.featureKey ? 'environment' : 'feature',
          message: `stays: this drill is of ${before.featureKey} in ${before.environment}; plan another`,
        },
      ]);
    if (same(spec, before.spec)) return viewOf(tx, now, before);
    await refuseLost(tx, before, basedOn);
    await refuse(tx, spec, now, before.spec);
    const set = { ...columns(spec), updatedAt: now };
    // A time that is due is not lost because somebody corrects a word.
    const kept = same(spec.schedule, before.spec.schedule);
    const after = await updateDrill(tx, before, kept ? set : { ...set, nextRunAt: firstAfter(spec.schedule, now) });
    await tell(ctx, tx, after, {
      kind: 'drill.changed',
      reason: `Changes the drill ${spec.name}`,
      data: { before: before.spec, drill: spec },
    });
    return viewOf(tx, now, after);
  });
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

async function lockOpen(ctx: Context, tx: Tx, id: string): Promise<DrillRow> {
  const row = await lockDrill(tx, id);
  if (!row) throw notFound('drill', id);
  authorise(ctx.actor, 'operate', row.environment);
  if (row.archivedAt) throw conflict(`The drill ${row.name} is archived`);
  return row;
}

const orderInput = z.strictObject({ reason: z.string().trim().min(1, 'say why').max(500) });

/** While it is paused no time of its schedule is owed; afterwards it goes on with the next. */
export async function pauseDrill(ctx: Context, id: string, paused: boolean, input: unknown): Promise<DrillView> {
  authorise(ctx.actor, 'operate');
  const { reason } = parseInput(orderInput, input);
  const now = ctx.now();
  return ctx.db.transaction(async (tx) => {
    const before = await lockOpen(ctx, tx, id);
    const { schedule } = before.spec;
    if (!schedule) throw conflict('The drill has no schedule: it runs only when somebody starts it');
    if (schedule.paused === paused) return viewOf(tx, now, before);
    const set = { ...schedule, paused };
    const after = await updateDrill(tx, before, {
      spec: { ...before.spec, schedule: set },
      nextRunAt: firstAfter(set, now),
      updatedAt: now,
    });
    await tell(ctx, tx, after, { kind: paused ? 'drill.paused' : 'drill.resumed', reason });
    return viewOf(tx, now, after);
  });
}

/** It runs no more; what it has shown stays. A run that is under way goes on. */
export async function archiveDrill(ctx: Context, id: string, input: unknown): Promise<DrillView> {
  authorise(ctx.actor, 'operate');
  const { reason } = parseInput(orderInput, input);
  const now = ctx.now();
  return ctx.db.transaction(async (tx) => {
    const before = await lockOpen(ctx, tx, id);
    const after = await updateDrill(tx, before, { archivedAt: now, nextRunAt: null, updatedAt: now });
    await tell(ctx, tx, after, { kind: 'drill.archived', reason });
    return viewOf(tx, now, after);
  });
}

async function tell(
  ctx: Context,
  tx: Tx,
  row: DrillRow,
  { kind, reason, data = {} }: { kind: EventKind; reason: string; data?: Record<string, unknown> },
): Promise<void> {
  await record(tx, row.updatedAt, ctx.actor, {
    kind,
    reason,
    environment: row.environment,
    feature: row.featureKey,
    data: { drillId: row.id, name: row.name, nextRunAt: row.nextRunAt?.toISOString() ?? null, ...data },
  });
}

export async function getDrill(ctx: Context, id: string): Promise<DrillView> {
  return viewOf(ctx.db, ctx.now(), await load(ctx, id, 'view'));
}

/** Those that come next first. A key of one environment sees that one only. */
export async function listDrills(ctx: Context, filter: DrillFilter = {}): Promise<DrillView[]> {
  authorise(ctx.actor, 'view', filter.environment);
  const environment = filter.environment ?? ctx.actor.environment ?? undefined;
  return viewsOf(ctx.db, ctx.now(), await selectDrills(ctx.db, { ...filter, environment }));
}

/** Times of the schedule at which nothing was run, newest first. */
export async function skipsOf(ctx: Context, id: string, { limit = 100 }: { limit?: number } = {}): Promise<SkipView[]> {
  const { id: drillId } = await load(ctx, id, 'view');
  return (await selectSkips(ctx.db, drillId, limit)).map(({ scheduledFor, reason, at }) => ({
    scheduledFor: scheduledFor.toISOString(),
    reason,
    at: at.toISOString(),
  }));
}

async function load(ctx: Context, id: string, permission: Permission): Promise<DrillRow> {
  authorise(ctx.actor, permission);
  const row = await findDrill(ctx.db, id);
  if (!row) throw notFound('drill', id);
  authorise(ctx.actor, permission, row.environment);
  return row;
}

async function viewOf(db: Db | Tx, now: Date, row: DrillRow): Promise<DrillView> {
  const [view] = await viewsOf(db, now, [row]);
  if (!view) throw new Error('a row has a view');
  return view;
}

async function viewsOf(db: Db | Tx, now: Date, rows: DrillRow[]): Promise<DrillView[]> {
  const last = await lastRuns(
    db,
    rows.map((row) => row.id),
  );
  const promised = rows.filter((row) => row.archivedAt === null && new Date(promiseOf(row) ?? now) < now);
  const proven = await provenDrills(
    db,
    promised.map((row) => row.id),
  );
  const unproven = new Set(promised.filter((row) => !proven.has(row.id)));
  const standing = await readStanding(db, now);
  return rows.map((row) => {
    const owed = row.nextRunAt !== null && now.getTime() - row.nextRunAt.getTime() > overdueMs;
    return drillView(row, {
      lastRun: last.get(row.id) ?? null,
      overdueSince: owed && row.nextRunAt ? row.nextRunAt.toISOString() : null,
      unprovenSince: unproven.has(row) ? new Date(promiseOf(row) ?? now).toISOString() : null,
      blockedBy: row.archivedAt ? null : whyNot(row.spec.schedule, now, standing(row)),
    });
  });
}

/** Whatever else a row lacks, it can be read. */
const promiseOf = ({ spec }: DrillRow): string | null => spec.objectives?.provenBy ?? null;
