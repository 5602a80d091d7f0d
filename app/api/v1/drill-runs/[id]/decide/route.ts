import { decideRun } from '@/lib/drill/run/run';
import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';

export const POST = route({
  ...operations.decideDrillRun,
  run: ({ ctx, params, input }) => decideRun(ctx, params.id, input),
});
