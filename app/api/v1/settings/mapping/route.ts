import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { getMapping, putMapping } from '@/lib/signal/signal';

export const GET = route({ ...operations.getMapping, run: ({ ctx }) => getMapping(ctx) });
export const PUT = route({ ...operations.putMapping, run: ({ ctx, input }) => putMapping(ctx, input) });
