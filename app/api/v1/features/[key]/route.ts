import { getFeature, putFeature } from '@/lib/feature/feature';
import { named } from '@/lib/http/named';
import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';

export const GET = route({ ...operations.getFeature, run: ({ ctx, params }) => getFeature(ctx, params.key) });
export const PUT = route({
  ...operations.putFeature,
  run: ({ ctx, params, input }) => putFeature(ctx, named(params.key, input)),
});
