import { correctClock } from '@/lib/drill/run/run';
import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';

export const POST = route({
  ...operations.correctDrillRun,
  run: ({ ctx, params, input }) => correctClock(ctx, params.id, input),
});
