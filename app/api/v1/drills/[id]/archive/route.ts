import { archiveDrill } from '@/lib/drill/drill';
import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';

export const POST = route({
  ...operations.archiveDrill,
  run: ({ ctx, params, input }) => archiveDrill(ctx, params.id, input),
});
