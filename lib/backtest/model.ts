/** Judging a recorded stretch again: what is asked for, and what is answered. Safe in a browser. */
import { z } from 'zod';
import type { CriterionOutcome, OutcomeKind } from '@/lib/criterion/model';
import {
  type Action,
  type DecisionView,
  type GateReason,
  type Plan,
  planInput,
  type Verdict,
} from '@/lib/rollout/model';
import type { Resolution } from '@/lib/signal/model';

/** `as_happened`: stages change when they really did. `as_decided`: when the backtest would have changed them. */
export const backtestModes = ['as_happened', 'as_decided'] as const;
export type BacktestMode = (typeof backtestModes)[number];

/** What may be other than in the rollout's own plan. Who was exposed to what is a fact, so that is not among it. */
export const editableFields = [
  'criteria',
  'falseRollbackRate',
  'onRegression',
  'onRegressionScope',
  'onUnknown',
] as const;
export const editableOfStage = ['minDuration', 'minSamples', 'maxDuration', 'onTimeout', 'approval', 'gate'] as const;

const instant = z.iso.datetime({ offset: true, error: 'is not a time: use 2026-01-01T00:00:00Z' });
const field = planInput.shape;
const stage = field.stages.element.shape;

/**
 * The plan's own keys are checked by the plan's own rules, once they are laid over the plan of the rollout; here they
 * are only described. A whole plan may be sent: what cannot be edited then has to be as it was.
 */
export const backtestInput = z.strictObject({
  criteria: field.criteria.optional(),
  falseRollbackRate: field.falseRollbackRate.optional(),
  onRegression: field.onRegression.optional(),
  onRegressionScope: field.onRegressionScope.optional(),
  onUnknown: field.onUnknown.optional(),
  stages: z
    .array(
      z.object({
        name: stage.name.meta({ description: 'which stage of the rollout' }),
        minDuration: stage.minDuration.optional(),
        minSamples: stage.minSamples.optional(),
        maxDuration: stage.maxDuration.optional(),
        onTimeout: stage.onTimeout.optional(),
        approval: stage.approval.optional(),
        gate: stage.gate.optional(),
      }),
    )
    .optional()
    .meta({ description: 'stages left out, and fields left out, stay as they are; exposure cannot be edited' }),
  from: instant.optional().meta({ description: 'the start of the rollout unless given' }),
  to: instant.optional().meta({ description: 'the end of the rollout, or now, unless given' }),
  mode: z.enum(backtestModes).optional().meta({ description: 'as_happened unless given' }),
});

/** How the stretch is asked for, besides the plan. */
export const stretchInput = z.object({
  from: instant.optional(),
  to: instant.optional(),
  mode: z.enum(backtestModes, { error: `is none of ${backtestModes.join(', ')}` }).default('as_happened'),
});

export const caveatKinds = [
  'exposure_differs',
  'outside_rollout',
  'starts_anew',
  'coarse',
  'no_data',
  'cut_short',
  'still_filling',
  'chosen_in_hindsight',
  'automation_was_stopped',
  'findings_between',
  'closed_bins',
  'receiver_assumed_alive',
  'late_data_in_place',
] as const;
export type CaveatKind = (typeof caveatKinds)[number];
/** `at`: from when on; null: all along. */
export type Caveat = { kind: CaveatKind; at: string | null; says: string };

export type Turn = Pick<Verdict, 'kind' | 'reason' | 'deciding'> & {
  /** when the look was taken: the end of its bin, and the wait for what was on its way */
  at: string;
  stage: number;
  /** what Belay would have done about it; null: nothing */
  action: Action['kind'] | null;
};
/** What the gate waited for from then on; nothing where it did not wait. */
export type Wait = { at: string; stage: number; unmet: GateReason[] };
export type CurvePoint = {
  at: string;
  estimate: number | null;
  low: number | null;
  high: number | null;
  limit: number | null;
  outcome: OutcomeKind;
};
/** First looks that failed and passed; `live`: by the looks that were stored at the time, to a bin. */
export type FirstLooks = {
  criterion: string;
  cohort: string | null;
  failAt: string | null;
  passAt: string | null;
  live: { failAt: string | null; passAt: string | null } | null;
};

export type BacktestView = {
  rolloutId: string;
  from: string;
  to: string;
  /** seconds of a bin */
  resolution: Resolution;
  mode: BacktestMode;
  looks: number;
  /** as it was judged: the rollout's own with the edits laid over it */
  plan: Plan;
  /** fields that are other than in the rollout's own plan */
  edited: string[];
  caveats: Caveat[];
  wouldHave: Turn[];
  waits: Wait[];
  happened: Array<Pick<DecisionView, 'at' | 'action' | 'toStage' | 'acted' | 'reason' | 'actor'>>;
  first: FirstLooks[];
  outcomes: CriterionOutcome[];
  /** of each criterion, all cohorts together */
  curves: Array<{ criterion: string; points: CurvePoint[] }>;
};
