import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { orderMigration } from '@/lib/migration/migration';

export const POST = route({
  ...operations.revertMigration,
  run: ({ ctx, params, input }) => orderMigration(ctx, params.id, params.name, 'revert', input),
});
