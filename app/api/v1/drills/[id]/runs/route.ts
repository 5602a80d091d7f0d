import { runsOf, startRun } from '@/lib/drill/run/run';
import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';

export const GET = route({
  ...operations.listDrillRuns,
  run: ({ ctx, params, query }) => runsOf(ctx, params.id, query.limit),
});
export const POST = route({
  ...operations.startDrillRun,
  run: ({ ctx, params, input }) => startRun(ctx, params.id, input),
});
