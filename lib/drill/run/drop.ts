/**
 * What is left of a shadow some days after its run has ended. The run keeps its clocks, its log and its proof, and the
 * rollout, its decisions and its rollback stay to be read; the telemetry, the looks and the state of flags go. Streams
 * stay: whoever goes on sending under an old mark is still known, and nothing that was acknowledged is lost.
 */
import { and, eq, inArray, isNotNull, lt, or, sql } from 'drizzle-orm';
import { configurationRevision } from '@/drizzle/schema/configuration';
import { drillRun } from '@/drizzle/schema/drill';
import { feature, override } from '@/drizzle/schema/feature';
import { planeOrder } from '@/drizzle/schema/plane';
import { judgement, look } from '@/drizzle/schema/rollout';
import { finding, freshestPoint, rollup, rollupChunk, series } from '@/drizzle/schema/signal';
import { pinnedExposure } from '@/drizzle/schema/snapshot';
import type { Db } from '@/lib/db';
import { bumpFlags } from '@/lib/revision';
import { endStates } from '../model';
import type { RunRow } from './run-store';

const keptMs = 7 * 86_400_000;
const atOnce = 50;

/** Answers how many runs had something that is gone now. */
export async function dropShadows(db: Db, now: Date): Promise<number> {
  const old = await db
    .select({
      id: drillRun.id,
      shadow: drillRun.shadow,
      rolloutId: drillRun.rolloutId,
      featureKey: drillRun.featureKey,
    })
    .from(drillRun)
    .where(
      and(
        inArray(drillRun.state, [...endStates]),
        isNotNull(drillRun.shadow),
        lt(drillRun.endedAt, new Date(now.getTime() - keptMs)),
        or(
          sql`exists (select 1 from ${series} s where s.environment = ${drillRun.shadow})`,
          sql`exists (select 1 from ${configurationRevision} c where c.feature_key = ${drillRun.featureKey}
            and c.environment = ${drillRun.shadow})`,
        ),
      ),
    )
    .orderBy(drillRun.endedAt)
    .limit(atOnce);
  for (const run of old) await dropShadow(db, run);
  return old.length;
}

/** Telemetry first, statement by statement, so that nothing waits for locks; what a crash leaves is found again. */
export async function dropShadow(
  db: Db,
  { shadow, rolloutId, featureKey }: Pick<RunRow, 'shadow' | 'rolloutId' | 'featureKey'>,
): Promise<void> {
  if (shadow === null) return;
  const own = await db.select({ id: series.id }).from(series).where(eq(series.environment, shadow));
  const ids = own.map((row) => row.id);
  if (ids.length > 0) {
    await db.delete(rollup).where(inArray(rollup.seriesId, ids));
    await db.delete(rollupChunk).where(inArray(rollupChunk.seriesId, ids));
  }
  await db.delete(freshestPoint).where(eq(freshestPoint.environment, shadow));
  await db.delete(finding).where(eq(finding.environment, shadow));
  if (rolloutId !== null) {
    await db.delete(look).where(eq(look.rolloutId, rolloutId));
    await db.delete(judgement).where(eq(judgement.rolloutId, rolloutId));
  }
  await db.transaction(async (tx) => {
    const [row] = await tx
      .select({ baselines: feature.baselines })
      .from(feature)
      .where(eq(feature.key, featureKey))
      .for('update');
    if (row && Object.hasOwn(row.baselines, shadow)) {
      const { [shadow]: _gone, ...baselines } = row.baselines;
      await tx.update(feature).set({ baselines }).where(eq(feature.key, featureKey));
    }
    await tx
      .delete(override)
      .where(
        and(eq(override.featureKey, featureKey), or(eq(override.environment, shadow), eq(override.value, shadow))),
      );
    for (const table of [configurationRevision, pinnedExposure, planeOrder])
      await tx.delete(table).where(and(eq(table.featureKey, featureKey), eq(table.environment, shadow)));
    await tx.delete(series).where(eq(series.environment, shadow));
    await bumpFlags(tx);
  });
}
