import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { excessOf } from '@/lib/rollout/explain/excess';

export const GET = route({
  ...operations.getExcess,
  // An empty cohort asks for all together.
  run: ({ ctx, params, query: { criterion, cohort } }) =>
    excessOf(ctx, params.id, criterion === undefined ? {} : { criterion, cohort: cohort || null }),
});
