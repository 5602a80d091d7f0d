/** Reading telemetry back: bins for the judge, series for charts, and what is known of its health. */
import { sql } from 'drizzle-orm';
import { finding, rejection } from '@/drizzle/schema/signal';
import { authorise } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import type { Db } from '@/lib/db';
import { drillPrefix } from '@/lib/drill/model';
import { record } from '@/lib/event/event';
import { getSetting, putSetting } from '@/lib/event/setting';
import { parseInput } from '@/lib/input';
import { aggregateOf, type Bin, copyOfBin, mergeBin } from './bin/bin';
import type { SeriesRow } from './fold/fold-store';
import { drawLines } from './lines';
import {
  type BinQuery,
  type BinRow,
  defaultMapping,
  type Finding,
  type FindingKind,
  type Freshness,
  type Mapping,
  type MetricView,
  mappingInput,
  type PointKind,
  type Rejection,
  retentionInput,
  type SegmentView,
  type SeriesQuery,
  type SeriesView,
} from './model';
import { type Dropped, dropExpired } from './retain';
import { findSeries, scan } from './scan';

/** In order of time, then of series. `from` and `to` cut at the bins that they fall into, half-open. */
export async function readBins(db: Db, query: BinQuery): Promise<BinRow[]> {
  const client = db.$client;
  const rows = await findSeries(client, query);
  const known = new Map(rows.map((r) => [r.id, r]));
  const bins = new Map<string, { row: SeriesRow; at: number; bin: Bin }>();
  const range = {
    fromMs: query.from.getTime(),
    toMs: query.to.getTime(),
    binMs: query.resolution * 1000,
    buckets: true,
  };
  await scan(client, { ids: [...known.keys()], ...range }, (id, at, bin) => {
    const key = `${id} ${at}`;
    const before = bins.get(key);
    if (before) mergeBin(before.bin, bin);
    else bins.set(key, { row: known.get(id) as SeriesRow, at, bin: copyOfBin(bin) });
  });
  return [...bins.values()]
    .sort((a, b) => a.at - b.at || a.row.id - b.row.id)
    .map(({ row: { version, cohort, metric, kind, unit, attributes }, at, bin }) => {
      return { at, version, cohort, metric, kind, unit, attributes, aggregate: aggregateOf(bin, kind) };
    });
}

/** How many series a reader of bins will meet. */
export async function countSeries(
  db: Db,
  query: Pick<BinQuery, 'environment' | 'feature' | 'metrics' | 'versions'>,
): Promise<number> {
  return (await findSeries(db.$client, query)).length;
}

export async function series(ctx: Context, query: SeriesQuery): Promise<SeriesView> {
  authorise(ctx.actor, 'view', query.environment);
  return drawLines(ctx.db.$client, ctx.now(), query);
}

/** What was measured of a feature, newest series' unit first in each metric. */
export async function metricsOf(ctx: Context, query: { environment: string; feature: string }): Promise<MetricView[]> {
  authorise(ctx.actor, 'view', query.environment);
  const rows = await ctx.db.$client<
    Array<{ metric: string; kind: PointKind; unit: string; versions: string[]; cohorts: string[]; at: number }>
  >`
    select metric, kind, unit, array_agg(distinct version) as versions, array_agg(distinct cohort) as cohorts,
      (extract(epoch from coalesce(max(l.at), max(first_seen_at))) * 1000)::float8 as at
    from series s
    left join lateral (select r.at from rollup r where r.series_id = s.id order by r.at desc limit 1) l on true
    where environment = ${query.environment} and feature = ${query.feature}
    group by metric, kind, unit
    order by metric, kind, unit`;
  return rows.map(({ at, ...row }) => ({ ...row, lastAt: new Date(at).toISOString() }));
}

