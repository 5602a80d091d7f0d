/** Plans, states, verdicts. Safe in a browser. */
import { z } from 'zod';
import {
  type CriterionOutcome,
  criterionInput,
  type OutcomeKind,
  type OutcomeReason,
  outcomeReasons,
} from '@/lib/criterion/model';
import { keyPattern } from '@/lib/feature/model';
import { checkInput, migrationInput } from '@/lib/migration/model';
import type { RestorePreview } from '@/lib/snapshot/model';

export const rolloutStates = ['draft', 'running', 'held', 'rolling_back', 'rolled_back', 'completed'] as const;
export type RolloutState = (typeof rolloutStates)[number];
export const verbs = ['start', 'widen', 'hold', 'resume', 'roll-back', 'complete'] as const;
export type Verb = (typeof verbs)[number];
export const modes = ['act', 'observe'] as const;
export const verdicts = ['widen', 'hold', 'roll_back'] as const;
export type VerdictKind = (typeof verdicts)[number];

/** `90s`, `5m`, `24h`, `7d` → milliseconds */
export const durationPattern = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;
const duration = z.string().regex(durationPattern, 'is not a duration: use 90s, 5m, 24h or 7d');
const percent = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^\d+(\.\d+)?%$/, 'is not a percentage')
      .transform((s) => Number(s.slice(0, -1))),
  ])
  .pipe(z.number().min(0).max(100));
const key = z.string().regex(keyPattern, 'use letters, digits and . _ - /');

const stage = z.strictObject({
  name: z.string().trim().min(1).max(100),
  exposure: z
    .record(z.union([key, z.literal('*')]), z.number().min(0, 'is below 0').max(100, 'is over 100'))
    .refine((e) => Object.keys(e).length > 0, 'names no cohort'),
  minDuration: duration.default('0s'),
  minSamples: z.number().int().min(0).default(0),
  maxDuration: duration.optional(),
  onTimeout: z.enum(['hold', 'roll_back']).default('hold'),
  approval: z.boolean().default(false),
  gate: z.enum(['pass', 'not_failing']).default('pass'),
  /** nobody is in it unless a drill of the feature in the environment was proven within this time */
  requireDrill: duration.nullable().default(null),
});
export type Stage = z.output<typeof stage>;

/** What the gate does while a criterion has no answer, by the reason. None of them passes, none rolls back. */
export const unknownPolicies = ['wait', 'hold', 'let_through'] as const;
export type UnknownPolicy = (typeof unknownPolicies)[number];
/** Reasons that mean "not yet": only these may be let through. The others mean that nothing can be known. */
export const notYetReasons = ['too_few', 'not_yet_clear'] as const satisfies readonly OutcomeReason[];
export const unknownReasons = outcomeReasons.filter((reason) => reason !== 'decided');

/** Who is taken back when a guardrail fails in some cohorts only. */
export const regressionScopes = ['rollout', 'cohort'] as const;

export const planInput = z
  .strictObject({
    feature: key,
    environment: z.string().trim().min(1).max(100),
    owner: z.string().trim().min(1).max(200),
    hypothesis: z.string().max(2000).default(''),
    baseline: key,
    candidate: key,
    stages: z.array(stage).min(1).max(50),
    criteria: z.array(criterionInput).min(1).max(50),
    holdback: percent.default(10),
    falseRollbackRate: percent.default(1).refine((v) => v > 0, 'must be above 0'),
    onRegression: z.enum(['roll_back', 'hold']).default('roll_back'),
    onRegressionScope: z.enum(regressionScopes).default('rollout'),
    onUnknown: z.partialRecord(z.enum(unknownReasons), z.enum(unknownPolicies)).default({}),
    mode: z.enum(modes).default('act'),
    /** what changes data or schemas for the candidate; Belay orders them, and reverts them on a rollback */
    migrations: z.array(migrationInput).max(50).default([]),
    /** what must hold after a rollback, besides what the migrations check */
    checks: z.array(checkInput).max(50).default([]),
  })
  .superRefine((p, issue) => {
    const say = (path: (string | number)[], message: string) => issue.addIssue({ code: 'custom', path, message });
    if (p.baseline === p.candidate) say(['candidate'], 'is the same as the baseline');
    const twice = (names: string[], where: string) =>
      names.forEach((n, i) => {
        if (names.indexOf(n) !== i) say([where, i, 'name'], `"${n}" is used twice`);
      });
    twice(
      p.stages.map((s) => s.name),
      'stages',
    );
    twice(
      p.criteria.map((c) => c.name),
      'criteria',
    );
    twice(
      p.migrations.map((m) => m.name),
      'migrations',
    );
    twice(
      p.checks.map((c) => c.name),
      'checks',
    );
    p.migrations.forEach((m, i) => {
      if (m.stage !== null && !p.stages.some((s) => s.name === m.stage))
        say(['migrations', i, 'stage'], `there is no stage ${m.stage}`);
    });
    if (p.onRegressionScope === 'cohort' && p.onRegression === 'hold')
      say(['onRegressionScope'], 'needs onRegression: roll_back, for holding takes nobody back');
    for (const [reason, policy] of Object.entries(p.onUnknown))
      if (policy === 'let_through' && !(notYetReasons as readonly string[]).includes(reason))
        say(['onUnknown', reason], `may not be let through: only ${notYetReasons.join(' and ')} may`);
    if (!p.criteria.some((c) => c.kind !== 'diagnostic'))
      say(['criteria'], 'needs at least one guardrail or success criterion');
    // Widening never takes a version away: a cohort's share may not fall from one stage to the next.
    p.stages.forEach((s, i) => {
      for (const [cohort, share] of Object.entries(s.exposure)) {
        const before = Math.max(
          0,
          ...p.stages.slice(0, i).map((b) => (Object.hasOwn(b.exposure, cohort) ? (b.exposure[cohort] ?? 0) : 0)),
        );
        if (share < before)
          say(['stages', i, 'exposure', cohort], `falls from ${before} to ${share}; a stage may only widen`);
      }
    });
  });
