/** SQL of what a report is drafted from that no other face reads in this shape. Decides nothing. */
import { and, asc, desc, eq, gte, inArray, isNull, lte, notLike, or, type SQL, sql } from 'drizzle-orm';
import { drill, drillRun } from '@/drizzle/schema/drill';
import { event } from '@/drizzle/schema/event';
import { snapshot } from '@/drizzle/schema/snapshot';
import type { Db, Tx } from '@/lib/db';
import { provenRun } from '@/lib/drill/learn/proven';
import { eventView } from '@/lib/event/event';
import type { EventKind, EventView } from '@/lib/event/model';
import type { Facts } from '../facts';

/** Who came and went, and what is written about reports: no part of what happened to the feature. */
const beside: EventKind[] = [
  'person.signed_in',
  'person.changed',
  'key.created',
  'key.revoked',
  'retention.ran',
  'notice_address.added',
  'notice_address.changed',
  'notice_address.confirmed',
  'notice_address.removed',
  'webhook.created',
  'webhook.changed',
  'webhook.rotated',
  'webhook.removed',
  'template.created',
  'template.changed',
  'template.removed',
  'cohort.created',
  'opt_out.added',
  'opt_out.removed',
];

export type Stretch = {
  feature: string;
  /** of its telemetry and its flags */
  environment: string;
  rolloutId: string | null;
  runId: string | null;
  from: Date;
  to: Date;
};

/** Of the rollout or the run whenever it was, of feature and environment within the stretch; oldest first. */
export async function eventsOf(db: Db | Tx, of: Stretch, most: number): Promise<{ events: EventView[]; left: number }> {
  const within = and(gte(event.at, of.from), lte(event.at, of.to));
  const here = or(isNull(event.environment), eq(event.environment, of.environment));
  const told = [
    and(within, here, or(isNull(event.feature), eq(event.feature, of.feature))),
    of.rolloutId === null ? undefined : and(eq(event.rolloutId, of.rolloutId), lte(event.at, of.to)),
    of.runId === null ? undefined : sql`${event.kind} like 'drill.%' and ${event.data}->>'runId' = ${of.runId}`,
  ].filter((condition): condition is SQL => condition !== undefined);
  const chosen = and(
    or(...told),
    notLike(event.kind, 'postmortem.%'),
    notLike(event.kind, 'status\\_%'),
    sql`${event.kind} not in (${sql.join(
      beside.map((kind) => sql`${kind}`),
      sql`, `,
    )})`,
  );
  // The newest are nearest to what is told.
  const rows = await db.select().from(event).where(chosen).orderBy(desc(event.seq)).limit(most);
  const [count] = await db.select({ n: sql<number>`count(*)::int` }).from(event).where(chosen);
  return { events: rows.reverse().map(eventView), left: Math.max(0, (count?.n ?? 0) - rows.length) };
}

/** The state that was gone back to, and what there was just before. */
export async function snapshotsOf(db: Db | Tx, ids: string[]): Promise<Facts['snapshots']> {
  if (ids.length === 0) return [];
  const rows = await db.select().from(snapshot).where(inArray(snapshot.id, ids)).orderBy(asc(snapshot.takenAt));
  return rows.map(({ id, cause, digest, takenAt, takenBy, body }) => {
    return { id, cause, digest, takenAt: takenAt.toISOString(), by: takenBy, body };
  });
}

/** What was recorded just before the rollback: in the transaction of its decision. */
export async function stateBefore(
  db: Db | Tx,
  of: { feature: string; environment: string; at: Date },
): Promise<string | null> {
  const [row] = await db
    .select({ id: snapshot.id })
    .from(snapshot)
    .where(
      and(
        eq(snapshot.featureKey, of.feature),
        eq(snapshot.environment, of.environment),
        eq(snapshot.cause, 'rollback'),
        eq(snapshot.takenAt, of.at),
      ),
    )
    .limit(1);
  return row?.id ?? null;
}

type Place = { feature: string; environment: string };

/** The newest that was proven before. */
export async function lastDrillOf(db: Db | Tx, of: Place, before: Date): Promise<Facts['lastDrill']> {
  const [row] = await db
    .select({ id: drillRun.id, endedAt: drillRun.endedAt, clocks: drillRun.clocks })
    .from(drillRun)
    .where(
      and(
        eq(drillRun.featureKey, of.feature),
        eq(drillRun.environment, of.environment),
        provenRun,
        lte(drillRun.endedAt, before),
      ),
    )
    .orderBy(desc(drillRun.endedAt))
    .limit(1);
  if (!row?.endedAt) return null;
  const clocks = row.clocks.map(({ name, ms, objectiveMs }) => ({ name, ms, objectiveMs }));
  return { runId: row.id, endedAt: row.endedAt.toISOString(), clocks };
}

/** Of the newest drill of the feature there. */
export async function drillObjectives(db: Db | Tx, of: Place) {
  const [row] = await db
    .select({ spec: drill.spec })
    .from(drill)
    .where(and(eq(drill.featureKey, of.feature), eq(drill.environment, of.environment), isNull(drill.archivedAt)))
    .orderBy(desc(drill.createdAt))
    .limit(1);
  return row?.spec.objectives ?? null;
}

/** Attributes that say which build is running; a value is news only where its service had another one before. */
const builds = ['service.version', 'vcs.ref.head.revision', 'deployment.id', 'container.image.tags'];

export async function deploymentsSeen(
  db: Db | Tx,
  of: { environment: string; metrics: string[]; from: Date; to: Date },
  most: number,
): Promise<Facts['deployments']> {
  if (of.metrics.length === 0) return [];
  const rows = await db.execute<{ at: string; attribute: string; value: string; variants: string[] }>(sql`
    with seen as (
      select b.attribute, s.resource->>'service.name' as service, s.first_seen_at as at,
        coalesce(s.attributes->>b.attribute, s.resource->>b.attribute) as value,
        coalesce(s.attributes->>'feature_flag.result.variant', s.attributes->>'feature_flag.variant') as variant
      from stream s, unnest(array[${sql.join(
        builds.map((key) => sql`${key}`),
        sql`, `,
      )}]::text[]) as b(attribute)
      where s.environment = ${of.environment} and s.metric = any(array[${sql.join(
        of.metrics.map((metric) => sql`${metric}`),
        sql`, `,
      )}]::text[])
    ), met as (
      select attribute, service, value, min(at) as at, array_remove(array_agg(distinct variant), null) as variants
      from seen where value is not null group by attribute, service, value
    )
    select to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at, attribute, value, variants
    from met m
    where at between ${of.from.toISOString()}::timestamptz and ${of.to.toISOString()}::timestamptz and exists (
      select 1 from met o
      where o.attribute = m.attribute and o.service is not distinct from m.service and o.at < m.at)
    order by m.at, attribute, value
    limit ${most}`);
  return [...rows].map(({ at, attribute, value, variants }) => {
    return { at, attribute, value, version: variants.length === 1 ? (variants[0] ?? null) : null };
  });
}
