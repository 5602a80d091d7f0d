import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { previewRestore, restoreSnapshot } from '@/lib/rollback/restore';

export const GET = route({ ...operations.previewRestore, run: ({ ctx, params }) => previewRestore(ctx, params.id) });
export const POST = route({
  ...operations.restoreSnapshot,
  run: ({ ctx, params, input }) => restoreSnapshot(ctx, params.id, input),
});
