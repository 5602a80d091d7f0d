import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { compareVersions } from '@/lib/postmortem/compare';

export const GET = route({
  ...operations.comparePostmortem,
  run: ({ ctx, params, query }) => compareVersions(ctx, params.id, query),
});
