import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { looksOf } from '@/lib/rollout/rollout';

export const GET = route({
  ...operations.listLooks,
  // An empty cohort asks for the overall looks.
  run: ({ ctx, params, query: { cohort, ...filter } }) =>
    looksOf(ctx, params.id, { ...filter, ...(cohort === undefined ? {} : { cohort: cohort || null }) }),
});
