import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { getPlane, putPlane, removePlane } from '@/lib/plane/plane';

export const GET = route({ ...operations.getPlane, run: ({ ctx, params }) => getPlane(ctx, params.id) });
export const PUT = route({ ...operations.putPlane, run: ({ ctx, params, input }) => putPlane(ctx, params.id, input) });
export const DELETE = route({ ...operations.removePlane, run: ({ ctx, params }) => removePlane(ctx, params.id) });
