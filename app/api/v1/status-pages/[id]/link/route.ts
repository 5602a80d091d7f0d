import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { linkStatusPage } from '@/lib/status/status';

export const POST = route({
  ...operations.linkStatusPage,
  run: ({ ctx, params, input }) => linkStatusPage(ctx, params.id, input),
});
