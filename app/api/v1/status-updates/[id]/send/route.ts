import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { sendUpdate } from '@/lib/status/update';

export const POST = route({
  ...operations.sendStatusUpdate,
  run: ({ ctx, params, input }) => sendUpdate(ctx, params.id, input),
});
