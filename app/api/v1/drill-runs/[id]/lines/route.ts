import { linesOf } from '@/lib/drill/run/run';
import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';

export const GET = route({
  ...operations.listDrillRunLines,
  run: ({ ctx, params, query }) => linesOf(ctx, params.id, query.after),
});
