/** Who and what has not rehearsed lately: features, cohorts and people; and how ready one feature is. */
import { aliasedTable, and, asc, desc, eq, inArray, isNull, lte, max, ne, notLike, sql } from 'drizzle-orm';
import { person } from '@/drizzle/schema/access';
import { drill, drillPart, drillRun } from '@/drizzle/schema/drill';
import { rollout } from '@/drizzle/schema/rollout';
import { authorise } from '@/lib/access/authorise';
import { allowed, type Role, roles } from '@/lib/access/model';
import type { Context } from '@/lib/context';
import type { Db } from '@/lib/db';
import { badInput } from '@/lib/errors';
import { getFeature } from '@/lib/feature/feature';
import type { Plan } from '@/lib/rollout/model';
import { exposedCohorts } from '@/lib/rollout/plan/exposure';
import { drillPrefix } from '../model';
import { provenRun } from './proven';
import { type Place, type Readiness, readinessOf } from './readiness';

/** `last`: when it was, whether or not lately; null: never, as far as anybody knows */
type Rehearsed = { last: string | null; lately: boolean };
export type Coverage = {
  days: number;
  since: string;
  /** one for each feature and environment that has a rollout or a drill; the oldest first, those without any before */
  features: Array<Place & Rehearsed>;
  /** whom the newest plan there exposes at any of its stages */
  cohorts: Array<Place & { cohort: string } & Rehearsed>;
  /** those whose role lets them roll back; null: not for a key of one environment */
  people: Array<{ name: string; role: Role } & Rehearsed> | null;
};

const dayMs = 86_400_000;
export const usualDays = 90;
/** Of a feature; a weekly drill has as many in four years. */
const mostRuns = 200;

export async function coverage(ctx: Context, { days = usualDays }: { days?: number } = {}): Promise<Coverage> {
  authorise(ctx.actor, 'view');
  if (!(days > 0)) throw badInput([{ field: 'days', message: 'must be above 0' }]);
  const only = ctx.actor.environment;
  const since = new Date(ctx.now().getTime() - days * dayMs);
  const [plans, drilled, proofs, people] = await Promise.all([
    newestPlans(ctx.db, only),
    drilledPlaces(ctx.db, only),
    proofsOf(ctx.db, only),
    only === null ? peopleOf(ctx.db) : null,
  ]);
  const lately = (last: Date | null): Rehearsed => ({
    last: last?.toISOString() ?? null,
    lately: last !== null && last >= since,
  });
  const places = new Map(
    [...drilled, ...plans].map(({ feature, environment }) => [
      `${environment}\u0000${feature}`,
      { feature, environment },
    ]),
  );
  const lastOf = ({ feature, environment }: Place, cohort?: string): Date | null =>
    proofs.find(
      (p) =>
        p.feature === feature && p.environment === environment && (cohort === undefined || p.cohorts.includes(cohort)),
    )?.at ?? null;
  return {
    days,
    since: since.toISOString(),
    features: [...places.values()].map((place) => ({ ...place, ...lately(lastOf(place)) })).toSorted(oldestFirst),
    cohorts: plans
      .flatMap(({ plan, feature, environment }) =>
        exposedCohorts(plan, plan.stages.length - 1).map((cohort) => ({
          feature,
          environment,
          cohort,
          ...lately(lastOf({ feature, environment }, cohort)),
        })),
      )
      .toSorted(oldestFirst),
    people: people?.map(({ last, ...who }) => ({ ...who, ...lately(last) })).toSorted(oldestFirst) ?? null,
  };
}

const oldestFirst = (a: Rehearsed, b: Rehearsed): number => {
  const [left, right] = [a.last ?? '', b.last ?? ''];
  return left === right ? 0 : left < right ? -1 : 1;
};

/** Of one feature, in one environment or in all in which it was rolled out or rehearsed. */
export async function readiness(
  ctx: Context,
  feature: string,
  { environment }: { environment?: string } = {},
): Promise<Readiness[]> {
  authorise(ctx.actor, 'view', environment);
  await getFeature(ctx, feature);
  const only = environment ?? ctx.actor.environment;
  const [runs, drills, plans] = await Promise.all([
    selectRuns(ctx.db, feature, only),
    selectDrills(ctx.db, feature, only),
    newestPlans(ctx.db, only, feature),
  ]);
  const asked = environment === undefined ? [] : [{ feature, environment }];
  return readinessOf(runs, drills, ctx.now(), [...asked, ...plans]);
}

/** Of every feature at once. */
export async function readinessOfAll(
  ctx: Context,
  { environment }: { environment?: string } = {},
): Promise<Readiness[]> {
  authorise(ctx.actor, 'view', environment);
  const only = environment ?? ctx.actor.environment;
  const [runs, drills, plans] = await Promise.all([
    selectRuns(ctx.db, null, only),
    selectDrills(ctx.db, null, only),
    newestPlans(ctx.db, only),
  ]);
  return readinessOf(runs, drills, ctx.now(), plans);
}

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;

