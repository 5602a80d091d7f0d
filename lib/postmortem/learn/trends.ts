/** Trends over reports, rollouts and actions: reads what `trend.ts` counts. Drills are no incidents and count nowhere. */
import { and, asc, eq, gte, inArray, isNotNull, lt, ne, notLike, type SQL, sql } from 'drizzle-orm';
import { postmortem, postmortemAction } from '@/drizzle/schema/postmortem';
import { rollout } from '@/drizzle/schema/rollout';
import { authorise } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import type { Db } from '@/lib/db';
import { drillPrefix } from '@/lib/drill/model';
import { dayIn, startOfDay, zoneOfDays } from '../action/days';
import { day, plusDays } from '../action/due';
import { eyesOf } from '../hold';
import { clockId } from '../impact/figure-id';
import type { Figure, Milestone } from '../model';
import { seenBy } from '../store';
import { type DueCount, type EndedCount, monthsBetween, type ReportFact, type Trends, trendsOf } from './trend';

const usualMonths = 12;
export const mostMonths = 36;
const atOnce = 500;

export type TrendQuery = { months?: number; feature?: string; environment?: string };
export type TrendsView = Trends & { from: string; to: string };
type Span = { from: Date; to: Date };

/** Reports that one may not see count for nobody who may not see them. */
export async function postmortemTrends(ctx: Context, query: TrendQuery = {}): Promise<TrendsView> {
  authorise(ctx.actor, 'view', query.environment);
  const to = ctx.now();
  const months = Math.min(Math.max(query.months ?? usualMonths, 1), mostMonths);
  const from = new Date(Date.UTC(to.getUTCFullYear(), to.getUTCMonth() - months + 1, 1));
  const span = { from, to };
  const place = { ...query, environment: query.environment ?? ctx.actor.environment ?? undefined };
  const seen = seenBy(eyesOf(ctx.actor));
  const [rollouts, reports, actions] = await Promise.all([
    endedIn(ctx.db, place, span),
    reportsIn(ctx.db, { place, span, seen }),
    actionsIn(ctx.db, place, span, seen),
  ]);
  const counted = trendsOf({ rollouts, reports, actions }, monthsBetween(from, to));
  return { from: from.toISOString(), to: to.toISOString(), ...counted };
}

type Place = { feature?: string | undefined; environment?: string | undefined };
const ofReport = ({ feature, environment }: Place) =>
  and(
    feature === undefined ? undefined : eq(postmortem.feature, feature),
    environment === undefined ? undefined : eq(postmortem.environment, environment),
  );

/** Counted where they are: however many there are, nothing is cut. */
async function endedIn(db: Db, { feature, environment }: Place, { from, to }: Span): Promise<EndedCount[]> {
  const month = sql<string>`to_char(${rollout.endedAt} at time zone 'UTC', 'YYYY-MM')`;
  const rolledBack = sql`${rollout.state} = 'rolled_back'`;
  const counted = (what: SQL) => sql<number>`(count(*) filter (where ${what}))::int`;
  return db
    .select({
      feature: rollout.featureKey,
      month,
      ended: sql<number>`count(*)::int`,
      rolledBack: counted(rolledBack),
      partly: counted(sql`not ${rolledBack} and jsonb_array_length(${rollout.withdrawn}) > 0`),
    })
    .from(rollout)
    .where(
      and(
        inArray(rollout.state, ['rolled_back', 'completed']),
        isNotNull(rollout.startedAt),
        gte(rollout.endedAt, from),
        lt(rollout.endedAt, to),
        notLike(rollout.environment, `${drillPrefix}%`),
        feature === undefined ? undefined : eq(rollout.featureKey, feature),
        environment === undefined ? undefined : eq(rollout.environment, environment),
      ),
    )
    .groupBy(rollout.featureKey, month);
}

