import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { tickRollback } from '@/lib/rollback/person';

export const POST = route({
  ...operations.tickRollback,
  run: ({ ctx, params, input }) => tickRollback(ctx, params.id, input),
});
