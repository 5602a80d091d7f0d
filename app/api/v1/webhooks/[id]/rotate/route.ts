import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { rotateWebhook } from '@/lib/webhook/target';

export const POST = route({
  ...operations.rotateWebhook,
  run: ({ ctx, params, input }) => rotateWebhook(ctx, params.id, input),
});
