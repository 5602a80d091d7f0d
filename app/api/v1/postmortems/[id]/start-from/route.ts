import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { startFrom } from '@/lib/postmortem/edit';

export const POST = route({
  ...operations.startPostmortemFrom,
  run: ({ ctx, params, input }) => startFrom(ctx, params.id, input),
});
