/** Drills for features that have none: each a whole one, to be planned as it is or to be changed first. */
import { createHash } from 'node:crypto';
import { and, asc, desc, eq, inArray, isNull, lte, notExists, notLike, sql } from 'drizzle-orm';
import { drill } from '@/drizzle/schema/drill';
import { feature } from '@/drizzle/schema/feature';
import { rollback } from '@/drizzle/schema/rollback';
import { rollout } from '@/drizzle/schema/rollout';
import { authorise } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import type { Db } from '@/lib/db';
import { badInput } from '@/lib/errors';
import type { RollbackStep } from '@/lib/rollback/model';
import { type ClockName, clockNames, type DrillInput, drillPrefix } from '../model';
import { isZone } from '../schedule/zone';

export type Proposal = {
  feature: string;
  environment: string;
  why: string;
  drill: DrillInput;
  /** where each objective is from: what past rollbacks took, or what is usual */
  objectives: Record<ClockName, 'recorded' | 'usual'>;
  /** rollbacks that were read for it */
  rollbacks: number;
};

const secondMs = 1_000;
const usual: Record<ClockName, string> = {
  detect: '2m',
  decide: '30s',
  actuate: '10s',
  propagate: '1m',
  recover: '5m',
};
/** So many past rollbacks are read, newest first. */
const mostRollbacks = 10;
const live = ['running', 'held', 'rolling_back'] as const;

/** `zone`: in whose working hours they are to be. */
export async function proposeDrills(ctx: Context, { zone = 'UTC' }: { zone?: string } = {}): Promise<Proposal[]> {
  authorise(ctx.actor, 'view');
  if (!isZone(zone)) throw badInput([{ field: 'zone', message: `is no time zone: ${zone}` }]);
  const found = await undrilled(ctx.db, ctx.actor.environment);
  const past = await pastRollbacks(ctx.db, found);
  return found.map((of) => proposalOf(of, past.get(of.feature) ?? [], zone));
}

type Undrilled = { feature: string; owner: string; environment: string; state: (typeof rollout.$inferSelect)['state'] };

/** Of each feature that Belay can switch and nobody drills: where its live rollout is, else its newest. */
async function undrilled(db: Db, environment: string | null): Promise<Undrilled[]> {
  const planned = db
    .select({ id: drill.id })
    .from(drill)
    .where(and(eq(drill.featureKey, feature.key), isNull(drill.archivedAt)));
  return db
    .selectDistinctOn([feature.key], {
      feature: feature.key,
      owner: feature.owner,
      environment: rollout.environment,
      state: rollout.state,
    })
    .from(feature)
    .innerJoin(rollout, eq(rollout.featureKey, feature.key))
    .where(
      and(
        eq(feature.kind, 'flag'),
        notLike(rollout.environment, `${drillPrefix}%`),
        environment === null ? undefined : eq(rollout.environment, environment),
        notExists(planned),
      ),
    )
    .orderBy(asc(feature.key), desc(inArray(rollout.state, [...live])), desc(rollout.createdAt), desc(rollout.id));
}

type Past = { decidedAt: Date; steps: RollbackStep[] };

/** By feature: the newest that went well in the one environment that it is proposed for. */
async function pastRollbacks(db: Db, of: Undrilled[]): Promise<Map<string, Past[]>> {
  if (of.length === 0) return new Map();
  const place = [rollback.featureKey, rollback.environment];
  const ranked = db
    .select({
      id: rollback.id,
      rank: sql<number>`row_number() over (partition by ${sql.join(place, sql`, `)}
        order by ${rollback.decidedAt} desc, ${rollback.id} desc)`.as('rank'),
    })
    .from(rollback)
    .where(
      and(
        inArray(
          rollback.featureKey,
          of.map((one) => one.feature),
        ),
        inArray(rollback.environment, [...new Set(of.map((one) => one.environment))]),
        eq(rollback.kind, 'rollback'),
        eq(rollback.state, 'verified'),
      ),
    )
    .as('ranked');
  const rows = await db
    .select({
      feature: rollback.featureKey,
      environment: rollback.environment,
      decidedAt: rollback.decidedAt,
      steps: rollback.steps,
    })
    .from(rollback)
    .innerJoin(ranked, and(eq(ranked.id, rollback.id), lte(ranked.rank, mostRollbacks)))
    .orderBy(desc(rollback.decidedAt), desc(rollback.id));
  const past = new Map<string, Past[]>(of.map((one) => [one.feature, []]));
  const where = new Map(of.map((one) => [one.feature, one.environment]));
  for (const row of rows) if (where.get(row.feature) === row.environment) past.get(row.feature)?.push(row);
  return past;
}

export function proposalOf(of: Undrilled, past: Past[], zone: string): Proposal {
  const recorded = recordedIn(past);
  const objectives = Object.fromEntries(clockNames.map((name) => [name, recorded[name] ?? usual[name]]));
  const isLive = (live as readonly string[]).includes(of.state);
  return {
    feature: of.feature,
    environment: of.environment,
    why: `${of.feature} ${isLive ? 'is being rolled out' : 'was rolled out last'} in ${of.environment}, and nobody rehearses its rollback`,
    drill: {
      name: `Weekly rollback drill of ${of.feature}`,
      feature: of.feature,
      environment: of.environment,
      owner: of.owner,
      level: 'synthetic',
      situation: `The candidate of ${of.feature} fails three requests in ten. Simulated users only; nobody is touched.`,
      fault: { share: 30, status: 503, expiresAfter: '5m' },
      objectives,
      decision: { by: 'automatic' },
      schedule: {
        cron: weeklyOf(of),
        timeZone: zone,
        allowed: [{ days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '09:00', to: '17:00' }],
      },
    },
    objectives: Object.fromEntries(
      clockNames.map((name) => [name, recorded[name] === undefined ? 'usual' : 'recorded']),
    ) as Proposal['objectives'],
    rollbacks: past.length,
  };
}

/** Some time of the week's middle, the same whenever it is asked for and apart from that of others. */
function weeklyOf({ feature: key, environment }: Undrilled): string {
  const [a = 0, b = 0, c = 0] = createHash('sha256').update(`${environment}\u0000${key}`).digest();
  return `${(a % 4) * 15} ${10 + (b % 6)} * * ${2 + (c % 3)}`;
}

/**
 * The slowest that went well, to the next whole second: what was reached can be asked for again. What a rollback does
 * not measure is missing: nobody knows from it when the trouble began, nor how long somebody thought.
 */
function recordedIn(past: Past[]): Partial<Record<ClockName, string>> {
  const slowest = (span: (p: Past) => number | null): string | undefined => {
    const all = past.map(span).filter((ms) => ms !== null && ms >= 0) as number[];
    return all.length === 0 ? undefined : `${Math.max(1, Math.ceil(Math.max(...all) / secondMs))}s`;
  };
  const given = {
    actuate: slowest((p) => between(p.decidedAt.getTime(), endOf(p, 'restore'))),
    propagate: slowest((p) => between(endOf(p, 'restore'), endOf(p, 'exposure'))),
    recover: slowest((p) => between(endOf(p, 'exposure'), endOf(p, 'criteria'))),
  };
  return Object.fromEntries(Object.entries(given).filter(([, text]) => text !== undefined));
}

const between = (from: number | null, to: number | null): number | null =>
  from === null || to === null ? null : to - from;

function endOf({ steps }: Past, kind: RollbackStep['work']['kind']): number | null {
  const step = steps.find((s) => s.work.kind === kind && s.state === 'done');
  return step?.endedAt ? Date.parse(step.endedAt) : null;
}
