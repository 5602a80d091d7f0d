import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { changeAction, getAction } from '@/lib/postmortem/action/action';

export const GET = route({ ...operations.getAction, run: ({ ctx, params }) => getAction(ctx, params.id) });
export const PUT = route({
  ...operations.changeAction,
  run: ({ ctx, params, input }) => changeAction(ctx, params.id, input),
});
