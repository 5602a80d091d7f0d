import { operations } from '@/lib/http/operations';
import { period } from '@/lib/http/period';
import { route } from '@/lib/http/route';
import { getRollout } from '@/lib/rollout/rollout';
import { series } from '@/lib/signal/signal';

export const GET = route({
  ...operations.getRolloutSeries,
  run: async ({ ctx, params, query }) => {
    const { feature, environment, plan } = await getRollout(ctx, params.id);
    const versions = [plan.baseline, plan.candidate];
    return series(ctx, { ...query, ...period(query, ctx.now()), feature, environment, versions });
  },
});
