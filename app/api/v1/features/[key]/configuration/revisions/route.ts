import { configurationHistory } from '@/lib/configuration/configuration';
import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';

export const GET = route({
  ...operations.listConfigurationRevisions,
  run: ({ ctx, params, query }) => configurationHistory(ctx, params.key, query.environment),
});
