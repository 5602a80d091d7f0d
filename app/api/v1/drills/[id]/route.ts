import { getDrill, putDrill } from '@/lib/drill/drill';
import { exportDrill } from '@/lib/drill/export';
import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { wantsYaml, yamlAnswer } from '@/lib/http/yaml';

export const GET = route({
  ...operations.getDrill,
  run: async ({ ctx, params, request }) =>
    wantsYaml(request) ? yamlAnswer(await exportDrill(ctx, params.id)) : getDrill(ctx, params.id),
});
export const PUT = route({ ...operations.putDrill, run: ({ ctx, params, input }) => putDrill(ctx, params.id, input) });
