import { attempt, valueOr } from '@/app/ui/attempt';
import type { DrillKnown } from '@/app/ui/drill-fields.client';
import { environmentsOf } from '@/app/ui/environments';
import type { Context } from '@/lib/context';
import { isDrillEnvironment } from '@/lib/drill/model';
import { listCohorts, listFeatures } from '@/lib/feature/feature';

/** What the fields of a drill offer to choose from. */
export async function knownHere(ctx: Context): Promise<DrillKnown> {
  const [features, cohorts, environments] = await Promise.all([
    attempt(listFeatures(ctx)),
    attempt(listCohorts(ctx)),
    environmentsOf(ctx),
  ]);
  return {
    features: valueOr(features, []).map(({ key, owner }) => ({ key, owner })),
    cohorts: valueOr(cohorts, []).map(({ key }) => key),
    environments: environments.filter((name) => !isDrillEnvironment(name)),
  };
}
