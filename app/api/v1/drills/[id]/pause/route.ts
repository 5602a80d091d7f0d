import { pauseDrill } from '@/lib/drill/drill';
import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';

export const POST = route({
  ...operations.pauseDrill,
  run: ({ ctx, params, input }) => pauseDrill(ctx, params.id, true, input),
});
