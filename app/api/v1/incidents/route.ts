import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { listIncidents } from '@/lib/incident/incident';

export const GET = route({
  ...operations.listIncidents,
  run: ({ ctx, query: { open, ...filter } }) =>
    listIncidents(ctx, { ...filter, ...(open === undefined ? {} : { open: open === 'true' }) }),
});
