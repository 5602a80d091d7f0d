import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { readPlane } from '@/lib/plane/plane';

export const GET = route({
  ...operations.readPlane,
  run: ({ ctx, params, query }) => readPlane(ctx, params.id, query),
});
