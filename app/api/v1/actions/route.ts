import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { listActions } from '@/lib/postmortem/action/action';

export const GET = route({
  ...operations.listActions,
  run: ({ ctx, query: { overdue, ...filter } }) =>
    listActions(ctx, { ...filter, ...(overdue === undefined ? {} : { overdue: overdue === 'true' }) }),
});
