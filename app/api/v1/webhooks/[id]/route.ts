import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { getWebhook, putWebhook, removeWebhook } from '@/lib/webhook/target';

export const GET = route({ ...operations.getWebhook, run: ({ ctx, params }) => getWebhook(ctx, params.id) });
export const PUT = route({
  ...operations.putWebhook,
  run: ({ ctx, params, input }) => putWebhook(ctx, params.id, input),
});
export const DELETE = route({ ...operations.removeWebhook, run: ({ ctx, params }) => removeWebhook(ctx, params.id) });
