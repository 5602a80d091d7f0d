import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { getEvidence } from '@/lib/postmortem/postmortem';

export const GET = route({
  ...operations.getPostmortemEvidence,
  run: ({ ctx, params }) => getEvidence(ctx, params.id, params.number),
});
