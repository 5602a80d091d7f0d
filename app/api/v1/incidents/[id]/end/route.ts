import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { endIncident } from '@/lib/incident/incident';

export const POST = route({
  ...operations.endIncident,
  run: ({ ctx, params, input }) => endIncident(ctx, params.id, input),
});
