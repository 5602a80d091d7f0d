/** The state of a feature in an environment as it is now. */

import { currentConfiguration } from '@/lib/configuration/current';
import type { Db, Tx } from '@/lib/db';
import { notFound } from '@/lib/errors';
import { baselineIn } from '@/lib/feature/model';
import { exposuresNow } from '@/lib/feature/state';
import type { RecordedOverride, SnapshotBody } from './model';
import { servedFlags } from './served';
import { featureRow, migrationsAt, type OverrideRow, sharedOverrides } from './store';

/** For whoever holds the feature's lock; what the criteria measure is left out. */
export async function presentState(tx: Db | Tx, feature: string, environment: string): Promise<SnapshotBody> {
  const at = { feature, environment };
  const [row, overrides, exposures, configuration, migrations] = await Promise.all([
    featureRow(tx, feature),
    sharedOverrides(tx, at),
    exposuresNow(tx, at),
    currentConfiguration(tx, feature, environment),
    migrationsAt(tx, at),
  ]);
  if (!row) throw notFound('feature', feature);
  const flags = {
    baseline: baselineIn(row, environment),
    versions: row.versions,
    exposure: exposures[0] ?? null,
    overrides: overrides.map(recorded),
  };
  return { flags: { ...flags, served: servedFlags(flags).exposure }, configuration, migrations, criteria: [] };
}

function recorded({ featureKey, exceptIn, wide, ...row }: OverrideRow): RecordedOverride {
  return { ...row, environment: wide ? null : row.environment, createdAt: row.createdAt.toISOString() };
}
