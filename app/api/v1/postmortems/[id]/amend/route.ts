import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { amendPostmortem } from '@/lib/postmortem/edit';

export const POST = route({
  ...operations.amendPostmortem,
  run: ({ ctx, params, input }) => amendPostmortem(ctx, params.id, input),
});
