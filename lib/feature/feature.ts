/** Features: what can be rolled out, their versions, and which of them is the known-good one. */
import { asc, eq, inArray } from 'drizzle-orm';
import { feature, override } from '@/drizzle/schema/feature';
import { authorise } from '@/lib/access/authorise';
import { refuseDrillEnvironment } from '@/lib/access/reserved';
import type { Context } from '@/lib/context';
import type { Db, Tx } from '@/lib/db';
import { isDrillEnvironment } from '@/lib/drill/model';
import { badInput, conflict, type FieldError, notFound } from '@/lib/errors';
import { canonicalJson } from '@/lib/event/canonical';
import { parseInput } from '@/lib/input';
import { snapshotBefore } from '@/lib/snapshot/take';
import { changeFlags } from './change';
import { baselineIn, type Feature, featureInput } from './model';
import { type OverrideView, overrideView } from './override';
import { activeRollouts, type FeatureRow, findFeature, holdPlane, lockFeatureRow, overridesOfFeature } from './store';

export { cohortKeys, deleteCohort, getCohort, listCohorts, putCohort } from './cohort';
export {
  kill,
  optIn,
  optOut,
  optOutsOf,
  overridesOf,
  pinCohort,
  removeOverride,
  revive,
  setOverride,
} from './override';

/** `kills`: the kill switches that are on, for everybody or for an environment. */
export type FeatureView = Feature & {
  baselines: Record<string, string>;
  id: string;
  createdAt: string;
  updatedAt: string;
  kills: OverrideView[];
};

export async function putFeature(ctx: Context, input: unknown): Promise<FeatureView> {
  authorise(ctx.actor, 'operate', null);
  const given = parseInput(featureInput, input);
  return changeFlags(ctx, async (tx, now) => {
    const before = await lockFeatureRow(tx, given.key);
    for (const environment of Object.keys(given.baselines ?? {}))
      if (!Object.hasOwn(before?.baselines ?? {}, environment))
        refuseDrillEnvironment(ctx.actor, environment, `baselines.${environment}`);
    const kept = {
      ...given,
      baselines: { ...(given.baselines ?? before?.baselines), ...rehearsed(before) },
      plane: before && !names(input, 'plane') ? before.plane : given.plane,
    };
    if (before?.plane !== kept.plane && !(await holdPlane(tx, kept.plane)))
      throw badInput([{ field: 'plane', message: `there is no control plane ${kept.plane}` }]);
    if (before) await refuseLoss(tx, before, kept);
    if (before && servedOtherwise(before, kept))
      await snapshotBefore(tx, now, ctx.actor, { feature: given.key, environment: null });
    const values = { ...kept, createdAt: now, updatedAt: now };
    const { createdAt, ...changed } = values;
    const [after] = await tx
      .insert(feature)
      .values(values)
      .onConflictDoUpdate({ target: feature.key, set: changed })
      .returning();
    if (!after) throw notFound('feature', given.key);
    const result = featureView(after, await overridesOfFeature(tx, given.key));
    if (before && sameFeature(before, after)) return { result, event: null };
    return {
      result,
      event: {
        kind: before ? 'feature.changed' : 'feature.created',
        reason: `Feature ${given.key} was ${before ? 'changed' : 'added'}`,
        feature: given.key,
        data: { before: before && bare(before), after: bare(after) },
      },
    };
  });
}

/** What a rehearsal starts from is shown to nobody, so it is not lost when what was shown comes back. */
const rehearsed = (row: FeatureRow | null | undefined) => baselinesWhere(row?.baselines ?? {}, isDrillEnvironment);
const baselinesWhere = (baselines: Record<string, string>, which: (environment: string) => boolean) =>
  Object.fromEntries(Object.entries(baselines).filter(([environment]) => which(environment)));

const names = (input: unknown, field: string): boolean =>
  typeof input === 'object' && input !== null && Object.hasOwn(input, field);

const bare = ({ createdAt, updatedAt, ...rest }: FeatureRow) => rest;
const sameFeature = (a: FeatureRow, b: FeatureRow) => JSON.stringify(bare(a)) === JSON.stringify(bare(b));

