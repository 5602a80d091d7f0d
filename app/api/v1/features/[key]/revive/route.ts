import { getFeature, revive } from '@/lib/feature/feature';
import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';

export const POST = route({
  ...operations.reviveFeature,
  run: async ({ ctx, params, input }) => {
    await revive(ctx, params.key, { environment: input.environment ?? null, reason: input.reason });
    return getFeature(ctx, params.key);
  },
});
