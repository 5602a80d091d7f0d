import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { testWebhook } from '@/lib/webhook/target';

export const POST = route({ ...operations.testWebhook, run: ({ ctx, params }) => testWebhook(ctx, params.id) });
