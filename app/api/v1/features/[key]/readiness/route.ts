import { readiness } from '@/lib/drill/learn/coverage';
import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';

export const GET = route({
  ...operations.readinessOf,
  run: ({ ctx, params, query }) => readiness(ctx, params.key, query),
});
