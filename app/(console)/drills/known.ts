import type { DrillKnown } from '@/app/ui/drill/fields.client';
import { environmentsOf } from '@/app/ui/frame/environments';
import { attempt, valueOr } from '@/app/ui/page/attempt';
import type { Context } from '@/lib/context';
import { isDrillEnvironment } from '@/lib/drill/model';
import { listCohorts, listFeatures } from '@/lib/feature/feature';
import { listDatabases } from '@/lib/migration/target';
import { listRollouts } from '@/lib/rollout/rollout';
import { listRunbooks } from '@/lib/runbook/runbook';
import { listWebhooks } from '@/lib/webhook/target';

const most = 200;

/** What the fields of a drill offer to choose from. Names of databases and webhooks are for those who administer. */
export async function knownHere(ctx: Context): Promise<DrillKnown> {
  const [features, cohorts, environments, rollouts, runbooks, databases, webhooks] = await Promise.all([
    attempt(listFeatures(ctx)),
    attempt(listCohorts(ctx)),
    environmentsOf(ctx),
    attempt(listRollouts(ctx, { limit: most })),
    attempt(listRunbooks(ctx)),
    attempt(listDatabases(ctx)),
    attempt(listWebhooks(ctx)),
  ]);
  return {
    features: valueOr(features, []).map(({ key, owner }) => ({ key, owner })),
    cohorts: valueOr(cohorts, []).map(({ key }) => key),
    environments: environments.filter((name) => !isDrillEnvironment(name)),
    rollouts: valueOr(rollouts, []).map(({ id, feature, environment, plan, state, createdAt }) => ({
      id,
      feature,
      environment,
      label: `${plan.candidate}, ${state.replace('_', ' ')}, of ${createdAt.slice(0, 10)}`,
    })),
    runbooks: valueOr(runbooks, []).flatMap(({ id, feature, name, version }) =>
      id === null ? [] : [{ id, feature, label: `${name}, version ${version}` }],
    ),
    databases: valueOr(databases, []).map(({ name }) => name),
    webhooks: valueOr(webhooks, []).map(({ name }) => name),
  };
}
