/** What a criterion is, and what judging one answers. Safe in a browser. */
import { z } from 'zod';
import type { ExplicitBuckets, ExponentialBuckets } from '@/lib/signal/model';

export const criterionKinds = ['guardrail', 'success', 'diagnostic'] as const;
export type CriterionKind = (typeof criterionKinds)[number];
export const measures = ['share', 'ratio', 'rate', 'mean', 'quantile', 'value', 'burn_rate'] as const;
export type Measure = (typeof measures)[number];
export const outcomes = ['pass', 'fail', 'inconclusive', 'no_data'] as const;
export type OutcomeKind = (typeof outcomes)[number];

/** Why an outcome is not `pass` or `fail`. Wording belongs to the view (`app/ui/text/words.ts`). */
export const outcomeReasons = [
  'decided',
  'too_few',
  'not_yet_clear',
  'no_observations',
  'baseline_silent',
  'candidate_silent',
  'both_silent',
  'stale',
  'overflow',
  'unit_conflict',
  'writers_overlap',
  'receiver_down',
  'no_concurrent_baseline',
  'not_measurable',
  'errored',
] as const;
export type OutcomeReason = (typeof outcomeReasons)[number];

const scalar = z.union([z.string(), z.number(), z.boolean()]);
export const whereSchema = z.record(z.string().min(1), z.union([scalar, z.array(scalar).min(1)]));

/**
 * `10%` relative to the baseline, `0.5pp` share points, else absolute in the metric's unit
 * (`20ms`, `0.02`, `0`). Parsed once by `parseMargin`.
 */
export type Margin = { kind: 'relative' | 'points' | 'absolute'; value: number };
const margin = z.union([
  z
    .string()
    .regex(
      /^\d+(\.\d+)?\s*(%|pp|ns|us|µs|ms|s|min|h|By|kBy|MBy|GBy)?$/,
      'is not a margin: use 10%, 0.5pp, 20ms or a number',
    ),
  z.number().min(0),
]);
/** `300ms`, `1%`, `0.5`; converted to the metric's unit when judged. */
const quantity = z.union([
  z
    .string()
    .regex(
      /^-?\d+(\.\d+)?\s*(%|pp|ns|us|µs|ms|s|min|h|By|kBy|MBy|GBy)?$/,
      'is not a quantity: use 300ms, 1% or a number',
    ),
  z.number(),
]);

const against = z.union([z.literal('baseline'), z.strictObject({ threshold: quantity })]);
const minutes = z.number().positive();
const rate = z.number().positive();

/**
 * Multiwindow, multi-burn-rate alerting (Google, The Site Reliability Workbook, "Alerting on SLOs"): burning 14.4 times
 * as fast as the objective allows over an hour spends 2 % of the budget of 30 days; five minutes say that it goes on.
 */
const usualBurn = { rate: 14.4, minutes: [60, 5] };

const criterionFields = z.strictObject({
  name: z.string().trim().min(1).max(100),
  kind: z.enum(criterionKinds),
  measure: z.enum(measures),
  metric: z.string().trim().min(1).max(255),
  /** quantile only */
  q: z.number().gt(0).lt(1).optional(),
  where: whereSchema.default({}),
  /** share and burn_rate: the part of the metric's own count that is counted (for a burn rate: that is bad) */
  of: whereSchema.optional(),
  /** ratio only: the counter below the line */
  per: z.string().trim().min(1).max(255).optional(),
  /** left out: the baseline; for a burn rate its windows' rates, and `baseline` then means the excess over it */
  against: against
    .optional()
    .meta({ description: 'left out: baseline; for burn_rate the rates of its windows, and baseline means the excess' }),
  better: z.enum(['lower', 'higher']),
  margin: margin.default(0),
  minSamples: z.number().int().min(0).optional(),
  /** burn_rate only: the share of good events promised, 0.999 */
  objective: z
    .number()
    .gt(0)
    .lt(1)
    .optional()
    .meta({ description: 'burn_rate: the share of good events promised, 0.999' }),
  /** burn_rate only: each must burn faster than its rate, which is the threshold (or 14.4) where it names none */
  windows: z
    .array(z.strictObject({ minutes, rate: rate.optional() }))
    .min(1)
    .max(8)
    .optional()
    .meta({ description: 'burn_rate: all must burn too fast; left out: 60 and 5 minutes, at the threshold or 14.4' }),
  falseAlarmRate: z.number().gt(0).lt(1).optional(),
});
type Fields = z.output<typeof criterionFields>;
/** With everything that may be left out. */
const criterionWhole = criterionFields.extend({
  where: whereSchema,
  against,
  margin,
  windows: z.array(z.strictObject({ minutes, rate })).optional(),
});

