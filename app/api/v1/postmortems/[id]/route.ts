import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { editPostmortem } from '@/lib/postmortem/edit';
import { getPostmortem } from '@/lib/postmortem/postmortem';

export const GET = route({ ...operations.getPostmortem, run: ({ ctx, params }) => getPostmortem(ctx, params.id) });
export const PUT = route({
  ...operations.editPostmortem,
  run: ({ ctx, params, input }) => editPostmortem(ctx, params.id, input),
});
