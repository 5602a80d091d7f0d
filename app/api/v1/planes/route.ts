import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { createPlane, listPlanes } from '@/lib/plane/plane';

export const GET = route({ ...operations.listPlanes, run: ({ ctx }) => listPlanes(ctx) });
export const POST = route({ ...operations.createPlane, run: ({ ctx, input }) => createPlane(ctx, input) });
