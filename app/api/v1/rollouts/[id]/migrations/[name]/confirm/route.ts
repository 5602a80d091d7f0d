import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { confirmMigration } from '@/lib/migration/migration';

export const POST = route({
  ...operations.confirmMigration,
  run: ({ ctx, params, input }) => confirmMigration(ctx, params.id, params.name, input),
});
