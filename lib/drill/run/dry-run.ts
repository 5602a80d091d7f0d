/** Whether a drill could run now, found out before anything is touched. Null: it could; else why not, in a sentence. */
import { and, eq, inArray } from 'drizzle-orm';
import { rollout, verdict } from '@/drizzle/schema/rollout';
import type { Db } from '@/lib/db';
import { BelayError } from '@/lib/errors';
import { getAutomation } from '@/lib/event/setting';
import { lockFeature } from '@/lib/feature/feature';
import { incidentWords, openIncidents } from '@/lib/incident/open';
import { targetFaults } from '../check';
import { levelOf } from '../fault/levels';
import { rehearsedRollout } from '../fault/shadow';
import type { Drill } from '../model';
import { askCheck } from './proof';
import type { RunHome, RunRow } from './run-store';

/** What can be told without asking anybody outside. */
export async function refusalOf(db: Db, drill: Drill): Promise<string | null> {
  const [fault] = await db.transaction((tx) => targetFaults(tx, drill));
  if (fault) return `${fault.field}: ${fault.message}`;
  const trouble = await troubleOf(db, drill);
  if (trouble) return trouble;
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
  const lacking = await levelOf(drill.level)?.lacks?.(db, drill);
  if (lacking) return lacking;
  return touchesUsers(drill) ? liveRefusal(db, drill) : null;
}

/**
 * For real, there. Asked once more as a run begins: what came while it was being planned has not seen it yet, and from
 * then on ends it by itself (`interrupt.ts`).
 */
async function troubleOf(db: Db, { feature, environment }: Drill): Promise<string | null> {
  const [marked] = await openIncidents(db, { feature, environment });
  if (marked) return incidentWords(marked);
  const place = and(eq(rollout.featureKey, feature), eq(rollout.environment, environment));
  const [back] = await db
    .select({ id: rollout.id })
    .from(rollout)
    .where(and(place, eq(rollout.state, 'rolling_back')));
  if (back) return `A rollout of ${feature} is being rolled back in ${environment}`;
  const judged = await db
    .select({ body: verdict.body })
    .from(verdict)
    .innerJoin(rollout, eq(rollout.id, verdict.rolloutId))
    .where(and(place, inArray(rollout.state, ['running', 'held'])));
  const failing = judged
    .flatMap(({ body }) => body.outcomes)
    .find((o) => o.kind === 'guardrail' && o.outcome === 'fail');
  return failing ? `${failing.criterion} fails for real in ${environment}: look at that first` : null;
}

const touchesUsers = ({ level }: Drill): boolean => level === 'fault' || level === 'proxy';

/** A fault among real users would be taken for one of the rollout that is live. */
async function liveRefusal(db: Db, { feature, environment }: Drill): Promise<string | null> {
  const place = and(eq(rollout.featureKey, feature), eq(rollout.environment, environment));
  const [live] = await db
    .select({ id: rollout.id })
    .from(rollout)
    .where(and(place, eq(rollout.state, 'running')));
  return live
    ? `A rollout of ${feature} is running in ${environment}, and this level would disturb it: hold it first`
    : null;
}

/** Everything, as the run begins: the checks too, for one that does not hold before says nothing after. */
export async function dryRun(home: RunHome, row: RunRow): Promise<string | null> {
  const refusal = await refusalOf(home.db, row.spec);
  if (refusal) return refusal;
  const unready = await levelOf(row.level)?.refuses?.(home, row);
  if (unready) return unready;
  for (const check of [...row.spec.knownGood.checks, ...row.spec.abort.checks]) {
    const { ok, detail } = await askCheck(home, row, check, 'before');
    if (!ok) return `Before the drill: ${detail}`;
  }
  return null;
}
