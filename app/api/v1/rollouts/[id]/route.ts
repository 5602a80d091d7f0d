import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { deleteRollout, editRollout, getRollout } from '@/lib/rollout/rollout';

export const GET = route({ ...operations.getRollout, run: ({ ctx, params }) => getRollout(ctx, params.id) });
export const PUT = route({
  ...operations.editRollout,
  run: ({ ctx, params, input }) => editRollout(ctx, params.id, input),
});
export const DELETE = route({ ...operations.deleteRollout, run: ({ ctx, params }) => deleteRollout(ctx, params.id) });
