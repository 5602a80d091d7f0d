import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { putRunbook, runbookOf } from '@/lib/runbook/runbook';

export const GET = route({ ...operations.runbookOf, run: ({ ctx, params }) => runbookOf(ctx, params.key) });
export const PUT = route({
  ...operations.putRunbook,
  run: ({ ctx, params, input }) => putRunbook(ctx, params.key, input),
});
