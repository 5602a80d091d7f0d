/** From a person's verb to an action, and every reason why not. Pure. */
import { type BelayError, conflict } from '@/lib/errors';
import { exposureOf } from './exposure';
import type { Action, GateReason, Plan, Preview, RolloutState, Verb, Verdict } from './model';
import { transition } from './transition';

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
};

export function actionOf(verb: Verb, stage: number): Action {
  switch (verb) {
    case 'start':
      return { kind: 'start' };
    case 'widen':
      return { kind: 'widen', toStage: stage + 1 };
    case 'hold':
      return { kind: 'hold', reason: 'held_by_person' };
    case 'resume':
      return { kind: 'resume' };
    case 'roll-back':
      return { kind: 'roll_back' };
    case 'complete':
      return { kind: 'complete' };
  }
}

/** Going on (widen, resume, complete) while a guardrail fails is for those who may approve. */
export function needsApprover(standing: Standing, action: Action): boolean {
  const onwards = action.kind === 'widen' || action.kind === 'resume' || action.kind === 'complete';
  return onwards && (standing.verdict?.outcomes.some((o) => o.kind === 'guardrail' && o.outcome === 'fail') ?? false);
}

/** A person may go on before the gate holds, and it is said so in the history; never past an approval. */
export function refusal(standing: Standing, action: Action): BelayError | null {
  const { state, stage, plan } = standing;
  try {
    transition({ state, stage }, action, plan.stages.length);
  } catch (error) {
    return error as BelayError;
  }
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

export function previewOf(standing: Standing, verb: Verb): Preview {
  const action = actionOf(verb, standing.stage);
  const refused = refusal(standing, action);
  const before = { state: standing.state, stage: standing.stage };
  const after = refused ? before : transition(before, action, standing.plan.stages.length);
  const then = exposureOf(standing.plan, after.state, after.stage);
  const unmet: GateReason[] =
    action.kind === 'widen' || action.kind === 'complete'
      ? (standing.verdict?.gate.filter((g) => !g.met).map((g) => g.reason) ?? [])
      : [];
  return {
    verb,
    possible: refused === null,
    refusal: refused?.message ?? null,
    state: { before: before.state, after: after.state },
    stage: { before: before.stage, after: after.stage, name: standing.plan.stages[after.stage]?.name ?? null },
    exposure: exposureOf(standing.plan, before.state, before.stage).map((row, i) => ({
      cohort: row.cohort,
      before: row.share,
      after: then[i]?.share ?? 0,
    })),
    baseline: {
      before: standing.featureBaseline,
      after: after.state === 'completed' ? standing.plan.candidate : standing.featureBaseline,
    },
    unmet,
  };
}
