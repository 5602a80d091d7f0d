import { restoreRevision } from '@/lib/configuration/configuration';
import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';

export const POST = route({
  ...operations.restoreConfiguration,
  run: ({ ctx, params, input }) => restoreRevision(ctx, params.key, params.revision, input),
});
