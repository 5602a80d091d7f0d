import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { addAction } from '@/lib/postmortem/action/action';

export const POST = route({
  ...operations.addAction,
  run: ({ ctx, params, input }) => addAction(ctx, params.id, input),
});