/** `points10m`: 10 s bins of any metric that got data within the last ten minutes. */
export async function segments(
  ctx: Context,
  query: { environment?: string | undefined; feature?: string | undefined },
): Promise<SegmentView[]> {
  authorise(ctx.actor, 'view', query.environment ?? undefined);
  const environment = ctx.actor.environment ?? query.environment ?? null;
  const since = ctx.now().getTime() / 1000 - 600;
  const rows = await ctx.db.$client<
    Array<{ environment: string; feature: string; version: string; cohort: string; at: number; bins: number }>
  >`
    select environment, feature, version, cohort, (extract(epoch from coalesce(max(l.at), max(first_seen_at))) * 1000)::float8 as at,
      sum(recent.bins)::float8 as bins
    from series s
    left join lateral (select r.at from rollup r where r.series_id = s.id order by r.at desc limit 1) l on true
    left join lateral (
      select count(*) as bins from rollup r where r.series_id = s.id and r.at >= to_timestamp(${since}::float8)) recent on true
    where (environment = ${environment} or (${environment}::text is null and not starts_with(environment, ${drillPrefix})))
      and (${query.feature ?? null}::text is null or feature = ${query.feature ?? null})
    group by environment, feature, version, cohort
    order by environment, feature, version, cohort`;
  return rows.map(({ at, bins, ...row }) => ({ ...row, lastAt: new Date(at).toISOString(), points10m: bins }));
}

/** `receiverAliveAt`: the last heartbeat of any receiver that serves flags, too. */
export async function freshness(db: Db, query: { environment: string; feature: string }): Promise<Freshness> {
  const [row] = await db.$client<{ last: number | null; alive: number | null }[]>`
    select
      (select (extract(epoch from last_at) * 1000)::float8 from freshest_point
       where environment = ${query.environment} and feature = ${query.feature}) as last,
      (select (extract(epoch from max(heartbeat_at)) * 1000)::float8 from listener where process like 'receiver%') as alive`;
  const date = (ms: number | null | undefined) => (ms == null ? null : new Date(ms));
  return { lastAt: date(row?.last), receiverAliveAt: date(row?.alive) };
}

/** Of the feature, and of its environment as a whole (`feature` ''). */
export async function findings(db: Db, query: { environment: string; feature: string }): Promise<Finding[]> {
  const rows = await db
    .select()
    .from(finding)
    .where(sql`${finding.environment} = ${query.environment} and ${finding.feature} in (${query.feature}, '')`)
    .orderBy(sql`${finding.lastAt} desc`);
  return rows.map(({ kind, environment, feature, metric, detail, firstAt, lastAt, count }) => {
    return { kind: kind as FindingKind, environment, feature, metric, detail, firstAt, lastAt, count };
  });
}

export async function rejections(ctx: Context, limit: number): Promise<Rejection[]> {
  authorise(ctx.actor, 'view');
  const own = ctx.actor.environment;
  const rows = await ctx.db
    .select()
    .from(rejection)
    .where(
      own === null
        ? sql`not starts_with(${rejection.environment}, ${drillPrefix})`
        : sql`${rejection.environment} = ${own}`,
    )
    .orderBy(sql`${rejection.id} desc`)
    .limit(Math.min(1000, Math.max(1, Math.floor(limit))));
  return rows.map(({ at, environment, metric, message, points }) => {
    return { at: at.toISOString(), environment, metric, message, points };
  });
}

export async function getMapping(ctx: Context): Promise<Mapping> {
  authorise(ctx.actor, 'view');
  return getSetting<Mapping>(ctx.db, 'mapping', defaultMapping);
}

/** Holds for points that are folded from now on; what was folded stays in the segments that it fell into. */
export async function putMapping(ctx: Context, input: unknown): Promise<Mapping> {
  authorise(ctx.actor, 'administer', null);
  const mapping: Mapping = parseInput(mappingInput, input);
  await ctx.db.transaction(async (tx) => {
    const now = ctx.now();
    await putSetting(tx, now, 'mapping', mapping);
    await record(tx, now, ctx.actor, {
      kind: 'settings.changed',
      reason: 'How attributes become segments was changed',
      data: { setting: 'mapping', ...mapping },
    });
  });
  return mapping;
}

/** Drops what is past its keep, a little at a time, so that nothing waits for it. */
export async function retain(db: Db, now: Date): Promise<Dropped> {
  const retention = retentionInput.parse(await getSetting(db, 'retention', {}));
  return dropExpired(db.$client, now, retention);
}
