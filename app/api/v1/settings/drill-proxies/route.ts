import { getDrillProxies, putDrillProxies } from '@/lib/drill/drill';
import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';

export const GET = route({ ...operations.getDrillProxies, run: ({ ctx }) => getDrillProxies(ctx) });
export const PUT = route({ ...operations.putDrillProxies, run: ({ ctx, input }) => putDrillProxies(ctx, input) });
