import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { decideApproval } from '@/lib/rollout/rollout';

export const POST = route({
  ...operations.approve,
  run: ({ ctx, params, input }) => decideApproval(ctx, params.id, { approve: true, comment: input.comment }),
});
