import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { markIncident } from '@/lib/incident/incident';

export const POST = route({
  ...operations.markIncident,
  run: ({ ctx, params, input }) => markIncident(ctx, params.key, input),
});
