/**
 * The place of a rehearsal: an environment of its own with a real rollout of the plan that is rehearsed. It is laid out
 * in one transaction, before anything is exposed: what was known good there is the configuration, the overrides and the
 * baseline of the real environment, so that the rollback has all of it to give back. Starting it is a release: the
 * candidate for the cohort that rehearses, and a changed configuration with it.
 */
import { and, desc, eq, ne } from 'drizzle-orm';
import { rollout } from '@/drizzle/schema/rollout';
import type { Actor } from '@/lib/access/model';
import { putConfiguration } from '@/lib/configuration/configuration';
import { currentConfiguration, restoreConfiguration } from '@/lib/configuration/current';
import type { Values } from '@/lib/configuration/model';
import type { Context } from '@/lib/context';
import type { Db, Tx } from '@/lib/db';
import { conflict, notFound } from '@/lib/errors';
import { reach } from '@/lib/failpoint';
import { inCohort } from '@/lib/feature/cohort-rule';
import { evaluate, pairKey } from '@/lib/feature/evaluate';
import { lockFeature, pinCohort, setBaseline } from '@/lib/feature/feature';
import { baselineIn, type EvaluationContext, type FlagState } from '@/lib/feature/model';
import { loadFlagState } from '@/lib/feature/state';
import { bumpFlags } from '@/lib/revision';
import type { Plan } from '@/lib/rollout/model';
import { cohortOrder } from '@/lib/rollout/plan/exposure';
import { createRollout, perform } from '@/lib/rollout/rollout';
import { type Drill, drillPrefix, unnamedControl } from '../model';
import { LostRun } from '../run/keep';
import { lockRun, type RunHome, type RunRow, updateRun } from '../run/run-store';
import { usersOf } from './users';

export const drillActor: Actor = { kind: 'rule', id: 'drill', name: 'drill', environment: null };
export const shadowOf = (runId: string): string => `${drillPrefix}${runId}`;

type RolloutRow = typeof rollout.$inferSelect;

export async function shadowRollout(db: Db | Tx, runId: string): Promise<RolloutRow | null> {
  const [row] = await db
    .select()
    .from(rollout)
    .where(eq(rollout.environment, shadowOf(runId)))
    .orderBy(desc(rollout.createdAt))
    .limit(1);
  return row ?? null;
}

/** Whose plan is rehearsed: the one that the drill names, else the newest of the feature in its environment. */
export async function rehearsedRollout(db: Db | Tx, { feature, environment, rollout: id }: Drill): Promise<RolloutRow> {
  const there = and(eq(rollout.featureKey, feature), eq(rollout.environment, environment));
  const [row] = await db
    .select()
    .from(rollout)
    .where(id === null ? and(there, ne(rollout.state, 'draft')) : and(there, eq(rollout.id, id)))
    .orderBy(desc(rollout.createdAt), desc(rollout.id))
    .limit(1);
  if (row) return row;
  if (id !== null) throw notFound('rollout', `${id} of ${feature} in ${environment}`);
  const [draft] = await db.select().from(rollout).where(there).orderBy(desc(rollout.createdAt)).limit(1);
  if (draft) return draft;
  throw conflict(`${feature} has no rollout in ${environment} whose plan could be rehearsed`);
}

/** Half of the cohort: both versions have as much to show as can be. */
const holdback = 50;

/** Cohort of telemetry for those whom the flags know as everybody. */
const labelOf = (cohort: string): string => (cohort === '*' ? 'everyone' : cohort);

/**
 * The plan of the shadow: one stage that nobody leaves, for the cohort that rehearses; a control cohort that the drill
 * names gets none of it. Real migrations and their checks are not run; those of the drill its engine asks for.
 */
