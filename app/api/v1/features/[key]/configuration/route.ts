import { getConfiguration, putConfiguration } from '@/lib/configuration/configuration';
import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';

export const GET = route({
  ...operations.getConfiguration,
  run: ({ ctx, params, query }) => getConfiguration(ctx, params.key, query.environment),
});
export const PUT = route({
  ...operations.putConfiguration,
  run: ({ ctx, params, input }) => putConfiguration(ctx, params.key, input),
});
