/** What stands above a rollout: overrides from organisation to user, kill switches, opt-outs. */
import { and, asc, eq, isNull } from 'drizzle-orm';
import { feature, optOut as optOutTable, override } from '@/drizzle/schema/feature';
import { authorise } from '@/lib/access/authorise';
import { refuseDrillEnvironment } from '@/lib/access/reserved';
import type { Context } from '@/lib/context';
import type { Tx } from '@/lib/db';
import { isDrillEnvironment } from '@/lib/drill/model';
import { interruptDrills } from '@/lib/drill/run/interrupt';
import { badInput, notFound } from '@/lib/errors';
import { record } from '@/lib/event/event';
import { newId } from '@/lib/id';
import { parseInput } from '@/lib/input';
import { snapshotBefore } from '@/lib/snapshot/take';
import { type Change, changeFlags } from './change';
import { killInput, type Override, type OverrideInput, overrideInput, reasonInput, targetingKeyInput } from './model';
import {
  type FeatureRow,
  findCohort,
  findFeature,
  lockFeatureRow,
  type OverrideRow,
  overridesOfFeature,
} from './store';

export type OverrideView = Override & { createdBy: string; createdAt: string };
export type OptOutView = { featureKey: string; targetingKey: string; createdBy: string; createdAt: string };

/** One override per feature, scope, value, environment and effect: setting it again replaces it. */
export async function setOverride(ctx: Context, featureKey: string, input: unknown): Promise<OverrideView> {
  authorise(ctx.actor, 'operate');
  const given = parseInput(overrideInput, input);
  authorise(ctx.actor, 'operate', environmentOf(given));
  refuseDrillEnvironment(ctx.actor, given.environment);
  if (given.scope === 'environment') refuseDrillEnvironment(ctx.actor, given.value, 'value');
  return changeFlags(ctx, async (tx, now) => {
    const row = await locked(tx, featureKey);
    await refuseUnknown(tx, row, given);
    await recordBefore(tx, now, ctx.actor, featureKey, given);
    return place(ctx.actor.name, tx, now, featureKey, given);
  });
}

/**
 * Keeps a cohort on one version in one environment, until somebody removes the override: what a rollout leaves behind
 * that took the candidate back from the cohort. An override that is there already was meant, and stays. In the
 * transaction of the caller, who bumps.
 */
export async function pinCohort(
  tx: Tx,
  now: Date,
  actor: Context['actor'],
  to: { featureKey: string; cohort: string; environment: string; version: string; reason: string },
): Promise<void> {
  const { featureKey, cohort: value, environment, version, reason } = to;
  const given: OverrideInput = { scope: 'cohort', value, environment, effect: 'serve', version, reason };
  const [there] = await tx.select({ id: override.id }).from(override).where(sameTarget(featureKey, given));
  if (there) return;
  const { event } = await place(actor.name, tx, now, featureKey, given);
  if (event) await record(tx, now, actor, event);
}

/** The environment that an override reaches; null where it reaches several. */
function environmentOf(o: Pick<OverrideInput, 'scope' | 'value' | 'environment'>): string | null {
  return o.scope === 'environment' ? (o.value ?? null) : (o.environment ?? null);
}

/** What is set for one user is no state of the feature. */
async function recordBefore(
  tx: Tx,
  now: Date,
  actor: Context['actor'],
  feature: string,
  o: Pick<OverrideInput, 'scope' | 'value' | 'environment'>,
): Promise<void> {
  if (o.scope !== 'user') await snapshotBefore(tx, now, actor, { feature, environment: environmentOf(o) });
}

async function locked(tx: Tx, featureKey: string): Promise<FeatureRow> {
  const row = await lockFeatureRow(tx, featureKey);
  if (!row) throw notFound('feature', featureKey);
  return row;
}

async function refuseUnknown(tx: Tx, row: FeatureRow, given: OverrideInput): Promise<void> {
  if (given.effect === 'serve' && given.version && !Object.hasOwn(row.versions, given.version))
    throw badInput([{ field: 'version', message: `${given.version} is not a version of ${row.key}` }]);
  if (given.effect === 'kill' && given.version)
    throw badInput([{ field: 'version', message: 'a kill always serves the baseline; leave it out' }]);
  if (given.scope === 'cohort' && given.value && given.value !== '*' && !(await findCohort(tx, given.value)))
    throw badInput([{ field: 'value', message: `there is no cohort ${given.value}` }]);
  if (given.scope === 'environment' && given.environment && given.environment !== given.value)
    throw badInput([{ field: 'environment', message: 'is not the environment that the value names' }]);
}