export function shadowPlan(real: Plan, drill: Drill, runId: string): Plan {
  const exposed = real.stages.flatMap((s) => Object.keys(s.exposure).filter((key) => (s.exposure[key] ?? 0) > 0));
  const cohort = drill.blast?.cohort ?? exposed[0] ?? '*';
  const control = drill.control !== null && drill.control !== cohort ? { [drill.control]: 0 } : {};
  const name = real.stages[0]?.name ?? 'rehearsal';
  const exposure = { ...control, [cohort]: Math.max(100 / rehearsing, drill.blast?.share ?? 100) };
  return {
    ...real,
    environment: shadowOf(runId),
    owner: drill.owner,
    hypothesis: `A rehearsal of the rollback: ${drill.name}`.slice(0, 2000),
    stages: [
      {
        name,
        exposure,
        minDuration: '24h',
        minSamples: 0,
        onTimeout: 'hold',
        approval: false,
        gate: 'not_failing',
        requireDrill: null,
      },
    ],
    holdback: Math.max(holdback, real.holdback),
    onRegression: drill.decision.by === 'person' ? 'hold' : 'roll_back',
    onRegressionScope: 'rollout',
    onUnknown: {},
    mode: 'act',
    migrations: [],
    checks: [],
  };
}

export type Audience = {
  rehearsed: { cohort: string; users: EvaluationContext[] };
  /** who must not be touched; null: nobody can be told from those who are */
  control: { cohort: string; users: EvaluationContext[] } | null;
};

const rehearsing = 200;
const watching = 100;

/** Simulated users of a shadow, the same whenever they are asked for. */
export function audienceOf(state: FlagState, plan: Plan, of: { run: string; rollout: string }): Audience {
  const [cohort = '*', named] = cohortOrder(plan).toSorted((a, b) => shareIn(plan, b) - shareIn(plan, a));
  const rules = (key: string) => (key === '*' ? '*' : (state.cohorts.get(key)?.rules ?? []));
  const make = (name: string, count: number, inside: string | null, outside: string[]) =>
    usersOf({
      name: `${of.run}-${name}`,
      rolloutId: of.rollout,
      count,
      inside: inside === null ? null : rules(inside),
      outside: outside.map(rules),
    });
  const users = make('user', rehearsing, cohort, named === undefined ? [] : [named]);
  if (!users) throw conflict(`Nobody can be made up who is in ${cohort}${named ? ` and not in ${named}` : ''}`);
  const rehearsed = { cohort: labelOf(cohort), users };
  if (named !== undefined) {
    const control = make('control', watching, named, []);
    return { rehearsed, control: control && { cohort: labelOf(named), users: control } };
  }
  const control = cohort === '*' ? null : make('control', watching, null, [cohort]);
  return { rehearsed, control: control && { cohort: unnamedControl, users: control } };
}

const shareIn = (plan: Plan, cohort: string): number => plan.stages[0]?.exposure[cohort] ?? 0;

/**
 * Once, however often it is asked for; answers the draft that is there then.
 * @throws BelayError conflict where nobody could be exposed, so that there would be nothing to rehearse
 */
export async function layOut(home: RunHome, run: RunRow): Promise<RolloutRow> {
  const there = await shadowRollout(home.db, run.id);
  if (there && run.rolloutId === there.id) return there;
  const state = await loadFlagState(home.db);
  const now = home.now();
  reach('drill.lay_out.before_write');
  const laid = await home.db.transaction(async (tx) => {
    // In the order in which everybody locks: feature, run, revision, history.
    await lockFeature(tx, run.featureKey);
    if (!(await lockRun(tx, run))) throw new LostRun(`another worker has the run ${run.id}`);
    await bumpFlags(tx);
    const found = there ?? (await lay(tx, now, { home, run, state }));
    const kept = await updateRun(tx, run, { shadow: found.environment, rolloutId: found.id });
    if (!kept) throw new LostRun(`another worker has the run ${run.id}`);
    return found;
  });
  reach('drill.lay_out.after_write');
  return laid;
}

async function lay(tx: Tx, now: Date, of: { home: RunHome; run: RunRow; state: FlagState }): Promise<RolloutRow> {
  const { run, state, home } = of;
  const real = await rehearsedRollout(tx, run.spec);
  const plan = shadowPlan(real.plan, run.spec, run.id);
  const feature = await lockFeature(tx, run.featureKey);
  if (!feature) throw notFound('feature', run.featureKey);
  if (feature.kind !== 'flag') throw conflict(`Nobody here can switch the versions of ${feature.key}`);
  if (baselineIn(feature, plan.environment) !== plan.baseline)
    await setBaseline(tx, now, feature.key, { environment: plan.environment, version: plan.baseline });
  await copyConfiguration(tx, now, run, plan);
  await copyOverrides(tx, now, { run, plan, state });
  // A transaction within one: to the face it is its database.
  const ctx: Context = { ...home, db: tx as unknown as Db, now: () => now, actor: drillActor };
  const { id } = await createRollout(ctx, plan);
  refuseUnexposed(state, plan, { run: run.id, rollout: id });
  const row = await shadowRollout(tx, run.id);
  if (!row) throw new Error('the shadow was not laid out');
  return row;
}

