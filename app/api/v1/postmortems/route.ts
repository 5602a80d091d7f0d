import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { listPostmortems } from '@/lib/postmortem/postmortem';
import { openPostmortem } from '@/lib/postmortem/stretch';

export const GET = route({
  ...operations.listPostmortems,
  run: ({ ctx, query: { openActions, ...filter } }) =>
    listPostmortems(ctx, { ...filter, ...(openActions === undefined ? {} : { openActions: openActions === 'true' }) }),
});
export const POST = route({ ...operations.openPostmortem, run: ({ ctx, input }) => openPostmortem(ctx, input) });
