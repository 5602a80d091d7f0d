/**
 * What the built-in flags serve, in the words of a control plane. Pure. It says of an environment what
 * `lib/feature/evaluate.ts` says of a caller, users who were set apart one by one left out: a kill or a served version
 * for all counts over everything; then come overrides of cohorts, kills first; then what the rollout exposes.
 */
import { pairKey } from '@/lib/feature/evaluate';
import { baselineIn, type Exposure, type Feature, type FlagState, type Override } from '@/lib/feature/model';
import type { ExposureRow, PlaneState } from './model';

/** null: there is no such feature */
export function servedState(
  flags: FlagState,
  featureKey: string,
  environment: string,
): Omit<PlaneState, 'configuration'> | null {
  const feature = flags.features.get(featureKey);
  if (!feature) return null;
  const baseline = baselineIn(feature, environment);
  const overrides = (flags.overrides.get(featureKey) ?? []).filter(
    (o) => (o.environment === null || o.environment === environment) && !o.exceptIn?.includes(environment),
  );
  const forAll = overrides.filter(
    (o) => o.scope === 'organisation' || (o.scope === 'environment' && o.value === environment),
  );
  if (forAll.some((o) => o.effect === 'kill')) return { baseline, exposure: [], withdrawn: [] };
  const cohorts = cohortRows(
    feature,
    overrides.filter((o) => o.scope === 'cohort'),
    baseline,
  );
  const served = narrowest(feature, forAll);
  if (served) return { baseline: served, exposure: cohorts, withdrawn: [] };
  const exposure = flags.exposures.get(pairKey(featureKey, environment));
  if (!exposure) return { baseline, exposure: cohorts, withdrawn: [] };
  const known = (version: string) => Object.hasOwn(feature.versions, version);
  return {
    baseline: known(exposure.baseline) ? exposure.baseline : baseline,
    exposure: [...cohorts, ...(known(exposure.candidate) ? exposedRows(exposure) : [])],
    withdrawn: exposure.withdrawn ?? [],
  };
}

const serves = (feature: Feature, o: Override): o is Override & { version: string } =>
  o.effect === 'serve' && o.version !== null && Object.hasOwn(feature.versions, o.version);

const bound = (o: Override) => o.environment !== null && !o.wide;

/** Of an environment before of all; within that the newest, which is the last. */
function narrowest(feature: Feature, forAll: Override[]): string | null {
  const rank = (o: Override) => (o.scope === 'environment' ? 2 : 0) + (bound(o) ? 1 : 0);
  let best: Override | null = null;
  for (const o of forAll) if (serves(feature, o) && (best === null || rank(o) >= rank(best))) best = o;
  return best?.version ?? null;
}

function cohortRows(feature: Feature, overrides: Override[], baseline: string): ExposureRow[] {
  const row = (o: Override, version: string): ExposureRow => ({ cohort: o.value ?? '', version, share: 100 });
  const kills = overrides.filter((o) => o.effect === 'kill').map((o) => row(o, baseline));
  const newestFirst = overrides.filter((o) => serves(feature, o)).toReversed();
  const narrowFirst = [...newestFirst.filter(bound), ...newestFirst.filter((o) => !bound(o))];
  return [...kills, ...narrowFirst.map((o) => row(o, o.version ?? baseline))];
}

/** By the rule of evaluation: the largest share of any stage so far, in each by the first cohort that the plan names. */
function exposedRows(exposure: Exposure): ExposureRow[] {
  const { cohortOrder } = exposure;
  // Everybody comes last, for no row behind that is read; what "*" gives to a cohort is in the cohort's own share.
  const ordered = [
    ...cohortOrder.filter((cohort) => cohort !== '*'),
    ...cohortOrder.filter((cohort) => cohort === '*'),
  ];
  return ordered.map((cohort) => {
    const mine = cohortOrder.filter((key) => key === cohort || key === '*');
    const shares = exposure.stages.map((stage) => {
      const counts = mine.find((key) => Object.hasOwn(stage, key));
      return counts === undefined ? 0 : (stage[counts] ?? 0);
    });
    const share = Math.max(0, Math.min(100 - exposure.holdback, Math.max(0, ...shares)));
    return { cohort, version: exposure.candidate, share };
  });
}
