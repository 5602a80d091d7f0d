import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { unlinkStatusPage } from '@/lib/status/status';

export const POST = route({
  ...operations.unlinkStatusPage,
  run: ({ ctx, params }) => unlinkStatusPage(ctx, params.id),
});