function sameTarget(featureKey: string, o: Pick<OverrideInput, 'scope' | 'value' | 'environment' | 'effect'>) {
  return and(
    eq(override.featureKey, featureKey),
    eq(override.scope, o.scope),
    eq(override.effect, o.effect),
    o.value ? eq(override.value, o.value) : isNull(override.value),
    o.environment ? eq(override.environment, o.environment) : isNull(override.environment),
  );
}

async function place(
  createdBy: string,
  tx: Tx,
  now: Date,
  featureKey: string,
  given: OverrideInput,
): Promise<Change<OverrideView>> {
  // An organisation has no name, and an environment is named once: as the value.
  const value = given.scope === 'organisation' ? null : (given.value ?? null);
  const environment = given.scope === 'environment' ? null : (given.environment ?? null);
  const row = {
    id: newId('ovr', now),
    featureKey,
    scope: given.scope,
    value,
    environment,
    effect: given.effect,
    version: given.version ?? null,
    exceptIn: [],
    wide: false,
    reason: given.reason,
    createdBy,
    createdAt: now,
  };
  await tx.delete(override).where(sameTarget(featureKey, row));
  await tx.insert(override).values(row);
  // Taking it from one user is no incident.
  if (given.effect === 'kill' && given.scope !== 'user') {
    const why = `${featureKey} is killed: ${given.reason}`;
    await interruptDrills(tx, now, { feature: featureKey, environment: environmentOf(given), why, by: createdBy });
  }
  return {
    result: overrideView(row),
    event: {
      kind: given.effect === 'kill' ? 'feature.killed' : 'override.set',
      reason: given.reason,
      feature: featureKey,
      environment: environmentOf(given),
      data: factsOf(row),
    },
  };
}

function factsOf({ createdAt, createdBy, exceptIn, wide, ...facts }: OverrideRow): Record<string, unknown> {
  return { ...facts, ...(exceptIn.length > 0 ? { exceptIn } : {}), ...(wide ? { wide } : {}) };
}

export async function removeOverride(ctx: Context, featureKey: string, id: string, reason: string): Promise<void> {
  authorise(ctx.actor, 'operate');
  const why = parseInput(reasonInput, { reason }).reason;
  await changeFlags(ctx, async (tx, now) => {
    await locked(tx, featureKey);
    const one = and(eq(override.id, id), eq(override.featureKey, featureKey));
    const [row] = await tx.select().from(override).where(one);
    if (!row) throw notFound('override', id);
    authorise(ctx.actor, 'operate', environmentOf(row));
    await recordBefore(tx, now, ctx.actor, featureKey, row);
    await tx.delete(override).where(one);
    return { result: undefined, event: removed(row, why) };
  });
}

function removed(row: OverrideRow, reason: string) {
  return {
    kind: row.effect === 'kill' ? ('feature.revived' as const) : ('override.removed' as const),
    reason,
    feature: row.featureKey,
    environment: environmentOf(row),
    data: factsOf(row),
  };
}

/** The kill switch: the baseline for everybody, in one environment or (null) in all. Killing again changes nothing. */
export async function kill(ctx: Context, featureKey: string, input: unknown): Promise<OverrideView> {
  authorise(ctx.actor, 'operate');
  const { environment, reason } = parseInput(killInput, input);
  authorise(ctx.actor, 'operate', environment);
  refuseDrillEnvironment(ctx.actor, environment);
  return changeFlags(ctx, async (tx, now) => {
    await locked(tx, featureKey);
    const given: OverrideInput =
      environment === null
        ? { scope: 'organisation', effect: 'kill', reason }
        : { scope: 'environment', value: environment, effect: 'kill', reason };
    const [there] = await tx.select().from(override).where(sameTarget(featureKey, given));
    if (there) return { result: overrideView(there), event: null };
    await recordBefore(tx, now, ctx.actor, featureKey, given);
    return place(ctx.actor.name, tx, now, featureKey, given);
  });
}

