import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { publishPostmortem } from '@/lib/postmortem/publish';

export const POST = route({
  ...operations.publishPostmortem,
  run: ({ ctx, params, input }) => publishPostmortem(ctx, params.id, input),
});
