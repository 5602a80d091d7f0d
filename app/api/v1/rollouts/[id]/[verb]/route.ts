import { notFound } from '@/lib/errors';
import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { verbs } from '@/lib/rollout/model';
import { perform } from '@/lib/rollout/rollout';

export const POST = route({
  ...operations.performVerb,
  run: ({ ctx, params, input }) => {
    const verb = verbs.find((known) => known === params.verb);
    if (!verb) throw notFound('verb', params.verb);
    return perform(ctx, params.id, verb, input);
  },
});
