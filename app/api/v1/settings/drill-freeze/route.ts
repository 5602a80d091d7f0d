import { getFreeze, putFreeze } from '@/lib/drill/drill';
import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';

export const GET = route({ ...operations.getDrillFreeze, run: ({ ctx }) => getFreeze(ctx) });
export const PUT = route({ ...operations.putDrillFreeze, run: ({ ctx, input }) => putFreeze(ctx, input) });
