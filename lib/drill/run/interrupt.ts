/**
 * Real trouble wins: what happens to a feature for real ends its rehearsal at once. Called in the transaction of the
 * trouble itself, so that no crash loses it. It only asks; the engine undoes and ends (`machine.ts`). Imports nothing
 * but rows, for rollouts and features call it.
 */
import { and, eq, isNull, notInArray, or, sql } from 'drizzle-orm';
import { drillRun } from '@/drizzle/schema/drill';
import type { Tx } from '@/lib/db';
import { conflict } from '@/lib/errors';
import { drillPrefix, endStates, isDrillEnvironment } from '../model';
import { line } from './line';

/** `environment: null`: in all of them. Ids of the runs that were asked to end. */
export async function interruptDrills(
  tx: Tx,
  now: Date,
  trouble: { feature: string; environment: string | null; why: string; by?: string },
): Promise<string[]> {
  const { feature, environment, why, by = 'belay' } = trouble;
  // What happens within a drill is no trouble.
  if (environment !== null && isDrillEnvironment(environment)) return [];
  const runs = await tx
    .update(drillRun)
    .set({ stop: { kind: 'interrupted', by, why, at: now.toISOString() }, dueAt: now })
    .where(
      and(
        eq(drillRun.featureKey, feature),
        environment === null ? undefined : eq(drillRun.environment, environment),
        notInArray(drillRun.state, [...endStates]),
        // It wins over somebody's wish to abort, and is said once.
        or(isNull(drillRun.stop), sql`${drillRun.stop} ->> 'kind' = 'aborted'`),
      ),
    )
    .returning({ id: drillRun.id, state: drillRun.state });
  for (const run of runs) await line(tx, now, run, `Real trouble: ${why}. The drill ends now.`, { by });
  return runs.map((run) => run.id);
}

/**
 * In the environment of a run nothing begins once it was asked to end, whoever comes to it late: its undo may have been
 * done. Whoever asks it to end waits until this has committed, and then finds what there is to undo.
 */
export async function refuseEnding(tx: Tx, environment: string): Promise<void> {
  if (!isDrillEnvironment(environment)) return;
  const [run] = await tx
    .select({ stop: drillRun.stop, endedAt: drillRun.endedAt })
    .from(drillRun)
    .where(eq(drillRun.id, environment.slice(drillPrefix.length)))
    .for('share');
  if (run && (run.stop !== null || run.endedAt !== null)) throw conflict('The drill is ending: nothing begins in it');
}
