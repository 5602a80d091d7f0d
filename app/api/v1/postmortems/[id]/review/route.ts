import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { reviewPostmortem } from '@/lib/postmortem/review';

export const POST = route({
  ...operations.reviewPostmortem,
  run: ({ ctx, params, input }) => reviewPostmortem(ctx, params.id, input),
});