/** Takes the kill switch of that very scope off; a kill of all environments outlives the revival of one. */
export async function revive(ctx: Context, featureKey: string, input: unknown): Promise<{ revived: boolean }> {
  authorise(ctx.actor, 'operate');
  const { environment, reason } = parseInput(killInput, input);
  authorise(ctx.actor, 'operate', environment);
  return changeFlags<{ revived: boolean }>(ctx, async (tx, now) => {
    await locked(tx, featureKey);
    const scope = environment === null ? ('organisation' as const) : ('environment' as const);
    const one = sameTarget(featureKey, { scope, value: environment, effect: 'kill' });
    const [row] = await tx.select().from(override).where(one);
    if (!row) return { result: { revived: false }, event: null };
    await recordBefore(tx, now, ctx.actor, featureKey, row);
    await tx.delete(override).where(one);
    return { result: { revived: true }, event: removed(row, reason) };
  });
}

/** The user gets the baseline, in every environment, whatever exposes them. */
export async function optOut(ctx: Context, featureKey: string, given: string): Promise<OptOutView> {
  authorise(ctx.actor, 'operate', null);
  const { targetingKey } = parseInput(targetingKeyInput, { targetingKey: given });
  return changeFlags(ctx, async (tx, now) => {
    await locked(tx, featureKey);
    const values = { featureKey, targetingKey, createdBy: ctx.actor.name, createdAt: now };
    const [there] = await tx.select().from(optOutTable).where(oneOptOut(featureKey, targetingKey));
    if (there) return { result: optOutView(there), event: null };
    await tx.insert(optOutTable).values(values);
    return {
      result: optOutView(values),
      event: {
        kind: 'opt_out.added',
        reason: `${targetingKey} was opted out of ${featureKey}`,
        feature: featureKey,
        data: { targetingKey },
      },
    };
  });
}

export async function optIn(ctx: Context, featureKey: string, given: string): Promise<{ removed: boolean }> {
  authorise(ctx.actor, 'operate', null);
  const { targetingKey } = parseInput(targetingKeyInput, { targetingKey: given });
  return changeFlags<{ removed: boolean }>(ctx, async (tx) => {
    await locked(tx, featureKey);
    const [row] = await tx.delete(optOutTable).where(oneOptOut(featureKey, targetingKey)).returning();
    if (!row) return { result: { removed: false }, event: null };
    return {
      result: { removed: true },
      event: {
        kind: 'opt_out.removed',
        reason: `${targetingKey} was opted in to ${featureKey} again`,
        feature: featureKey,
        data: { targetingKey },
      },
    };
  });
}

const oneOptOut = (featureKey: string, targetingKey: string) =>
  and(eq(optOutTable.featureKey, featureKey), eq(optOutTable.targetingKey, targetingKey));

/** Oldest first; those that a rehearsal has copied for itself are left out. */
export async function overridesOf(ctx: Context, featureKey: string): Promise<OverrideView[]> {
  authorise(ctx.actor, 'view');
  if (!(await findFeature(ctx.db, featureKey))) throw notFound('feature', featureKey);
  const rows = await overridesOfFeature(ctx.db, featureKey);
  return rows.filter((row) => !isDrillEnvironment(environmentOf(row) ?? '')).map(overrideView);
}

export async function optOutsOf(ctx: Context, featureKey: string): Promise<OptOutView[]> {
  authorise(ctx.actor, 'view');
  const rows = await ctx.db
    .select({ known: feature.key, row: optOutTable })
    .from(feature)
    .leftJoin(optOutTable, eq(optOutTable.featureKey, feature.key))
    .where(eq(feature.key, featureKey))
    .orderBy(asc(optOutTable.createdAt));
  if (rows.length === 0) throw notFound('feature', featureKey);
  return rows.flatMap(({ row }) => (row ? [optOutView(row)] : []));
}

export function overrideView(row: OverrideRow): OverrideView {
  return { ...row, createdAt: row.createdAt.toISOString() };
}

function optOutView(row: typeof optOutTable.$inferSelect): OptOutView {
  return { ...row, createdAt: row.createdAt.toISOString() };
}