export const criterionInput = criterionFields
  .superRefine((c, issue) => {
    const need = (field: string, message: string) =>
      issue.addIssue({ code: 'custom', path: field.split('.'), message });
    if (c.measure === 'quantile' && c.q === undefined) need('q', 'is needed for a quantile, for example 0.99');
    if (c.measure !== 'quantile' && c.q !== undefined) need('q', 'belongs to the measure quantile only');
    if (c.measure === 'share' && !c.of) need('of', 'is needed for a share: which part of the metric counts');
    if (c.measure !== 'share' && c.measure !== 'burn_rate' && c.of)
      need('of', 'belongs to the measures share and burn_rate only');
    if (c.measure === 'ratio' && !c.per) need('per', 'is needed for a ratio: the counter below the line');
    if (c.measure !== 'ratio' && c.per) need('per', 'belongs to the measure ratio only');
    if (c.measure === 'burn_rate') checkBurn(c, need);
    else {
      if (c.objective !== undefined) need('objective', 'belongs to the measure burn_rate only');
      if (c.windows) need('windows', 'belongs to the measure burn_rate only');
    }
  })
  .transform(completed)
  .pipe(criterionWhole);
export type CriterionInput = z.input<typeof criterionInput>;
export type Criterion = z.output<typeof criterionWhole>;

type Need = (field: string, message: string) => void;

function checkBurn(c: Fields, need: Need): void {
  if (!c.of) need('of', 'is needed for a burn rate: which part of the metric is bad');
  if (c.better !== 'lower') need('better', 'must be lower: a burn rate is never better higher');
  const added = burnMargin(c.margin);
  const named = typeof c.against === 'object' ? Number(c.against.threshold) : usualBurn.rate;
  if (added === null) need('margin', 'of a burn rate is relative (10%) or a number that is added to the rate');
  if (!(named > 0)) need('against.threshold', 'is a burn rate here: a number above 0, such as 14.4');
  if (c.objective === undefined)
    need('objective', 'is needed for a burn rate: the share of good events promised, for example 0.999');
  if (added === null || !(named > 0) || c.objective === undefined) return;
  const most = 1 / (1 - c.objective);
  const highest = Math.max(...(completed(c).windows ?? []).map((w) => w.rate * added.times + added.plus));
  if (highest < most) return;
  const field = c.windows ? 'windows' : typeof c.against === 'object' ? 'against.threshold' : 'objective';
  const [rate, all] = [highest, most].map((v) => Number(v.toPrecision(6)));
  need(field, `a burn rate of ${rate} is out of reach: with this objective all events bad burn at ${all}`);
}

/** What the margin of a burn rate makes of its windows' rates; null where it is no such margin. */
export function burnMargin(written: string | number): { times: number; plus: number } | null {
  const text = String(written).trim();
  const relative = text.endsWith('%');
  const value = Number(relative ? text.slice(0, -1) : text);
  if (text === '' || Number.isNaN(value)) return null;
  return relative ? { times: 1 + value / 100, plus: 0 } : { times: 1, plus: value };
}

