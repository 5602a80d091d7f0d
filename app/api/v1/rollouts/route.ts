import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { createRollout, listRollouts } from '@/lib/rollout/rollout';

export const GET = route({
  ...operations.listRollouts,
  run: ({ ctx, query: { state, ...filter } }) => listRollouts(ctx, { ...filter, states: state }),
});
export const POST = route({ ...operations.createRollout, run: ({ ctx, input }) => createRollout(ctx, input) });
