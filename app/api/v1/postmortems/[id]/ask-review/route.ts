import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { askReview } from '@/lib/postmortem/review';

export const POST = route({
  ...operations.askReview,
  run: ({ ctx, params, input }) => askReview(ctx, params.id, input),
});
