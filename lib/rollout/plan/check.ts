/** What a plan says against what there is: the feature, its versions and baseline, the cohorts. */
import { currentConfiguration } from '@/lib/configuration/current';
import type { Db, Tx } from '@/lib/db';
import { badInput, type FieldError } from '@/lib/errors';
import { cohortKeys, lockFeature } from '@/lib/feature/feature';
import { baselineIn } from '@/lib/feature/model';
import { fieldPath } from '@/lib/input';
import type { Plan } from '../model';

/**
 * In a transaction the feature then stays as it was checked until that ends.
 * @throws BelayError bad_input naming every field that does not fit
 */
export async function checkPlan(db: Db | Tx, plan: Plan): Promise<void> {
  const [found, cohorts] = await Promise.all([lockFeature(db, plan.feature), cohortKeys(db)]);
  const configuration = found && (await currentConfiguration(db, plan.feature, plan.environment));
  const wrong: FieldError[] = [];
  if (!found) wrong.push({ field: 'feature', message: `there is no feature ${plan.feature}` });
  else {
    const serves = baselineIn(found, plan.environment);
    for (const field of ['baseline', 'candidate'] as const)
      if (!Object.hasOwn(found.versions, plan[field]))
        wrong.push({ field, message: `the feature ${plan.feature} has no version ${plan[field]}` });
      else if (configuration && !Object.hasOwn(configuration.values, plan[field]))
        wrong.push({ field, message: `${plan[field]} has no configuration in ${plan.environment}: save it first` });
    if (Object.hasOwn(found.versions, plan.baseline) && serves !== plan.baseline)
      wrong.push({ field: 'baseline', message: `the feature serves ${serves} as its baseline in ${plan.environment}` });
  }
  const known = new Set(['*', ...cohorts]);
  plan.stages.forEach((stage, i) => {
    for (const cohort of Object.keys(stage.exposure))
      if (!known.has(cohort))
        wrong.push({ field: fieldPath(['stages', i, 'exposure', cohort]), message: `there is no cohort ${cohort}` });
  });
  if (wrong.length > 0) throw badInput(wrong);
}
