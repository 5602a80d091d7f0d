import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { acknowledgeRollback } from '@/lib/rollback/person';

export const POST = route({
  ...operations.acknowledgeRollback,
  run: ({ ctx, params, input }) => acknowledgeRollback(ctx, params.id, input),
});
