import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { redraftPostmortem } from '@/lib/postmortem/postmortem';

export const POST = route({
  ...operations.redraftPostmortem,
  run: ({ ctx, params }) => redraftPostmortem(ctx, params.id),
});
