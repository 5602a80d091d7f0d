/** Features, cohorts, overrides, and what an evaluation answers. Safe in a browser. */
import { z } from 'zod';
import { configurationSuffix } from '@/lib/configuration/model';

export const keyPattern = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$/;
const key = z
  .string()
  .regex(keyPattern, 'use letters, digits and . _ - / (at most 100, starting with a letter or digit)');

/** OFREP values: any JSON value; all versions of a feature should share one type. */
export type FlagValue = boolean | string | number | { [k: string]: unknown } | unknown[];
const flagValue = z.union([
  z.boolean(),
  z.string(),
  z.number(),
  z.record(z.string(), z.unknown()),
  z.array(z.unknown()),
]);

/** OFREP key of the object flag that tells a caller which fault of a drill to bring about; `{}`: none. */
export const faultSuffix = '.fault';
export const faultKey = (feature: string): string => `${feature}${faultSuffix}`;

/** `flag`: Belay switches it. `deployment`: Belay only watches (nobody here can switch it). */
export const featureKinds = ['flag', 'deployment'] as const;

export const featureInput = z
  .strictObject({
    key: key
      .refine(
        (k) => !k.endsWith(configurationSuffix),
        `may not end in ${configurationSuffix}: that names the configuration of a feature`,
      )
      .refine((k) => !k.endsWith(faultSuffix), `may not end in ${faultSuffix}: that names the fault of a drill`),
    owner: z.string().trim().min(1).max(200),
    description: z.string().max(2000).default(''),
    kind: z.enum(featureKinds).default('flag'),
    versions: z.record(key, flagValue).refine((v) => Object.keys(v).length >= 1, 'name at least one version'),
    baseline: key,
    /** environment → its own baseline, written when a rollout completes there; left out: kept as it is */
    baselines: z.record(z.string().min(1).max(100), key).optional(),
    /** id of the control plane that holds its state; left out: kept as it is, of a new one the built-in flags */
    plane: z.string().min(1).max(100).default('builtin'),
  })
  .refine((f) => Object.hasOwn(f.versions, f.baseline), { path: ['baseline'], message: 'is not one of the versions' })
  .refine((f) => Object.values(f.baselines ?? {}).every((version) => Object.hasOwn(f.versions, version)), {
    path: ['baselines'],
    message: 'names what is not one of the versions',
  })
  .refine((f) => new Set(Object.values(f.versions).map((v) => (Array.isArray(v) ? 'array' : typeof v))).size <= 1, {
    path: ['versions'],
    message: 'all versions must have values of one type',
  });
export type FeatureInput = z.input<typeof featureInput>;
export type Feature = z.output<typeof featureInput>;

/** The known-good version of an environment: its own, where a rollout has completed there, else the feature's. */
export function baselineIn(feature: Pick<Feature, 'baseline' | 'baselines'>, environment: string): string {
  const own = feature.baselines;
  return own && Object.hasOwn(own, environment) ? (own[environment] ?? feature.baseline) : feature.baseline;
}

const scalar = z.union([z.string(), z.number(), z.boolean()]);
/** One condition over the evaluation context. `attribute` may be a dotted path; all given operators must hold. */
export const cohortRule = z
  .strictObject({
    attribute: z.string().min(1).max(200),
    in: z.array(scalar).min(1).optional(),
    notIn: z.array(scalar).min(1).optional(),
    startsWith: z.string().optional(),
    endsWith: z.string().optional(),
    greaterThan: z.number().optional(),
    lessThan: z.number().optional(),
    exists: z.boolean().optional(),
  })
  .refine((r) => Object.keys(r).length >= 2, {
    message: 'name an operator: in, notIn, startsWith, endsWith, greaterThan, lessThan or exists',
  });
export type CohortRule = z.output<typeof cohortRule>;

/** A context is in the cohort when ANY rule matches. `rules: "*"` means everybody. */
export const cohortInput = z.strictObject({
  key: z.union([key, z.literal('*')]),
  description: z.string().max(2000).default(''),
  rules: z.union([z.literal('*'), z.array(cohortRule).min(1)]),
});
export type CohortInput = z.input<typeof cohortInput>;
export type Cohort = z.output<typeof cohortInput>;

/** From widest to narrowest. The narrower wins; a kill at any scope that covers the caller wins over all. */
export const scopeKinds = ['organisation', 'environment', 'cohort', 'user'] as const;
export type ScopeKind = (typeof scopeKinds)[number];

