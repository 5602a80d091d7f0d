/**
 * What a caller gets of a feature. Pure. In this order:
 * kill that covers the caller → opt-out → override, narrowest scope first → exposure by a drill → by a rollout → baseline.
 * Who does not say what time it is gets what there is without drills.
 * What cannot be decided (a version that is gone, no targeting key) is answered with the baseline.
 */
import { createHash } from 'node:crypto';
import { inCohort } from './cohort-rule';
import {
  baselineIn,
  type DrillFault,
  type Evaluation,
  type EvaluationContext,
  type Exposure,
  type Feature,
  type FlagState,
  type Override,
  type ScopeKind,
} from './model';

export const pairKey = (featureKey: string, other: string): string => `${featureKey}\u0000${other}`;

/** `no_targeting_key`: a rollout splits the callers and this one cannot be told from others. */
export type Assessment =
  | { kind: 'served'; evaluation: Evaluation }
  | { kind: 'no_targeting_key'; baseline: Evaluation };

/** null: there is no such feature */
export function evaluate(
  state: FlagState,
  featureKey: string,
  environment: string,
  context: EvaluationContext,
  now?: number,
): Evaluation | null {
  const assessed = assess(state, featureKey, environment, context, now);
  if (assessed === null) return null;
  return assessed.kind === 'served' ? assessed.evaluation : assessed.baseline;
}

export function assess(
  state: FlagState,
  featureKey: string,
  environment: string,
  context: EvaluationContext,
  now?: number,
): Assessment | null {
  const feature = state.features.get(featureKey);
  if (!feature) return null;
  const baseline = baselineIn(feature, environment);
  const exposure = state.exposures.get(pairKey(featureKey, environment)) ?? null;
  const cohort = exposure && cohortOf(state, exposure, context);
  const rolloutId = exposure?.rolloutId ?? null;
  const serve = (version: string, reason: Evaluation['reason']): Assessment => ({
    kind: 'served',
    evaluation: { key: featureKey, version, value: versionValue(feature, version), reason, cohort, rolloutId },
  });

  const overrides = coveringOverrides(state, featureKey, environment, context);
  if (overrides.some((o) => o.effect === 'kill')) return serve(baseline, 'DISABLED');
  const targetingKey = targetingKeyOf(context);
  if (targetingKey !== null && state.optOuts.has(pairKey(featureKey, targetingKey)))
    return serve(baseline, 'TARGETING_MATCH');
  const narrowest = narrowestOverride(feature, overrides);
  if (narrowest) return serve(narrowest, 'TARGETING_MATCH');

  const drill = liveFault(state, featureKey, environment, now);
  const drilled = drill && drillExposure(state, featureKey, drill);
  if (drilled && targetingKey !== null && Object.hasOwn(feature.versions, drill.version)) {
    const share = Math.min(drill.share, exposedShare(state, drilled, context));
    if (memberOf(state, drill.cohort, context) && bucketOf(drilled.rolloutId, targetingKey) < share) {
      const value = versionValue(feature, drill.version);
      const of = { cohort: cohortOf(state, drilled, context), rolloutId: drilled.rolloutId, drill: drill.runId };
      return { kind: 'served', evaluation: { key: featureKey, version: drill.version, value, reason: 'SPLIT', ...of } };
    }
  }

  if (!exposure) return serve(baseline, 'STATIC');
  const fallback = Object.hasOwn(feature.versions, exposure.baseline) ? exposure.baseline : baseline;
  const share = exposedShare(state, exposure, context);
  if (share <= 0 || !Object.hasOwn(feature.versions, exposure.candidate)) return serve(fallback, 'STATIC');
  if (share >= 100) return serve(exposure.candidate, 'SPLIT');
  if (targetingKey === null) {
    const value = versionValue(feature, fallback);
    return {
      kind: 'no_targeting_key',
      baseline: { key: featureKey, version: fallback, value, reason: 'UNKNOWN', cohort, rolloutId },
    };
  }
  const served = bucketOf(exposure.rolloutId, targetingKey) < share;
  return serve(served ? exposure.candidate : fallback, 'SPLIT');
}

/** The drill among the real users of a place that goes on at that time. */
export function liveFault(
  state: FlagState,
  featureKey: string,
  environment: string,
  now = Number.POSITIVE_INFINITY,
): DrillFault | null {
  const fault = state.faults?.get(pairKey(featureKey, environment));
  return fault !== undefined && now < fault.expiresAt ? fault : null;
}

