/** From a person's verb to an action, and every reason why not. Pure. */
import { type BelayError, badInput, conflict } from '@/lib/errors';
import type { Action, GateReason, Plan, Preview, RolloutState, Verb, Verdict } from './model';
import { exposedCohorts, exposureOf, shareOf } from './plan/exposure';
import { staleFor, staleWords } from './plan/rehearsed';
import { type Position, transition } from './transition';

export type Standing = {
  state: RolloutState;
  stage: number;
  plan: Plan;
  /** the newest verdict, or null before the first look */
  verdict: Verdict | null;
  /** this stage's approval has been given for this very plan */
  approved: boolean;
  /** what the feature serves where nothing exposes another version */
  featureBaseline: string;
  /** Belay can switch the versions of this feature */
  switchable: boolean;
  /** cohorts that were taken back already */
  withdrawn: string[];
  /** cohorts that the flags know */
  known: ReadonlySet<string>;
  /** migration steps that are not applied, with the first stage that needs each */
  unapplied: ReadonlyArray<{ name: string; stage: number }>;
  /** when a drill of the feature in the environment was last proven, as of `now`; null: never */
  drill: { lastProven: Date | null; now: Date };
};

/** An order: a verb, and for `roll-back` the cohorts that it is to be for; none: everybody. */
export type Order = { verb: Verb; cohorts: string[] };

export function actionOf(
  { verb, cohorts }: Order,
  { plan, stage, withdrawn }: Pick<Standing, 'plan' | 'stage' | 'withdrawn'>,
): Action {
  switch (verb) {
    case 'start':
      return { kind: 'start' };
    case 'widen':
      return { kind: 'widen', toStage: stage + 1 };
    case 'hold':
      return { kind: 'hold', reason: 'held_by_person' };
    case 'resume':
      return { kind: 'resume' };
    case 'roll-back': {
      // Where nobody would have the candidate any more it is no part of a rollback but all of it.
      const some = cohorts.length > 0 && exposedCohorts(plan, stage, [...withdrawn, ...cohorts]).length > 0;
      return some ? { kind: 'withdraw', cohorts: [...new Set(cohorts)] } : { kind: 'roll_back' };
    }
    case 'complete':
      return { kind: 'complete' };
  }
}

/** Going on (widen, resume, complete) while a guardrail fails is for those who may approve. */
export function needsApprover(standing: Standing, action: Action): boolean {
  const onwards = action.kind === 'widen' || action.kind === 'resume' || action.kind === 'complete';
  const counts = (cohort: string | null) => cohort === null || !standing.withdrawn.includes(cohort);
  const failing = standing.verdict?.outcomes.filter((o) => o.kind === 'guardrail' && o.outcome === 'fail') ?? [];
  return onwards && failing.some((o) => counts(o.cohort));
}

/** Only those can be taken back alone whom the flags can tell from everybody else. */
function refusedCohorts(standing: Standing, { verb, cohorts }: Order): BelayError | null {
  if (cohorts.length === 0) return null;
  if (verb !== 'roll-back')
    return badInput([
      { field: 'cohorts', message: 'belongs to roll-back; whoever was taken back needs a new rollout' },
    ]);
  if (!standing.switchable) return conflict('Nobody here can switch the versions of this feature');
  const wrong = cohorts.flatMap((cohort, i) => {
    const say = (message: string) => [{ field: `cohorts[${i}]`, message }];
    if (cohort === '*') return say('"*" is everybody: leave cohorts out');
    if (!standing.known.has(cohort)) return say(`there is no cohort ${cohort}`);
    return standing.withdrawn.includes(cohort) ? say(`was taken back from ${cohort} already`) : [];
  });
  return wrong.length > 0 ? badInput(wrong) : null;
}

/** What a stage stands on is there before it, whoever asks. Nobody is let past that: the candidate would not work. */
function refusedMigrations({ plan, unapplied }: Standing, action: Action): BelayError | null {
  const stage = stageAfter(plan, action);
  if (stage === null) return null;
  const names = unapplied.filter((m) => m.stage <= stage).map((m) => m.name);
  if (names.length === 0) return null;
  const needs = action.kind === 'complete' ? 'The rollout' : `The stage ${plan.stages[stage]?.name}`;
  return conflict(`${needs} needs migrations that are not applied: ${names.join(', ')}`, [
    { field: 'migrations', message: `${names.join(', ')}: apply first` },
  ]);
}

