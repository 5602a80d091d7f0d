import { history } from '@/lib/event/event';
import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';

export const GET = route({
  ...operations.listEvents,
  run: ({ ctx, query: { rollout, kind, ...filter } }) => history(ctx, { ...filter, rolloutId: rollout, kinds: kind }),
});
