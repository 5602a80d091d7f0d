import { getDrillLimit, putDrillLimit } from '@/lib/drill/drill';
import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';

export const GET = route({ ...operations.getDrillLimit, run: ({ ctx }) => getDrillLimit(ctx) });
export const PUT = route({ ...operations.putDrillLimit, run: ({ ctx, input }) => putDrillLimit(ctx, input) });
