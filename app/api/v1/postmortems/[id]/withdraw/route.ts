import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { withdrawReview } from '@/lib/postmortem/review';

export const POST = route({
  ...operations.withdrawReview,
  run: ({ ctx, params }) => withdrawReview(ctx, params.id),
});