export type PlanInput = z.input<typeof planInput>;
export type Plan = z.output<typeof planInput>;

/** Why the gate of a stage does or does not hold; each is one line on the verdict page. */
export const gateReasons = [
  'min_duration',
  'min_samples',
  'approval',
  'split',
  'criterion_failing',
  'criterion_inconclusive',
  'criterion_no_data',
  'migration_pending',
  'drill_stale',
  'last_stage',
] as const;
export type GateReason = (typeof gateReasons)[number];
export type GateItem = { reason: GateReason; met: boolean; detail: Record<string, string | number | boolean | null> };

export const verdictReasons = [
  'gate_holds',
  'gate_waits',
  'guardrail_failed',
  'cohort_regressed',
  'success_failed',
  'unknown_held',
  'stage_timed_out',
  'held_by_person',
  'held_after_regression',
  'automation_stopped',
  'not_switchable',
  'rollback_cap',
  'finished',
] as const;
export type VerdictReason = (typeof verdictReasons)[number];

/** How often Belay rolls back by itself in an environment before it asks. 0: it always asks. */
export const rollbackCapInput = z.strictObject({
  max: z.number().int().min(0).max(1_000).default(3),
  windowMinutes: z
    .number()
    .int()
    .min(1)
    .max(7 * 24 * 60)
    .default(60),
});
export type RollbackCap = z.output<typeof rollbackCapInput>;

/** A verdict is data: machine reason, what led to it, and when to look again. */
export type Verdict = {
  kind: VerdictKind;
  reason: VerdictReason;
  /** the criterion and cohort that decided, where one did */
  deciding: { criterion: string; cohort: string | null } | null;
  gate: GateItem[];
  outcomes: CriterionOutcome[];
  /** planned and observed candidate share by cohort, percent; `ok: null` when too little is known */
  split: Array<{ cohort: string; planned: number; observed: number | null; n: number; ok: boolean | null }>;
  at: string;
  /** newest datum that this look used, or null */
  dataUntil: string | null;
  nextLookAt: string;
};

/** What is done about a verdict or a verb. Executed by the face with compare-and-set on the epoch. */
export type Action =
  | { kind: 'start' }
  | { kind: 'widen'; toStage: number }
  | { kind: 'hold'; reason: VerdictReason }
  | { kind: 'resume' }
  | { kind: 'roll_back' }
  | { kind: 'withdraw'; cohorts: string[] }
  | { kind: 'confirm_rolled_back' }
  | { kind: 'complete' };

export type RolloutView = {
  id: string;
  feature: string;
  environment: string;
  owner: string;
  state: RolloutState;
  mode: (typeof modes)[number];
  stage: number;
  epoch: number;
  plan: Plan;
  /** why it is held, a VerdictReason; null unless held */
  heldReason: string | null;
  /** cohorts from which the candidate was taken back while the rest went on; for good, in this rollout */
  withdrawn: string[];
  verdict: Verdict | null;
  verdictSince: string | null;
  stageSince: string | null;
  startedAt: string | null;
  endedAt: string | null;
  createdAt: string;
  updatedAt: string;
};

export type DecisionView = {
  id: string;
  rolloutId: string;
  epoch: number;
  action: Action['kind'];
  fromState: RolloutState;
  toState: RolloutState;
  fromStage: number;
  toStage: number;
  /** who was taken back; empty: everybody, or nobody */
  cohorts: string[];
  actor: { kind: string; id: string; name: string };
  reason: string;
  evidence: Verdict | null;
  /** false: what Belay would have done, had it been allowed to act */
  acted: boolean;
  at: string;
};

/** One stored look; `cohort: null` is the overall one. */
export type LookView = {
  criterion: string;
  cohort: string | null;
  at: string;
  outcome: OutcomeKind;
  reason: OutcomeReason;
  estimate: number | null;
  low: number | null;
  high: number | null;
  limit: number | null;
  baseline: { n: number; value: number | null };
  candidate: { n: number; value: number | null };
};

/** What a verb would change, from the same code that changes it. Exposure is the effective percent, after holdback. */
export type Preview = {
  verb: Verb;
  /** what is taken back, where not everything is */
  cohorts: string[];
  /** false: `refusal` says why */
  possible: boolean;
  refusal: string | null;
  state: { before: RolloutState; after: RolloutState };
  stage: { before: number; after: number; name: string | null };
  exposure: Array<{ cohort: string; before: number; after: number }>;
  /** what the feature serves where nothing exposes another version */
  baseline: { before: string; after: string };
  /** an unmet gate item is no refusal for a person, but is said */
  unmet: GateReason[];
  /** of roll-back: all that goes back with the exposure; null: this verb restores nothing */
  restore?: RestorePreview | null;
};

export const approvalStates = ['pending', 'approved', 'refused', 'void'] as const;
export type ApprovalView = {
  id: string;
  rolloutId: string;
  feature: string;
  environment: string;
  stage: number;
  stageName: string;
  planHash: string;
  state: (typeof approvalStates)[number];
  requestedBy: string;
  requestedAt: string;
  decidedBy: string | null;
  decidedAt: string | null;
  comment: string;
};
