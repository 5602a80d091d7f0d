/** What was run, left out and planned in a span of time, of every drill at once. */
import { and, asc, eq, gte, isNull, lt, sql } from 'drizzle-orm';
import { drill, drillRun, drillSkip } from '@/drizzle/schema/drill';
import { authorise } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import { badInput } from '@/lib/errors';
import type { RunState, SkipReason } from '../model';
import type { Freeze, Schedule } from '../schedule-model';
import { isFrozen, readFreeze } from './freeze';
import { namedTimes } from './schedule';
import { offsetAt } from './zone';

type Of = { drillId: string; name: string; feature: string; environment: string; at: string };
export type CalendarEntry =
  | (Of & { kind: 'run'; runId: string; state: RunState })
  | (Of & { kind: 'skipped'; reason: SkipReason })
  | (Of & {
      kind: 'planned';
      /** known already now: it will be left out */
      blockedBy: SkipReason | null;
      /** its clock has changed since the time before it */
      clockChanged: boolean;
    });

export type CalendarQuery = { from: Date; to: Date; environment?: string };

const dayMs = 86_400_000;
const mostDays = 100;
/** Of one drill: one for every minute would be no calendar. */
const mostPlanned = 200;
const most = 2_000;

/** By time. `from` counts, `to` does not. */
export async function drillCalendar(ctx: Context, { from, to, environment }: CalendarQuery): Promise<CalendarEntry[]> {
  authorise(ctx.actor, 'view', environment);
  if (!(to > from)) throw badInput([{ field: 'to', message: 'must be after from' }]);
  if (to.getTime() - from.getTime() > mostDays * dayMs)
    throw badInput([{ field: 'to', message: `is more than ${mostDays} days after from` }]);
  const only = environment ?? ctx.actor.environment ?? undefined;
  const span = { from, to, only };
  const [runs, skips, planned] = await Promise.all([runsIn(ctx, span), skipsIn(ctx, span), plannedIn(ctx, span)]);
  return [...runs, ...skips, ...planned].toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

type Span = { from: Date; to: Date; only: string | undefined };

async function runsIn(ctx: Context, { from, to, only }: Span): Promise<CalendarEntry[]> {
  const at = sql<Date>`coalesce(${drillRun.startedAt}, ${drillRun.scheduledFor}, ${drillRun.stateSince})`;
  const rows = await ctx.db
    .select({ run: drillRun, at: at.mapWith(drillRun.startedAt) })
    .from(drillRun)
    .where(
      and(
        gte(at, from.toISOString()),
        lt(at, to.toISOString()),
        only === undefined ? undefined : eq(drillRun.environment, only),
      ),
    )
    .orderBy(asc(at))
    .limit(most);
  return rows.map(({ run, at: began }) => ({
    kind: 'run',
    drillId: run.drillId ?? '',
    name: run.spec.name,
    feature: run.featureKey,
    environment: run.environment,
    at: began.toISOString(),
    runId: run.id,
    state: run.state,
  }));
}

async function skipsIn(ctx: Context, { from, to, only }: Span): Promise<CalendarEntry[]> {
  const rows = await ctx.db
    .select({ skip: drillSkip, of: { name: drill.name, feature: drill.featureKey, environment: drill.environment } })
    .from(drillSkip)
    .innerJoin(drill, eq(drill.id, drillSkip.drillId))
    .where(
      and(
        gte(drillSkip.scheduledFor, from),
        lt(drillSkip.scheduledFor, to),
        only === undefined ? undefined : eq(drill.environment, only),
      ),
    )
    .orderBy(asc(drillSkip.scheduledFor))
    .limit(most);
  return rows.map(({ skip, of }) => ({
    kind: 'skipped',
    ...of,
    drillId: skip.drillId,
    at: skip.scheduledFor.toISOString(),
    reason: skip.reason,
  }));
}

async function plannedIn(ctx: Context, { from, to, only }: Span): Promise<CalendarEntry[]> {
  const now = ctx.now();
  if (to <= now) return [];
  const [freeze, drills] = await Promise.all([
    readFreeze(ctx.db),
    ctx.db
      .select()
      .from(drill)
      .where(and(isNull(drill.archivedAt), only === undefined ? undefined : eq(drill.environment, only)))
      .orderBy(asc(drill.name))
      .limit(most),
  ]);
  const begin = new Date(Math.max(from.getTime() - 1, now.getTime()));
  return drills.flatMap(({ id, name, featureKey, environment, spec }) => {
    if (!spec.schedule) return [];
    const of = { drillId: id, name, feature: featureKey, environment };
    return timesOf(spec.schedule, { begin, to, environment, freeze }).map((time) => ({
      ...of,
      kind: 'planned',
      ...time,
    }));
  });
}

/** Pure. */
function timesOf(
  schedule: Schedule,
  { begin, to, environment, freeze }: { begin: Date; to: Date; environment: string; freeze: Freeze },
) {
  let before = begin;
  return namedTimes(schedule, begin, { count: mostPlanned, most: 50 })
    .filter(({ at }) => at < to)
    .map(({ at, closed }) => {
      const offset = (of: Date) => offsetAt(schedule.timeZone, of.getTime());
      const clockChanged = offset(at) !== offset(before);
      before = at;
      const frozen = isFrozen(freeze, environment, at) ? ('freeze' as const) : null;
      return {
        at: at.toISOString(),
        blockedBy: schedule.paused ? ('paused' as const) : (closed ?? frozen),
        clockChanged,
      };
    });
}
