import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { listDeliveries, orderAgain } from '@/lib/plane/deliveries';

export const GET = route({ ...operations.listPlaneDeliveries, run: ({ ctx, query }) => listDeliveries(ctx, query) });
export const POST = route({ ...operations.orderAgain, run: ({ ctx, input }) => orderAgain(ctx, input) });
