import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { getRollout } from '@/lib/rollout/rollout';
import { metricsOf } from '@/lib/signal/signal';

export const GET = route({
  ...operations.listRolloutMetrics,
  run: async ({ ctx, params }) => {
    const { feature, environment } = await getRollout(ctx, params.id);
    return metricsOf(ctx, { feature, environment });
  },
});