export const overrideInput = z
  .strictObject({
    scope: z.enum(scopeKinds),
    /** environment name, cohort key or targeting key; absent for `organisation` */
    value: z.string().min(1).max(200).nullish(),
    environment: z.string().min(1).max(100).nullish(),
    effect: z.enum(['kill', 'serve']),
    version: key.nullish(),
    reason: z.string().trim().min(1).max(500),
  })
  .refine((o) => o.scope === 'organisation' || Boolean(o.value), {
    path: ['value'],
    message: 'is needed for this scope',
  })
  .refine((o) => o.effect === 'kill' || Boolean(o.version), { path: ['version'], message: 'is needed to serve one' });
export type OverrideInput = z.input<typeof overrideInput>;
export type Override = {
  id: string;
  featureKey: string;
  scope: ScopeKind;
  value: string | null;
  /** limits a cohort or user override to one environment; null: all */
  environment: string | null;
  effect: 'kill' | 'serve';
  version: string | null;
  reason: string;
  /** environments in which a restore took it away; it goes on counting in the others */
  exceptIn?: string[];
  /** a restore brought it back, to this environment only: it ranks as what it was, one for all environments */
  wide?: boolean;
};

const reason = z.string().trim().min(1, 'say why').max(500);
export const reasonInput = z.strictObject({ reason });
/** `environment: null` (or left out): everywhere */
export const killInput = z.strictObject({
  environment: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .nullish()
    .transform((e) => e ?? null),
  reason,
});
export const targetingKeyInput = z.strictObject({ targetingKey: z.string().min(1).max(200) });

/** What of a rollout an evaluation needs. Shares are percent of a cohort, before holdback. */
export type Exposure = {
  rolloutId: string;
  featureKey: string;
  environment: string;
  baseline: string;
  candidate: string;
  /** stages 0..current, in order; keys keep the plan's order; "*" is everybody */
  stages: Array<Record<string, number>>;
  /** every cohort the plan names, in the order of first mention */
  cohortOrder: string[];
  /** percent that always stays on the baseline until complete */
  holdback: number;
  /** cohorts that were taken back: whoever is in one of them gets the baseline */
  withdrawn?: string[];
};

/** All that evaluation reads, loaded once and refreshed when `revision` grows. */
export type FlagState = {
  revision: number;
  features: Map<string, Feature>;
  cohorts: Map<string, Cohort>;
  /** by feature key */
  overrides: Map<string, Override[]>;
  /** `${featureKey}\u0000${targetingKey}` */
  optOuts: Set<string>;
  /** `${featureKey}\u0000${environment}` → the one exposing rollout, else what a restore has pinned */
  exposures: Map<string, Exposure>;
  /** `${featureKey}\u0000${environment}` → what its versions are configured with */
  configurations: Map<string, Configuration>;
  /** `${featureKey}\u0000${environment}` → the drill among real users there; left out: none */
  faults?: Map<string, DrillFault>;
};

/**
 * What a drill does to real users. Whom it exposes is told by the exposure of its own environment, `shadow`: the
 * rollback of that takes it from them, and nothing else is needed.
 */
export type DrillFault = {
  runId: string;
  shadow: string;
  version: string;
  cohort: string;
  /** watched beside it; never exposed */
  control: string | null;
  share: number;
  exposes: boolean;
  /** null: nothing fails yet, or any more; callers are marked only */
  harm: { share: number; status: number | null; latencyMs: number; jitterMs: number } | null;
  /** epoch milliseconds; from then on it is not there, whoever forgot it */
  expiresAt: number;
};

/** `values`: by version */
export type Configuration = { revision: number; values: Record<string, Record<string, unknown>> };

export type EvaluationContext = { targetingKey?: string } & Record<string, unknown>;

const evaluationReasons = ['STATIC', 'TARGETING_MATCH', 'SPLIT', 'DISABLED', 'UNKNOWN'] as const;
export type Evaluation = {
  key: string;
  version: string;
  value: FlagValue;
  reason: (typeof evaluationReasons)[number];
  /** the cohort that counted; "*" where only everybody matched; null where no rollout exposes */
  cohort: string | null;
  rolloutId: string | null;
  /** run of the drill that serves it; left out: none does */
  drill?: string;
};
