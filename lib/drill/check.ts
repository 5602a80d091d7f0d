/** What a drill names against what there is: its feature, rollout, cohorts, runbook, and what its checks ask. */
import type { Tx } from '@/lib/db';
import type { FieldError } from '@/lib/errors';
import { cohortKeys, lockFeature } from '@/lib/feature/feature';
import { fieldPath } from '@/lib/input';
import { registered } from '@/lib/named-by';
import type { Drill } from './model';
import { countRollouts, rolloutPlace, runbookFeature } from './store';

/** What would be found out only in the middle of a run otherwise. */
export async function targetFaults(tx: Tx, drill: Drill): Promise<FieldError[]> {
  if (!(await lockFeature(tx, drill.feature)))
    return [{ field: 'feature', message: `there is no feature ${drill.feature}` }];
  return [
    ...(await rolloutFaults(tx, drill)),
    ...(await cohortFaults(tx, drill)),
    ...(await runbookFaults(tx, drill)),
    ...(await askedFaults(tx, drill)),
  ];
}

async function rolloutFaults(tx: Tx, { rollout, feature, environment, level }: Drill): Promise<FieldError[]> {
  const say = (message: string) => [{ field: 'rollout', message }];
  if (rollout === null) {
    if (level === 'tabletop' || (await countRollouts(tx, { featureKey: feature, environment })) > 0) return [];
    return say(`is needed: ${feature} has none in ${environment} yet, and a drill rehearses the plan of one`);
  }
  const of = await rolloutPlace(tx, rollout);
  if (!of) return say(`there is no rollout ${rollout}`);
  if (of.featureKey === feature && of.environment === environment) return [];
  return say(`is of ${of.featureKey} in ${of.environment}, not of ${feature} in ${environment}`);
}

async function cohortFaults(tx: Tx, { blast, control }: Drill): Promise<FieldError[]> {
  const named = [
    ...(blast ? [{ field: 'blast.cohort', cohort: blast.cohort }] : []),
    ...(control === null ? [] : [{ field: 'control', cohort: control }]),
  ];
  if (named.length === 0) return [];
  const known = new Set(['*', ...(await cohortKeys(tx))]);
  return named
    .filter(({ cohort }) => !known.has(cohort))
    .map(({ field, cohort }) => ({ field, message: `there is no cohort ${cohort}` }));
}

async function runbookFaults(tx: Tx, { runbook, feature }: Drill): Promise<FieldError[]> {
  if (runbook === null) return [];
  const of = await runbookFeature(tx, runbook);
  if (of === null) return [{ field: 'runbook', message: `there is no runbook ${runbook}` }];
  return of === feature ? [] : [{ field: 'runbook', message: `is of ${of}, not of ${feature}` }];
}

async function askedFaults(tx: Tx, { knownGood, abort }: Drill): Promise<FieldError[]> {
  const of = (part: 'knownGood' | 'abort', checks: Drill['abort']['checks']) =>
    checks.map((check, i) =>
      check.kind === 'sql'
        ? { kind: 'database' as const, target: check.database, field: fieldPath([part, 'checks', i, 'database']) }
        : { kind: 'webhook' as const, target: check.webhook, field: fieldPath([part, 'checks', i, 'webhook']) },
    );
  const named = [...of('knownGood', knownGood.checks), ...of('abort', abort.checks)];
  const targets = (kind: 'database' | 'webhook') => named.filter((n) => n.kind === kind).map((n) => n.target);
  const known = {
    database: await registered(tx, 'database', targets('database')),
    webhook: await registered(tx, 'webhook', targets('webhook')),
  };
  return named
    .filter(({ kind, target }) => !known[kind].has(target))
    .map(({ kind, target, field }) => ({ field, message: `there is no ${kind} ${target}` }));
}
