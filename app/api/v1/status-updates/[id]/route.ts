import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { editUpdate, getUpdate } from '@/lib/status/update';

export const GET = route({ ...operations.getStatusUpdate, run: ({ ctx, params }) => getUpdate(ctx, params.id) });
export const PUT = route({
  ...operations.editStatusUpdate,
  run: ({ ctx, params, input }) => editUpdate(ctx, params.id, input),
});
