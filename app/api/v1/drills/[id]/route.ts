import { getDrill, putDrill } from '@/lib/drill/drill';
import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';

export const GET = route({ ...operations.getDrill, run: ({ ctx, params }) => getDrill(ctx, params.id) });
export const PUT = route({ ...operations.putDrill, run: ({ ctx, params, input }) => putDrill(ctx, params.id, input) });