async function copyConfiguration(tx: Tx, now: Date, run: RunRow, plan: Plan): Promise<void> {
  const to = await currentConfiguration(tx, run.featureKey, run.environment);
  if (to === null) return;
  await restoreConfiguration(tx, now, drillActor, {
    feature: run.featureKey,
    environment: plan.environment,
    to,
    reason: `As it is in ${run.environment}, for a rehearsal`,
  });
}

/** Those of all environments count here anyway. What would keep the rehearsing users from the candidate stays behind. */
async function copyOverrides(
  tx: Tx,
  now: Date,
  { run, plan, state }: { run: RunRow; plan: Plan; state: FlagState },
): Promise<void> {
  const { users } = audienceOf(state, plan, { run: run.id, rollout: run.id }).rehearsed;
  for (const { scope, environment, effect, value, version, reason } of state.overrides.get(run.featureKey) ?? []) {
    if (scope !== 'cohort' || environment !== run.environment || effect !== 'serve') continue;
    if (
      value === null ||
      version === null ||
      users.some((user) => inCohort(state.cohorts.get(value)?.rules ?? [], user))
    )
      continue;
    await pinCohort(tx, now, drillActor, {
      featureKey: run.featureKey,
      cohort: value,
      environment: plan.environment,
      version,
      reason,
    });
  }
}

/** A kill, an override or an opt-out that reaches every environment reaches this one too. */
function refuseUnexposed(state: FlagState, plan: Plan, of: { run: string; rollout: string }): void {
  const exposures = new Map(state.exposures).set(pairKey(plan.feature, plan.environment), {
    rolloutId: of.rollout,
    featureKey: plan.feature,
    environment: plan.environment,
    baseline: plan.baseline,
    candidate: plan.candidate,
    stages: plan.stages.map((s) => s.exposure),
    cohortOrder: cohortOrder(plan),
    holdback: plan.holdback,
  });
  const { users } = audienceOf(state, plan, of).rehearsed;
  const version = (user: EvaluationContext) =>
    evaluate({ ...state, exposures }, plan.feature, plan.environment, user)?.version;
  if (users.some((user) => version(user) === plan.candidate)) return;
  throw conflict(
    `Nobody would be served ${plan.candidate}: a kill or an override of all environments stands above every rollout of ${plan.feature}`,
  );
}

/** The release: the candidate for the cohort, then a changed configuration. Both once; answers the running rollout. */
export async function release(home: RunHome, run: RunRow, row: RolloutRow): Promise<RolloutRow> {
  const ctx: Context = { ...home, actor: drillActor };
  const reason = `A rehearsal begins: ${run.spec.name}`.slice(0, 500);
  if (row.state === 'draft') {
    reach('drill.release.before_write');
    await perform(ctx, row.id, 'start', { reason });
    reach('drill.release.after_write');
  }
  const values = await releasedValues(home.db, run, row);
  // Whoever comes late would turn back what another worker's rollback has restored meanwhile.
  await putConfiguration(ctx, row.featureKey, { environment: row.environment, values, reason }, async (tx) => {
    if (!(await lockRun(tx, run))) throw new LostRun(`another worker has the run ${run.id}`);
  });
  return (await shadowRollout(home.db, run.id)) ?? row;
}

/** Key of the change in the candidate's values, which the rollback has to take back. */
const releasedKey = 'belay.drill';

async function releasedValues(db: Db, run: RunRow, row: RolloutRow): Promise<Record<string, Values>> {
  const [now, feature] = await Promise.all([
    currentConfiguration(db, row.featureKey, row.environment),
    lockFeature(db, row.featureKey),
  ]);
  const known = now?.values ?? {};
  const empty = Object.fromEntries(
    Object.keys(feature?.versions ?? {}).map((version) => [version, known[version] ?? {}]),
  );
  const { candidate } = row.plan;
  return { ...empty, [candidate]: { ...known[candidate], [releasedKey]: run.id } };
}
