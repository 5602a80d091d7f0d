import { overridesOf, setOverride } from '@/lib/feature/feature';
import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';

export const GET = route({ ...operations.listOverrides, run: ({ ctx, params }) => overridesOf(ctx, params.key) });
export const POST = route({
  ...operations.setOverride,
  run: ({ ctx, params, input }) => setOverride(ctx, params.key, input),
});
