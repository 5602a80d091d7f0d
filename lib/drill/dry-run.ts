/** Whether a drill could run now, found out before anything is touched. Null: it could; else why not, in a sentence. */
import { and, eq, inArray } from 'drizzle-orm';
import { rollout } from '@/drizzle/schema/rollout';
import type { Db } from '@/lib/db';
import { BelayError } from '@/lib/errors';
import { getAutomation } from '@/lib/event/setting';
import { lockFeature } from '@/lib/feature/feature';
import { targetFaults } from './check';
import { missingLevel } from './levels';
import type { Drill } from './model';
import { askCheck } from './proof';
import type { RunHome, RunRow } from './run-store';
import { rehearsedRollout } from './shadow';

/** What can be told without asking anybody outside. */
export async function refusalOf(db: Db, drill: Drill): Promise<string | null> {
  const missing = missingLevel(drill.level);
  if (missing) return missing;
  const [fault] = await db.transaction((tx) => targetFaults(tx, drill));
  if (fault) return `${fault.field}: ${fault.message}`;
  if (drill.level === 'tabletop') return null;
  const feature = await lockFeature(db, drill.feature);
  if (feature?.kind !== 'flag')
    return `Nobody here can switch the versions of ${drill.feature}, so none can be rolled back`;
  if (touchesUsers(drill) && feature.plane !== 'builtin')
    return `An outside control plane serves ${drill.feature}, so Belay can expose nobody to a fault of it: use synthetic`;
  if (drill.decision.by === 'automatic' && (await getAutomation(db)).stopped)
    return 'Everything automatic is stopped, and this drill is to be decided by itself';
  try {
    await rehearsedRollout(db, drill);
  } catch (error) {
    if (error instanceof BelayError) return error.message;
    throw error;
  }
  return touchesUsers(drill) ? liveRefusal(db, drill) : null;
}

const touchesUsers = ({ level }: Drill): boolean => level === 'fault' || level === 'proxy';

/** A fault among real users would be taken for one of the rollout that is live. */
async function liveRefusal(db: Db, { feature, environment }: Drill): Promise<string | null> {
  const [live] = await db
    .select({ state: rollout.state })
    .from(rollout)
    .where(
      and(
        eq(rollout.featureKey, feature),
        eq(rollout.environment, environment),
        inArray(rollout.state, ['running', 'rolling_back']),
      ),
    );
  if (!live) return null;
  return `A rollout of ${feature} is ${live.state === 'running' ? 'running' : 'being rolled back'} in ${environment}, and this level would disturb it: hold it first`;
}

/** Everything, as the run begins: the checks too, for one that does not hold before says nothing after. */
export async function dryRun(home: RunHome, row: RunRow): Promise<string | null> {
  const refusal = await refusalOf(home.db, row.spec);
  if (refusal) return refusal;
  for (const check of [...row.spec.knownGood.checks, ...row.spec.abort.checks]) {
    const { ok, detail } = await askCheck(home, row, check, 'before');
    if (!ok) return `Before the drill: ${detail}`;
  }
  return null;
}
