/** Trends over reports, rollouts and actions: reads what `trend.ts` counts. Drills are no incidents and count nowhere. */
import { and, asc, eq, gte, inArray, isNotNull, lt, notLike, type SQL, sql } from 'drizzle-orm';
import { postmortem, postmortemAction } from '@/drizzle/schema/postmortem';
import { rollout } from '@/drizzle/schema/rollout';
import { authorise } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import type { Db } from '@/lib/db';
import { drillPrefix } from '@/lib/drill/model';
import { day } from './due';
import { clockId } from './figure-id';
import { eyesOf } from './hold';
import type { Figure, Milestone } from './model';
import { seenBy } from './store';
import { type ActionFact, type EndedRollout, monthsBetween, type ReportFact, type Trends, trendsOf } from './trend';

const usualMonths = 12;
export const mostMonths = 36;
const most = 5_000;

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
    reportsIn(ctx.db, place, span, seen),
    actionsIn(ctx.db, place, span, seen),
  ]);
  const counted = trendsOf({ rollouts, reports, actions }, { months: monthsBetween(from, to), today: day(to) });
  return { from: from.toISOString(), to: to.toISOString(), ...counted };
}

type Place = { feature?: string | undefined; environment?: string | undefined };
const ofReport = ({ feature, environment }: Place) =>
  and(
    feature === undefined ? undefined : eq(postmortem.feature, feature),
    environment === undefined ? undefined : eq(postmortem.environment, environment),
  );

async function endedIn(db: Db, { feature, environment }: Place, { from, to }: Span): Promise<EndedRollout[]> {
  const rows = await db
    .select({
      feature: rollout.featureKey,
      endedAt: rollout.endedAt,
      state: rollout.state,
      withdrawn: rollout.withdrawn,
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
    .orderBy(asc(rollout.endedAt))
    .limit(most);
  return rows.flatMap(({ endedAt, state, withdrawn, ...row }) =>
    endedAt === null ? [] : [{ ...row, endedAt, rolledBack: state === 'rolled_back', partly: withdrawn.length > 0 }],
  );
}

/** Only what is counted leaves the database: documents are long. */
const picked = sql<{ figures: Figure[] | null; milestones: Milestone[] | null }>`json_build_object(
  'figures', (select json_agg(f) from json_array_elements(${postmortem.document}->'draft'->'figures') f
    where f->>'id' like 'clock/%'),
  'milestones', ${postmortem.document}->'draft'->'milestones')`;

async function reportsIn(db: Db, place: Place, { from, to }: Span, seen: SQL | undefined): Promise<ReportFact[]> {
  const { id, title, feature, createdAt, subjectKind, traits } = postmortem;
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
        isNotNull(postmortem.document),
      ),
    )
    .orderBy(asc(createdAt))
    .limit(most);
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

async function actionsIn(db: Db, place: Place, { from, to }: Span, seen: SQL | undefined): Promise<ActionFact[]> {
  const rows = await db
    .select({
      feature: postmortem.feature,
      dueOn: postmortemAction.dueOn,
      closedAt: postmortemAction.closedAt,
      state: postmortemAction.state,
    })
    .from(postmortemAction)
    .innerJoin(postmortem, eq(postmortem.id, postmortemAction.postmortemId))
    .where(and(seen, ofReport(place), gte(postmortemAction.dueOn, day(from)), lt(postmortemAction.dueOn, day(to))))
    .orderBy(asc(postmortemAction.dueOn))
    .limit(most);
  return rows.map(({ closedAt, state, ...row }) => ({
    ...row,
    closedOn: closedAt === null ? null : day(closedAt),
    dropped: state === 'dropped',
  }));
}
