import { operations } from '@/lib/http/operations';
import { period } from '@/lib/http/period';
import { route } from '@/lib/http/route';
import { series } from '@/lib/signal/signal';

export const GET = route({
  ...operations.getFeatureSeries,
  run: ({ ctx, params, query }) => series(ctx, { ...query, ...period(query, ctx.now()), feature: params.key }),
});
