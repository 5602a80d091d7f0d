import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { addComment } from '@/lib/postmortem/comment';

export const POST = route({
  ...operations.commentPostmortem,
  run: ({ ctx, params, input }) => addComment(ctx, params.id, input),
});
