import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { compareSnapshots } from '@/lib/snapshot/snapshot';

export const GET = route({
  ...operations.compareSnapshots,
  run: ({ ctx, params, query }) => compareSnapshots(ctx, params.id, query.with),
});
