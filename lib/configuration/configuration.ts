/** Configuration that goes with the versions of a feature, in revisions: who changed it, when and why. */
import { authorise } from '@/lib/access/authorise';
import type { Actor } from '@/lib/access/model';
import { refuseDrillEnvironment } from '@/lib/access/reserved';
import type { Context } from '@/lib/context';
import type { Tx } from '@/lib/db';
import { badInput, conflict, type FieldError, notFound } from '@/lib/errors';
import { changeFlags } from '@/lib/feature/change';
import { getFeature, lockFeature } from '@/lib/feature/feature';
import type { Feature } from '@/lib/feature/model';
import { parseInput } from '@/lib/input';
import { snapshotBefore } from '@/lib/snapshot/take';
import { sameValues } from './current';
import {
  type ConfigurationInput,
  type ConfigurationView,
  configurationInput,
  restoreRevisionInput,
  revisionInput,
} from './model';
import { findRevision, insertRevision, type RevisionRow, selectRevisions } from './store';

/** What is served already makes no new revision. `allowed`: throws where it may not be changed any more, as it is. */
export async function putConfiguration(
  ctx: Context,
  featureKey: string,
  input: unknown,
  allowed: (tx: Tx) => Promise<void> = async () => {},
): Promise<ConfigurationView> {
  authorise(ctx.actor, 'operate');
  const given = parseInput(configurationInput, input);
  authorise(ctx.actor, 'operate', given.environment);
  refuseDrillEnvironment(ctx.actor, given.environment);
  return changeFlags(ctx, async (tx, now) => {
    const found = await lockFeature(tx, featureKey);
    if (!found) throw notFound('feature', featureKey);
    checkVersions(found, given);
    await refuseLost(tx, featureKey, given);
    await allowed(tx);
    return write(tx, now, ctx.actor, found, { ...given, restoredFrom: null });
  });
}

/** Two who change it at once: the later one is told, and looks again. */
async function refuseLost(tx: Tx, feature: string, { environment, basedOn }: ConfigurationInput): Promise<void> {
  if (basedOn === undefined || basedOn === null) return;
  const [newest] = await selectRevisions(tx, feature, environment, 1);
  if ((newest?.revision ?? 0) === basedOn) return;
  const message = `is not the newest: ${newest?.createdBy ?? 'somebody'} has saved revision ${newest?.revision ?? 0} meanwhile`;
  throw conflict(`basedOn ${message}`, [{ field: 'basedOn', message }]);
}

/** Every process keeps it in memory, and every snapshot has a copy. */
const mostCharacters = 65_536;

function checkVersions({ versions, key }: Feature, { values }: ConfigurationInput): void {
  const wrong: FieldError[] = [
    ...Object.keys(versions)
      .filter((version) => !Object.hasOwn(values, version))
      .map((version) => ({ field: `values.${version}`, message: 'is missing: every version needs its values' })),
    ...Object.keys(values)
      .filter((version) => !Object.hasOwn(versions, version))
      .map((version) => ({ field: `values.${version}`, message: `is not a version of ${key}` })),
    ...Object.entries(values)
      .filter(([, own]) => JSON.stringify(own).length > mostCharacters)
      .map(([version]) => ({ field: `values.${version}`, message: `is longer than ${mostCharacters} characters` })),
  ];
  if (wrong.length > 0) throw badInput(wrong);
}

/** The values of an older revision, as a new one. */
export async function restoreRevision(
  ctx: Context,
  featureKey: string,
  givenRevision: string | number,
  input: unknown,
): Promise<ConfigurationView> {
  authorise(ctx.actor, 'operate');
  const revision = parseInput(revisionInput, { revision: givenRevision }).revision;
  const { environment, reason } = parseInput(restoreRevisionInput, input);
  authorise(ctx.actor, 'operate', environment);
  refuseDrillEnvironment(ctx.actor, environment);
  return changeFlags(ctx, async (tx, now) => {
    const found = await lockFeature(tx, featureKey);
    if (!found) throw notFound('feature', featureKey);
    const old = await findRevision(tx, { feature: featureKey, environment, revision });
    if (!old) throw notFound('revision', `${revision} of the configuration of ${featureKey} in ${environment}`);
    const { values } = old;
    checkVersions(found, { environment, values, reason });
    return write(tx, now, ctx.actor, found, { environment, values, reason, restoredFrom: revision });
  });
}

async function write(
  tx: Tx,
  now: Date,
  actor: Actor,
  { key: feature }: Feature,
  to: ConfigurationInput & { restoredFrom: number | null },
) {
  const { environment, values, reason, restoredFrom } = to;
  const [newest] = await selectRevisions(tx, feature, environment, 1);
  if (newest && sameValues(newest.values, values)) return { result: viewOf(newest), event: null };
  await snapshotBefore(tx, now, actor, { feature, environment });
  const row: RevisionRow = {
    featureKey: feature,
    environment,
    revision: (newest?.revision ?? 0) + 1,
    values,
    restoredFrom,
    reason,
    createdBy: actor.name,
    createdAt: now,
  };
  await insertRevision(tx, row);
  return {
    result: viewOf(row),
    event: {
      kind: restoredFrom === null ? ('configuration.changed' as const) : ('configuration.restored' as const),
      reason,
      feature,
      environment,
      data: { revision: row.revision, restoredFrom, before: newest?.values ?? null, after: values },
    },
  };
}

/** The newest revision; its values are empty where the configuration was taken away. */
export async function getConfiguration(
  ctx: Context,
  featureKey: string,
  environment: string,
): Promise<ConfigurationView> {
  authorise(ctx.actor, 'view', environment);
  await getFeature(ctx, featureKey);
  const [newest] = await selectRevisions(ctx.db, featureKey, environment, 1);
  if (!newest) throw notFound('configuration', `of ${featureKey} in ${environment}`);
  return viewOf(newest);
}

/** Newest first. */
export async function configurationHistory(
  ctx: Context,
  featureKey: string,
  environment: string,
): Promise<ConfigurationView[]> {
  authorise(ctx.actor, 'view', environment);
  await getFeature(ctx, featureKey);
  return (await selectRevisions(ctx.db, featureKey, environment, 200)).map(viewOf);
}

const viewOf = (row: RevisionRow): ConfigurationView => ({
  feature: row.featureKey,
  environment: row.environment,
  revision: row.revision,
  values: row.values,
  restoredFrom: row.restoredFrom,
  reason: row.reason,
  by: row.createdBy,
  at: row.createdAt.toISOString(),
});
