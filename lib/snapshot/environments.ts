/** Where a feature is known: what is to happen wherever it is asks here. */
import { sql } from 'drizzle-orm';
import { configurationRevision } from '@/drizzle/schema/configuration';
import { feature, override } from '@/drizzle/schema/feature';
import { planeDelivery } from '@/drizzle/schema/plane';
import { rollout } from '@/drizzle/schema/rollout';
import { snapshot } from '@/drizzle/schema/snapshot';
import type { Db, Tx } from '@/lib/db';
import { isDrillEnvironment } from '@/lib/drill/model';

/** Wherever a rollout, a configuration, a snapshot, an override, a baseline or an order of its plane has named it; a rehearsal is no such place. */
export async function environmentsOf(db: Db | Tx, key: string): Promise<string[]> {
  const rows = await db.execute<{ environment: string }>(sql`
    select environment from ${rollout} where feature_key = ${key}
    union select environment from ${configurationRevision} where feature_key = ${key}
    union select environment from ${snapshot} where feature_key = ${key}
    union select environment from ${planeDelivery} where feature_key = ${key}
    union select environment from ${override} where feature_key = ${key} and environment is not null
    union select value from ${override} where feature_key = ${key} and scope = 'environment'
    union select jsonb_object_keys(baselines) from ${feature} where key = ${key}`);
  return [...rows].flatMap((row) => (isDrillEnvironment(row.environment) ? [] : [row.environment])).sort();
}
