import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { decideApproval } from '@/lib/rollout/rollout';

export const POST = route({
  ...operations.refuse,
  run: ({ ctx, params, input }) => decideApproval(ctx, params.id, { approve: false, comment: input.comment }),
});
