import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { listApprovals } from '@/lib/rollout/rollout';

export const GET = route({
  ...operations.listApprovals,
  run: ({ ctx, query }) => listApprovals(ctx, { state: query.state, rolloutId: query.rollout }),
});
