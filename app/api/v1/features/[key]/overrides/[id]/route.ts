import { removeOverride } from '@/lib/feature/feature';
import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';

export const DELETE = route({
  ...operations.removeOverride,
  run: ({ ctx, params, query }) => removeOverride(ctx, params.key, params.id, query.reason),
});