function servedOtherwise(before: FeatureRow, given: Feature): boolean {
  const served = ({ versions, baseline, baselines }: Feature) => canonicalJson({ versions, baseline, baselines });
  return served(before) !== served(given);
}

/** What a running rollout or an override serves must stay, and stay as it is: no rollback brings a value back. */
async function refuseLoss(tx: Tx, before: FeatureRow, given: Feature): Promise<void> {
  const faults: FieldError[] = [];
  const gone = (version: string) => !Object.hasOwn(given.versions, version);
  for (const { id, environment, plan } of await activeRollouts(tx, before.key)) {
    const message = `cannot change while the rollout ${id} in ${environment} is under way`;
    for (const version of [plan.baseline, plan.candidate])
      if (gone(version))
        faults.push({ field: `versions.${version}`, message: `is needed by the rollout ${id} in ${environment}` });
      else if (canonicalJson(given.versions[version]) !== canonicalJson(before.versions[version]))
        faults.push({ field: `versions.${version}`, message });
    if (baselineIn(given, environment) !== baselineIn(before, environment)) faults.push({ field: 'baseline', message });
    if (given.kind !== before.kind) faults.push({ field: 'kind', message });
    if (given.plane !== before.plane) faults.push({ field: 'plane', message });
  }
  for (const [environment, version] of Object.entries(given.baselines ?? {}))
    if (gone(version)) faults.push({ field: `versions.${version}`, message: `is the baseline of ${environment}` });
  for (const { version, id } of await overridesOfFeature(tx, before.key))
    if (version !== null && gone(version))
      faults.push({ field: `versions.${version}`, message: `is served by the override ${id}` });
  const [first] = faults;
  if (first) throw conflict(`${first.field} ${first.message}`, faults);
}

export async function getFeature(ctx: Context, key: string): Promise<FeatureView> {
  authorise(ctx.actor, 'view');
  const found = await findFeature(ctx.db, key);
  if (!found) throw notFound('feature', key);
  return featureView(found, await overridesOfFeature(ctx.db, key));
}

export async function listFeatures(ctx: Context): Promise<FeatureView[]> {
  authorise(ctx.actor, 'view');
  const rows = await ctx.db.select().from(feature).orderBy(asc(feature.key));
  const keys = rows.map((row) => row.key);
  const overrides = await ctx.db.select().from(override).where(inArray(override.featureKey, keys));
  return rows.map((row) =>
    featureView(
      row,
      overrides.filter((o) => o.featureKey === row.key),
    ),
  );
}

/**
 * For the rollout that is complete: its candidate is the known-good version of its environment now, and of no other.
 * The caller bumps and records.
 */
export async function setBaseline(
  tx: Tx,
  now: Date,
  key: string,
  to: { environment: string; version: string },
): Promise<void> {
  const { environment, version } = to;
  const row = await lockFeatureRow(tx, key);
  if (!row) throw notFound('feature', key);
  if (!Object.hasOwn(row.versions, version))
    throw badInput([{ field: 'baseline', message: `${version} is not a version of ${key}` }]);
  await tx
    .update(feature)
    .set({ baselines: { ...row.baselines, [environment]: version }, updatedAt: now })
    .where(eq(feature.key, key));
}

/**
 * The feature as it is and, in a transaction, as it stays until that ends: a rollout that relies on its versions
 * reads it through here, so that nobody takes one away in between.
 */
export async function lockFeature(db: Db | Tx, key: string): Promise<Feature | null> {
  const [row] = await db.select().from(feature).where(eq(feature.key, key)).for('update');
  return row ? bare(row) : null;
}

function featureView(row: FeatureRow, overrides: Parameters<typeof overrideView>[0][]): FeatureView {
  return {
    ...bare(row),
    baselines: baselinesWhere(row.baselines, (environment) => !isDrillEnvironment(environment)),
    id: row.key,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    kills: overrides
      .filter((o) => o.effect === 'kill' && (o.scope === 'organisation' || o.scope === 'environment'))
      .map(overrideView),
  };
}
