import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { listSnapshots, takeSnapshotNow } from '@/lib/snapshot/snapshot';

export const GET = route({
  ...operations.listSnapshots,
  run: ({ ctx, params, query }) => listSnapshots(ctx, params.key, query),
});
export const POST = route({
  ...operations.takeSnapshot,
  run: ({ ctx, params, input }) => takeSnapshotNow(ctx, params.key, input),
});