/** What may be left out, filled in. The same again for what is complete already. */
function completed(c: Fields): Criterion {
  if (c.measure !== 'burn_rate') {
    const { windows: _none, ...rest } = c;
    return { ...rest, against: c.against ?? 'baseline' };
  }
  const named = typeof c.against === 'object' ? Number(c.against.threshold) : null;
  const usual = named ?? usualBurn.rate;
  const given: Array<{ minutes: number; rate?: number }> = c.windows ?? usualBurn.minutes.map((m) => ({ minutes: m }));
  const windows = given.map((w) => ({ minutes: w.minutes, rate: w.rate ?? usual }));
  const threshold = named ?? windows[0]?.rate ?? usual;
  return { ...c, against: c.against === 'baseline' ? c.against : { threshold }, windows };
}

/** The data of one version in one bin; `null`: nothing arrived. Same shapes as `npm run -s judge`. */
export type CountArm = { n: number; k: number };
export type MeanArm = { n: number; sum: number; sum2: number };
/**
 * `exposure`: the planned share (0..1) of the traffic that this arm has, so that arms of unequal traffic compare: what
 * counts is seconds × exposure, and rates are those of the whole traffic. Left out: both arms have the same. Null: not
 * known in this bin, which then says nothing.
 */
export type RateArm = { n: number; seconds: number; exposure?: number | null };
export type ValueArm = { values: number[] };
export type Arm = CountArm | MeanArm | RateArm | ValueArm | ExplicitBuckets | ExponentialBuckets;
export type Bin = { at: string; baseline?: Arm | null; candidate: Arm | null };

/** One look of one criterion in one cohort (or `null` cohort: overall). Numbers are in the metric's unit. */
export type Look = {
  outcome: OutcomeKind;
  reason: OutcomeReason;
  /** candidate − baseline (or candidate, for a threshold); relative for a relative margin; null when unknown */
  estimate: number | null;
  low: number | null;
  high: number | null;
  /** the margin (or threshold) on the same scale, signed towards worse */
  limit: number | null;
  baseline: { n: number; value: number | null; k?: number } | null;
  candidate: { n: number; value: number | null; k?: number };
  /** 0..1: how far towards a decision */
  progress: number;
  /** about how many more candidate samples, null when it cannot be said */
  moreSamples: number | null;
  /** the bound this look was judged at */
  alpha: number;
  /** 0..1: how much of the bound's part for failing the beginnings so far have used up (`lib/stats/starts.ts`) */
  spent: number;
  working: Working | null;
};

/**
 * The numbers behind the outcome, of the stretch that speaks most: the failing one, else the one nearer to a decision.
 * `exponent` and `needed` follow from the rest by the functions of `lib/stats/boundary.ts`:
 * E = exponent({ s, v, k3 })/φ, or with `free` ν degrees of freedom ((ν+1)/2)·ln(1 + 2E/ν), against
 * exponentNeeded(v/φ, ρ/φ, boundOf(alpha)). Decided where exponent ≥ needed (a pass also waits for its other gates).
 */
export type Working = {
  /** what the evidence is for: an effect above the limit, or below it */
  side: 'above' | 'below';
  /** the margin or threshold on the scale of the score; a quantile is judged as a share, where it is 0 or 1 − q */
  limit: number;
  /** deviation of the score from the limit (less what single bins added beyond the cap), its variance, third cumulant */
  s: number;
  v: number;
  k3: number;
  /** φ: how much more than the model the bins vary */
  dispersion: number;
  /** degrees of freedom where φ is what the bins alone say; null where it leans on what services usually do */
  free: number | null;
  /** ρ: precision of the mixture, fixed when the stretch began */
  rho: number;
  exponent: number;
  needed: number;
  /** this stretch's own part of the bound */
  alpha: number;
  /** the first bin of the stretch, counted from 0, and how many closed bins it has */
  fromBin: number;
  bins: number;
};

export type CriterionOutcome = Look & {
  /** when a decision is expected, if samples go on coming as of late; null where nobody can say */
  expectedAt: string | null;
  criterion: string;
  kind: CriterionKind;
  measure: Measure;
  cohort: string | null;
};

/** The metrics that judging these criteria reads, each once. */
export function metricsOf(criteria: readonly Pick<Criterion, 'metric' | 'per'>[]): string[] {
  return [...new Set(criteria.flatMap((c) => (c.per ? [c.metric, c.per] : [c.metric])))];
}
