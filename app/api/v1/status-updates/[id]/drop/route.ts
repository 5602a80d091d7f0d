import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { dropUpdate } from '@/lib/status/update';

export const POST = route({
  ...operations.dropStatusUpdate,
  run: ({ ctx, params, input }) => dropUpdate(ctx, params.id, input),
});
