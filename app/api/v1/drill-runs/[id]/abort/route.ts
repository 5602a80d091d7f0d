import { abortRun } from '@/lib/drill/run/run';
import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';

export const POST = route({
  ...operations.abortDrillRun,
  run: ({ ctx, params, input }) => abortRun(ctx, params.id, input),
});
