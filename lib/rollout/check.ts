/** What a plan says against what there is: the feature, its versions and baseline, the cohorts. */
import { and, eq, inArray, ne } from 'drizzle-orm';
import { rollout } from '@/drizzle/schema/rollout';
import type { Db, Tx } from '@/lib/db';
import { badInput, conflict, type FieldError } from '@/lib/errors';
import { cohortKeys, lockFeature } from '@/lib/feature/feature';
import { fieldPath } from '@/lib/input';
import type { Plan } from './model';

/**
 * In a transaction the feature then stays as it was checked until that ends.
 * @throws BelayError bad_input naming every field that does not fit
 */
export async function checkPlan(db: Db | Tx, plan: Plan): Promise<void> {
  const [found, cohorts] = await Promise.all([lockFeature(db, plan.feature), cohortKeys(db)]);
  const wrong: FieldError[] = [];
  if (!found) wrong.push({ field: 'feature', message: `there is no feature ${plan.feature}` });
  else {
    for (const field of ['baseline', 'candidate'] as const)
      if (!Object.hasOwn(found.versions, plan[field]))
        wrong.push({ field, message: `the feature ${plan.feature} has no version ${plan[field]}` });
    if (Object.hasOwn(found.versions, plan.baseline) && found.baseline !== plan.baseline)
      wrong.push({ field: 'baseline', message: `the feature serves ${found.baseline} as its baseline` });
  }
  const known = new Set(['*', ...cohorts]);
  plan.stages.forEach((stage, i) => {
    for (const cohort of Object.keys(stage.exposure))
      if (!known.has(cohort))
        wrong.push({ field: fieldPath(['stages', i, 'exposure', cohort]), message: `there is no cohort ${cohort}` });
  });
  if (wrong.length > 0) throw badInput(wrong);
}

/**
 * Completing makes the candidate the baseline of the feature everywhere; where it is still being rolled out, a
 * rollback would then serve the very version that it flees.
 * @throws BelayError conflict
 */
export async function checkCompletion(tx: Tx, row: { id: string; featureKey: string }): Promise<void> {
  const [other] = await tx
    .select({ environment: rollout.environment })
    .from(rollout)
    .where(
      and(
        eq(rollout.featureKey, row.featureKey),
        ne(rollout.id, row.id),
        inArray(rollout.state, ['running', 'held', 'rolling_back']),
      ),
    )
    .limit(1);
  if (other) throw conflict(`${row.featureKey} is still being rolled out in ${other.environment}; end that first`);
}
