/** What there is to do in a rollback besides the flags: migrations to revert, checks to run, the runbook to follow. */
import type { Feature } from '@/lib/feature/model';
import type { Check } from '@/lib/migration/model';
import { builtinId } from '@/lib/plane/model';
import type { Plan } from '@/lib/rollout/model';
import type { Parts, Revert } from './steps';

type Of = {
  feature: Pick<Feature, 'plane' | 'kind'>;
  reverts: Revert[];
  /** null: nothing is to be checked */
  plan: Pick<Plan, 'migrations' | 'checks' | 'owner'> | null;
};

export function partsOf({ feature, reverts, plan }: Of): Omit<Parts, 'runbook'> {
  return {
    plane: feature.plane,
    builtin: feature.plane === builtinId,
    switchable: feature.kind === 'flag',
    reverts,
    checks: plan ? checksOf(plan, reverts) : [],
  };
}

/** Of the plan, and of every migration that was there: what it says must hold after a rollback too. */
function checksOf(
  plan: NonNullable<Of['plan']>,
  reverts: readonly Revert[],
): Array<{ check: Check; owner: string | null }> {
  const was = new Set(reverts.map((revert) => revert.name));
  return [
    ...plan.migrations.flatMap(({ name, check, checkAfter, owner }) =>
      check && checkAfter !== 'apply' && was.has(name) ? [{ check, owner }] : [],
    ),
    ...plan.checks.map((check) => ({ check, owner: plan.owner })),
  ];
}
