import { runReport } from '@/app/ui/drill/run/lessons';
import { getRun } from '@/lib/drill/run/run';
import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';

export const GET = route({
  ...operations.getDrillRun,
  run: async ({ ctx, params, query }) => {
    const run = await getRun(ctx, params.id);
    if (query.as === undefined) return run;
    return new Response(runReport(run), {
      headers: {
        'content-type': 'text/markdown; charset=utf-8',
        'content-disposition': `attachment; filename="drill-${run.id}.md"`,
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
      },
    });
  },
});