/** Nobody is let past that either: where a stage asks for a rehearsal, its rollback is not known to work without. */
function refusedDrill({ plan, stage, drill }: Standing, action: Action): BelayError | null {
  const stale = staleFor(plan, { ...drill, stage, action });
  if (!stale) return null;
  return conflict(staleWords(stale, plan, drill.lastProven), [
    { field: 'requireDrill', message: `${stale.stage}: run a drill first, proven within ${stale.within}` },
  ]);
}

/** The stage that would be served; null: the action exposes nobody to more. */
export function stageAfter(plan: Plan, action: Action): number | null {
  if (action.kind === 'start') return 0;
  if (action.kind === 'widen') return action.toStage;
  return action.kind === 'complete' ? plan.stages.length - 1 : null;
}

/** A person may go on before the gate holds, and it is said so in the history; never past an approval. */
export function refusal(standing: Standing, order: Order): BelayError | null {
  const { state, stage, plan } = standing;
  const refused = refusedCohorts(standing, order);
  if (refused) return refused;
  const action = actionOf(order, standing);
  try {
    transition({ state, stage }, action, plan.stages.length);
  } catch (error) {
    return error as BelayError;
  }
  const missing = refusedMigrations(standing, action) ?? refusedDrill(standing, action);
  if (missing) return missing;
  if (action.kind !== 'widen' && action.kind !== 'complete') return null;
  const now = plan.stages[stage];
  if (now?.approval && !standing.approved)
    return conflict(`The stage ${now.name} asks for an approval before it is left`, [
      { field: `stages[${stage}].approval`, message: 'has not been given' },
    ]);
  if (action.kind === 'widen') return null;
  const later = plan.stages.findIndex((s, i) => i > stage && s.approval);
  if (later < 0) return null;
  return conflict(`The stage ${plan.stages[later]?.name} asks for an approval: widen up to it first`, [
    { field: `stages[${later}].approval`, message: 'has not been given' },
  ]);
}

export function previewOf(standing: Standing, order: Order): Preview {
  const action = actionOf(order, standing);
  const refused = refusal(standing, order);
  const before = { state: standing.state, stage: standing.stage };
  const after = refused ? before : transition(before, action, standing.plan.stages.length);
  const cohorts = action.kind === 'withdraw' && !refused ? action.cohorts : [];
  const gone = [...standing.withdrawn, ...cohorts];
  const unmet: GateReason[] =
    action.kind === 'widen' || action.kind === 'complete'
      ? (standing.verdict?.gate.filter((g) => !g.met).map((g) => g.reason) ?? [])
      : [];
  return {
    verb: order.verb,
    cohorts,
    possible: refused === null,
    refusal: refused?.message ?? null,
    state: { before: before.state, after: after.state },
    stage: { before: before.stage, after: after.stage, name: standing.plan.stages[after.stage]?.name ?? null },
    exposure: exposures(standing, before, after, gone),
    baseline: {
      before: standing.featureBaseline,
      after: after.state === 'completed' ? standing.plan.candidate : standing.featureBaseline,
    },
    unmet,
  };
}

/** Everybody whom the plan names or who was taken back, before and after. */
function exposures(standing: Standing, before: Position, after: Position, gone: string[]): Preview['exposure'] {
  const { plan, withdrawn } = standing;
  const then = exposureOf(plan, after.state, after.stage, gone);
  const now = new Map(exposureOf(plan, before.state, before.stage, withdrawn).map((e) => [e.cohort, e.share]));
  const exposes = before.state === 'running' || before.state === 'held';
  return then.map(({ cohort, share }) => ({
    cohort,
    before: now.get(cohort) ?? (exposes ? shareOf(plan, before.stage, cohort, withdrawn) : 0),
    after: share,
  }));
}