/** Only what is counted leaves the database: documents are long. */
const picked = sql<{ figures: Figure[] | null; milestones: Milestone[] | null }>`json_build_object(
  'figures', (select json_agg(f) from json_array_elements(${postmortem.document}->'draft'->'figures') f
    where f->>'id' like 'clock/%'),
  'milestones', ${postmortem.document}->'draft'->'milestones')`;

type Page = { place: Place; span: Span; seen: SQL | undefined };

/** All of them, some at a time: their documents are long, and of each only what is counted is kept. */
async function reportsIn(db: Db, of: Page): Promise<ReportFact[]> {
  const all: ReportFact[] = [];
  for (;;) {
    const page = await reportsAfter(db, of, all.at(-1) ?? null);
    all.push(...page);
    if (page.length < atOnce) return all;
  }
}

async function reportsAfter(
  db: Db,
  { place, span: { from, to }, seen }: Page,
  last: ReportFact | null,
): Promise<ReportFact[]> {
  const { id, title, feature, createdAt, subjectKind, traits } = postmortem;
  // As fine as what is read of it, so that no row comes twice.
  const opened = sql`date_trunc('milliseconds', ${createdAt})`;
  const rows = await db
    .select({ id, title, feature, at: createdAt, kind: subjectKind, traits, picked })
    .from(postmortem)
    .where(
      and(
        seen,
        ofReport(place),
        inArray(subjectKind, ['rollback', 'stretch']),
        gte(createdAt, from),
        lt(createdAt, to),
        last === null ? undefined : sql`(${opened}, ${id}) > (${last.at.toISOString()}, ${last.id})`,
        isNotNull(postmortem.document),
      ),
    )
    .orderBy(asc(opened), asc(id))
    .limit(atOnce);
  return rows.map(({ kind, traits, picked, ...row }) => ({
    ...row,
    clocks: kind === 'rollback' ? clocksIn(picked.figures ?? [], picked.milestones ?? []) : null,
    causes: traits.flatMap((trait) => (trait.startsWith('cause:') ? [trait.slice('cause:'.length)] : [])),
  }));
}

function clocksIn(figures: readonly Figure[], milestones: readonly Milestone[]): ReportFact['clocks'] {
  const figure = (name: 'detect' | 'decide' | 'recover') =>
    figures.find(({ id }) => id === clockId(name))?.value ?? null;
  const at = (name: Milestone['name']) => milestones.find((m) => m.name === name)?.at ?? null;
  const [onset, recovered] = [at('onset'), at('recovered')];
  const ms = onset === null || recovered === null ? null : Date.parse(recovered) - Date.parse(onset);
  return {
    detect: figure('detect'),
    decide: figure('decide'),
    recover: figure('recover'),
    restore: ms === null || ms < 0 ? null : ms,
  };
}

/** Of the days that are over: each ends when the next one begins in the zone of days. */
async function actionsIn(db: Db, place: Place, { from, to }: Span, seen: SQL | undefined): Promise<DueCount[]> {
  const zone = await zoneOfDays(db);
  const today = dayIn(zone, to);
  const days: Array<{ day: string; ends: string }> = [];
  for (let of = day(from); of < today; of = plusDays(of, 1))
    days.push({ day: of, ends: startOfDay(zone, plusDays(of, 1)).toISOString() });
  const over = sql`json_to_recordset(${JSON.stringify(days)}::json) as over(day date, ends timestamptz)`;
  const month = sql<string>`to_char(${postmortemAction.dueOn}, 'YYYY-MM')`;
  return db
    .select({
      feature: postmortem.feature,
      month,
      due: sql<number>`count(*)::int`,
      inTime: sql<number>`(count(*) filter (where ${postmortemAction.closedAt} < over.ends))::int`,
    })
    .from(postmortemAction)
    .innerJoin(postmortem, eq(postmortem.id, postmortemAction.postmortemId))
    .innerJoin(over, sql`over.day = ${postmortemAction.dueOn}`)
    .where(and(seen, ofReport(place), ne(postmortemAction.state, 'dropped')))
    .groupBy(postmortem.feature, month);
}
