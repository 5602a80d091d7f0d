import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { listDeliveries } from '@/lib/plane/deliveries';

export const GET = route({ ...operations.listPlaneDeliveries, run: ({ ctx, query }) => listDeliveries(ctx, query) });
