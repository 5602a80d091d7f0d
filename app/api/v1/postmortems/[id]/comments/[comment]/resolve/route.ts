import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { resolveComment } from '@/lib/postmortem/comment';

export const POST = route({
  ...operations.resolveComment,
  run: ({ ctx, params }) => resolveComment(ctx, params.id, params.comment),
});
