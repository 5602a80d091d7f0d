import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { closeAction } from '@/lib/postmortem/action/action';

export const POST = route({
  ...operations.closeAction,
  run: ({ ctx, params, input }) => closeAction(ctx, params.id, input),
});
