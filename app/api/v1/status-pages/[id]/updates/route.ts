import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { writeUpdate } from '@/lib/status/update';

export const POST = route({
  ...operations.writeStatusUpdate,
  run: ({ ctx, params, input }) => writeUpdate(ctx, params.id, input),
});
