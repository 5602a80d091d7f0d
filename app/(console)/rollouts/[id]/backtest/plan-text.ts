/** What of a plan can be edited in a backtest, as the editor shows it: without what goes without saying. */
import type { Plan } from '@/lib/rollout/model';

export function planText(plan: Plan): Record<string, unknown> {
  return {
    criteria: plan.criteria.map(({ where, ...criterion }) => ({
      ...criterion,
      ...(Object.keys(where).length > 0 ? { where } : {}),
    })),
    falseRollbackRate: `${plan.falseRollbackRate}%`,
    onRegression: plan.onRegression,
    ...(plan.onRegressionScope === 'rollout' ? {} : { onRegressionScope: plan.onRegressionScope }),
    ...(Object.keys(plan.onUnknown ?? {}).length > 0 ? { onUnknown: plan.onUnknown } : {}),
    stages: plan.stages.map(({ name, gate, minDuration, minSamples, maxDuration, onTimeout, approval }) => ({
      name,
      gate,
      minDuration,
      minSamples,
      ...(maxDuration === undefined ? {} : { maxDuration, onTimeout }),
      ...(approval ? { approval } : {}),
    })),
  };
}
