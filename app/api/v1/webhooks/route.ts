import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { createWebhook, listWebhooks } from '@/lib/webhook/target';

export const GET = route({ ...operations.listWebhooks, run: ({ ctx }) => listWebhooks(ctx) });
export const POST = route({ ...operations.createWebhook, run: ({ ctx, input }) => createWebhook(ctx, input) });
