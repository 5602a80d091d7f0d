import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { getDatabase, putDatabase, removeDatabase } from '@/lib/migration/target';

export const GET = route({ ...operations.getDatabase, run: ({ ctx, params }) => getDatabase(ctx, params.id) });
export const PUT = route({
  ...operations.putDatabase,
  run: ({ ctx, params, input }) => putDatabase(ctx, params.id, input),
});
export const DELETE = route({ ...operations.removeDatabase, run: ({ ctx, params }) => removeDatabase(ctx, params.id) });