/** The newest of each feature and environment. */
async function selectRuns(db: Db, feature: string | null, environment: string | null) {
  const place = [drillRun.featureKey, drillRun.environment];
  const ranked = db
    .select({
      id: drillRun.id,
      rank: sql<number>`row_number() over (partition by ${sql.join(place, sql`, `)}
        order by ${drillRun.dueAt} desc, ${drillRun.id} desc)`.as('rank'),
    })
    .from(drillRun)
    .where(
      and(
        feature === null ? undefined : eq(drillRun.featureKey, feature),
        environment === null ? undefined : eq(drillRun.environment, environment),
      ),
    )
    .as('ranked');
  const rows = await db
    .select({ run: drillRun })
    .from(drillRun)
    .innerJoin(ranked, and(eq(ranked.id, drillRun.id), lte(ranked.rank, mostRuns)))
    .orderBy(desc(drillRun.dueAt), desc(drillRun.id));
  return rows.map(({ run: { id, featureKey, environment: where, level, state, clocks, proof, endedAt } }) => ({
    id,
    feature: featureKey,
    environment: where,
    level,
    state,
    clocks,
    proof,
    endedAt: iso(endedAt),
  }));
}

async function selectDrills(db: Db, feature: string | null, environment: string | null) {
  const rows = await db
    .select({ feature: drill.featureKey, environment: drill.environment, spec: drill.spec })
    .from(drill)
    .where(
      and(
        isNull(drill.archivedAt),
        feature === null ? undefined : eq(drill.featureKey, feature),
        environment === null ? undefined : eq(drill.environment, environment),
      ),
    );
  return rows.map(({ spec, ...place }) => ({ ...place, schedule: spec.schedule, archivedAt: null }));
}

type Newest = Place & { plan: Plan };

/** Of each feature and environment the newest that was started, or the newest draft where none was. */
async function newestPlans(db: Db, environment: string | null, feature?: string): Promise<Newest[]> {
  return db
    .selectDistinctOn([rollout.featureKey, rollout.environment], {
      feature: rollout.featureKey,
      environment: rollout.environment,
      plan: rollout.plan,
    })
    .from(rollout)
    .where(
      and(
        notLike(rollout.environment, `${drillPrefix}%`),
        feature === undefined ? undefined : eq(rollout.featureKey, feature),
        environment === null ? undefined : eq(rollout.environment, environment),
      ),
    )
    .orderBy(
      asc(rollout.featureKey),
      asc(rollout.environment),
      desc(ne(rollout.state, 'draft')),
      desc(rollout.createdAt),
      desc(rollout.id),
    );
}

async function drilledPlaces(db: Db, environment: string | null): Promise<Place[]> {
  return db
    .selectDistinct({ feature: drill.featureKey, environment: drill.environment })
    .from(drill)
    .where(and(isNull(drill.archivedAt), environment === null ? undefined : eq(drill.environment, environment)));
}

type Proof = Place & { at: Date | null; cohorts: string[] };

/** Newest first. The cohorts are those whom the rollout of the rehearsal exposed, or whom the drill names. */
async function proofsOf(db: Db, environment: string | null): Promise<Proof[]> {
  const shadow = aliasedTable(rollout, 'shadow');
  const rows = await db
    .select({ run: drillRun, plan: shadow.plan })
    .from(drillRun)
    .leftJoin(shadow, eq(shadow.id, drillRun.rolloutId))
    .where(and(provenRun, environment === null ? undefined : eq(drillRun.environment, environment)))
    .orderBy(desc(drillRun.endedAt), desc(drillRun.id));
  return rows.map(({ run, plan }) => {
    const named = run.spec.blast?.cohort;
    const cohorts = named === undefined ? (plan ? exposedCohorts(plan, 0) : []) : [named];
    return { feature: run.featureKey, environment: run.environment, at: run.endedAt, cohorts };
  });
}

/** Whoever only started one has rehearsed nothing. */
const rehearsing = ['decided', 'ticked', 'aborted', 'answered'] as const;

async function peopleOf(db: Db): Promise<Array<{ name: string; role: Role; last: Date | null }>> {
  const may = roles.filter((role) => allowed[role].includes('operate'));
  const parts = db
    .select({ person: drillPart.person, last: max(drillPart.at).as('last') })
    .from(drillPart)
    .where(inArray(drillPart.role, [...rehearsing]))
    .groupBy(drillPart.person)
    .as('parts');
  return db
    .select({ name: person.name, role: person.role, last: parts.last })
    .from(person)
    .leftJoin(parts, eq(parts.person, person.id))
    .where(and(isNull(person.disabledAt), inArray(person.role, may)))
    .orderBy(asc(person.name));
}
