import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { closeStatusPage } from '@/lib/status/status';

export const POST = route({
  ...operations.closeStatusPage,
  run: ({ ctx, params, input }) => closeStatusPage(ctx, params.id, input),
});
