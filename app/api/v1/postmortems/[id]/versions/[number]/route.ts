import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { getVersion } from '@/lib/postmortem/postmortem';

export const GET = route({
  ...operations.getPostmortemVersion,
  run: ({ ctx, params }) => getVersion(ctx, params.id, params.number),
});
