import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { preview } from '@/lib/rollout/rollout';

export const GET = route({
  ...operations.previewVerb,
  run: ({ ctx, params, query }) => preview(ctx, params.id, query.verb, query.cohorts),
});
