import { stopAutomation } from '@/lib/event/setting';
import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';

export const POST = route({
  ...operations.stopAutomation,
  run: ({ ctx, input }) => stopAutomation(ctx, input.reason),
});
