import { deleteCohort, getCohort, putCohort } from '@/lib/feature/feature';
import { named } from '@/lib/http/named';
import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';

export const GET = route({ ...operations.getCohort, run: ({ ctx, params }) => getCohort(ctx, params.key) });
export const PUT = route({
  ...operations.putCohort,
  run: ({ ctx, params, input }) => putCohort(ctx, named(params.key, input)),
});
export const DELETE = route({
  ...operations.deleteCohort,
  run: ({ ctx, params, query }) => deleteCohort(ctx, params.key, query.reason),
});
