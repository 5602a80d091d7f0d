import { skipsOf } from '@/lib/drill/drill';
import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';

export const GET = route({ ...operations.drillSkips, run: ({ ctx, params, query }) => skipsOf(ctx, params.id, query) });
