/** The shapes that rollouts answer with, for the document; tests hold real answers against them. */
import { z } from 'zod';
import { criterionKinds, measures, outcomeReasons, outcomes } from '@/lib/criterion/model';
import {
  type ApprovalView,
  approvalStates,
  type DecisionView,
  gateReasons,
  type LookView,
  modes,
  type Preview,
  planInput,
  type RolloutView,
  rolloutStates,
  type Verdict,
  verbs,
  verdictReasons,
  verdicts,
} from '@/lib/rollout/model';
import { restorePreviewView } from './snapshots';

const instant = z.iso.datetime();
const number = z.number().nullable();

const workingView = z.object({
  side: z
    .enum(['above', 'below'])
    .meta({ description: 'What the evidence is for: an effect above or below the limit' }),
  limit: z.number(),
  s: z.number().meta({ description: 'Deviation of the score from the limit' }),
  v: z.number().meta({ description: 'Its variance' }),
  k3: z.number().meta({ description: 'Its third cumulant' }),
  dispersion: z.number(),
  free: number.meta({ description: 'Degrees of freedom; null: normal boundary' }),
  rho: z.number(),
  exponent: z.number(),
  needed: z.number().meta({ description: 'Decided where the exponent reaches this' }),
  alpha: z.number(),
  fromBin: z.number(),
  bins: z.number(),
});

const outcome = z.object({
  criterion: z.string(),
  kind: z.enum(criterionKinds),
  measure: z.enum(measures),
  cohort: z.string().nullable().meta({ description: 'null: overall' }),
  outcome: z.enum(outcomes),
  reason: z.enum(outcomeReasons),
  estimate: number,
  low: number,
  high: number,
  limit: number,
  baseline: z.object({ n: z.number(), value: number, k: z.number().optional() }).nullable(),
  candidate: z.object({ n: z.number(), value: number, k: z.number().optional() }),
  progress: z.number(),
  moreSamples: number,
  alpha: z.number(),
  spent: z.number().meta({ description: 'Share of the bound for failing that is used up, 0 to 1' }),
  working: workingView.nullable().meta({ description: 'The numbers behind the outcome' }),
  expectedAt: instant.nullable().meta({ description: 'When a decision is expected at the rate of the last minutes' }),
});

export const verdictView = z.object({
  kind: z.enum(verdicts),
  reason: z.enum(verdictReasons),
  deciding: z.object({ criterion: z.string(), cohort: z.string().nullable() }).nullable(),
  gate: z.array(
    z.object({
      reason: z.enum(gateReasons),
      met: z.boolean(),
      detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
    }),
  ),
  outcomes: z.array(outcome),
  split: z.array(
    z.object({
      cohort: z.string(),
      planned: z.number(),
      observed: number,
      n: z.number(),
      ok: z.boolean().nullable(),
    }),
  ),
  at: instant,
  dataUntil: instant.nullable(),
  nextLookAt: instant,
}) satisfies z.ZodType<Verdict>;

export const rolloutView = z.object({
  id: z.string(),
  feature: z.string(),
  environment: z.string(),
  owner: z.string(),
  state: z.enum(rolloutStates),
  mode: z.enum(modes),
  stage: z.number().int().meta({ description: 'index into plan.stages; -1 before the start' }),
  epoch: z.number().int().meta({ description: 'grows with every change' }),
  plan: planInput,
  heldReason: z.string().nullable(),
  withdrawn: z.array(z.string()).meta({ description: 'Cohorts that were taken back while the rest goes on' }),
  verdict: verdictView.nullable(),
  verdictSince: instant.nullable(),
  stageSince: instant.nullable(),
  startedAt: instant.nullable(),
  endedAt: instant.nullable(),
  createdAt: instant,
  updatedAt: instant,
}) satisfies z.ZodType<RolloutView>;

const actor = z.object({ kind: z.string(), id: z.string(), name: z.string() });

export const decisionView = z.object({
  id: z.string(),
  rolloutId: z.string(),
  epoch: z.number().int(),
  action: z.enum(['start', 'widen', 'hold', 'resume', 'roll_back', 'withdraw', 'confirm_rolled_back', 'complete']),
  fromState: z.enum(rolloutStates),
  toState: z.enum(rolloutStates),
  fromStage: z.number().int(),
  toStage: z.number().int(),
  cohorts: z.array(z.string()).meta({ description: 'whom it takes back, where that is not everybody' }),
  actor,
  reason: z.string(),
  evidence: verdictView.nullable(),
  acted: z.boolean().meta({ description: 'false: what would have been done' }),
  at: instant,
}) satisfies z.ZodType<DecisionView>;

export const lookView = z.object({
  criterion: z.string(),
  cohort: z.string().nullable(),
  at: instant,
  outcome: z.enum(outcomes),
  reason: z.enum(outcomeReasons),
  estimate: number,
  low: number,
  high: number,
  limit: number,
  baseline: z.object({ n: z.number(), value: number }),
  candidate: z.object({ n: z.number(), value: number }),
}) satisfies z.ZodType<LookView>;

export const previewView = z.object({
  verb: z.enum(verbs),
  cohorts: z.array(z.string()).meta({ description: 'whom it takes back, where that is not everybody' }),
  possible: z.boolean(),
  refusal: z.string().nullable(),
  state: z.object({ before: z.enum(rolloutStates), after: z.enum(rolloutStates) }),
  stage: z.object({ before: z.number().int(), after: z.number().int(), name: z.string().nullable() }),
  exposure: z.array(z.object({ cohort: z.string(), before: z.number(), after: z.number() })),
  baseline: z.object({ before: z.string(), after: z.string() }),
  unmet: z.array(z.enum(gateReasons)),
  restore: restorePreviewView
    .nullish()
    .meta({ description: 'of roll-back: all that goes back with the exposure; null: nothing does' }),
}) satisfies z.ZodType<Preview>;

export const approvalView = z.object({
  id: z.string(),
  rolloutId: z.string(),
  feature: z.string(),
  environment: z.string(),
  stage: z.number().int(),
  stageName: z.string(),
  planHash: z.string(),
  state: z.enum(approvalStates),
  requestedBy: z.string(),
  requestedAt: instant,
  decidedBy: z.string().nullable(),
  decidedAt: instant.nullable(),
  comment: z.string(),
}) satisfies z.ZodType<ApprovalView>;
