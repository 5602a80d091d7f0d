import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { retryRollback } from '@/lib/rollback/person';

export const POST = route({
  ...operations.retryRollback,
  run: ({ ctx, params, input }) => retryRollback(ctx, params.id, input),
});