/** Which arm of a drill a caller is in; null: neither, and nothing of it is for them. */
export function armOf(state: FlagState, fault: DrillFault, context: EvaluationContext): 'blast' | 'control' | null {
  if (fault.control !== null && memberOf(state, fault.control, context)) return 'control';
  return memberOf(state, fault.cohort, context) ? 'blast' : null;
}

/** Null: it exposes nobody, or its rollout was taken back. */
function drillExposure(state: FlagState, featureKey: string, fault: DrillFault): Exposure | null {
  const exposure = fault.exposes ? state.exposures.get(pairKey(featureKey, fault.shadow)) : undefined;
  return exposure?.candidate === fault.version ? exposure : null;
}

/**
 * The cohort that counts for a caller: one that was taken back, else the first, as the plan names them, that the
 * caller is in.
 */
export function cohortOf(state: FlagState, exposure: Exposure, context: EvaluationContext): string | null {
  const withdrawn = withdrawnOf(state, exposure, context);
  if (withdrawn !== null) return withdrawn;
  return exposure.cohortOrder.find((key) => memberOf(state, key, context)) ?? null;
}

/** A stable place in [0, 100) in steps of 100/2^48: the first 6 bytes of SHA-256, spread evenly. */
export function bucketOf(salt: string, targetingKey: string): number {
  const digest = createHash('sha256').update(pairKey(salt, targetingKey)).digest();
  return (digest.readUIntBE(0, 6) / 2 ** 48) * 100;
}

/**
 * Percent of the caller's peers who get the candidate. The largest share of any stage so far, so that widening
 * never takes a version away even where a later stage counts the caller in another cohort. None for whoever is in a
 * cohort that was taken back: no other cohort, not even "*", gives the candidate back to them.
 */
function exposedShare(state: FlagState, exposure: Exposure, context: EvaluationContext): number {
  if (withdrawnOf(state, exposure, context) !== null) return 0;
  const cohorts = exposure.cohortOrder.filter((key) => memberOf(state, key, context));
  let share = 0;
  for (const stage of exposure.stages) {
    const counts = cohorts.find((key) => Object.hasOwn(stage, key));
    if (counts !== undefined) share = Math.max(share, stage[counts] ?? 0);
  }
  return Math.min(100 - exposure.holdback, share);
}

function withdrawnOf(state: FlagState, exposure: Exposure, context: EvaluationContext): string | null {
  return exposure.withdrawn?.find((key) => memberOf(state, key, context)) ?? null;
}

function memberOf(state: FlagState, key: string, context: EvaluationContext): boolean {
  if (key === '*') return true;
  const cohort = state.cohorts.get(key);
  return cohort !== undefined && inCohort(cohort.rules, context);
}

function targetingKeyOf(context: EvaluationContext): string | null {
  const key = Object.hasOwn(context, 'targetingKey') ? context.targetingKey : undefined;
  return typeof key === 'string' && key !== '' ? key : null;
}

function coveringOverrides(
  state: FlagState,
  featureKey: string,
  environment: string,
  context: EvaluationContext,
): Override[] {
  const all = state.overrides.get(featureKey);
  return all ? all.filter((o) => covers(state, o, environment, context)) : [];
}

function covers(state: FlagState, o: Override, environment: string, context: EvaluationContext): boolean {
  if (o.environment !== null && o.environment !== environment) return false;
  if (o.exceptIn?.includes(environment)) return false;
  if (o.scope === 'organisation') return true;
  if (o.value === null) return false;
  if (o.scope === 'environment') return o.value === environment;
  if (o.scope === 'cohort') return memberOf(state, o.value, context);
  return o.value === targetingKeyOf(context);
}

const narrowness: Record<ScopeKind, number> = { organisation: 0, environment: 1, cohort: 2, user: 3 };

/** Within one scope the one bound to an environment is narrower; else the newest (the last in the list) counts. */
function narrowestOverride(feature: Feature, overrides: Override[]): string | null {
  let best: { version: string; rank: number } | null = null;
  for (const o of overrides) {
    if (o.version === null || !Object.hasOwn(feature.versions, o.version)) continue;
    const rank = narrowness[o.scope] * 2 + (o.environment === null || o.wide ? 0 : 1);
    if (best === null || rank >= best.rank) best = { version: o.version, rank };
  }
  return best?.version ?? null;
}

const versionValue = (feature: Feature, version: string) => feature.versions[version] as Evaluation['value'];
