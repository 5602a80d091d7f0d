import { getFeature, kill } from '@/lib/feature/feature';
import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';

export const POST = route({
  ...operations.killFeature,
  run: async ({ ctx, params, input }) => {
    await kill(ctx, params.key, { environment: input.environment ?? null, reason: input.reason });
    return getFeature(ctx, params.key);
  },
});
