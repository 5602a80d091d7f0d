import { resumeAutomation } from '@/lib/event/setting';
import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';

export const POST = route({
  ...operations.resumeAutomation,
  run: ({ ctx, input }) => resumeAutomation(ctx, input.reason),
});
