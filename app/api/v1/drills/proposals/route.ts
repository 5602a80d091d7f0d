import { proposeDrills } from '@/lib/drill/learn/propose';
import { parseDrill } from '@/lib/drill/parse';
import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';

export const GET = route({
  ...operations.proposeDrills,
  // Whole, with all that is left out on the page: it answers with what planning it will answer with.
  run: async ({ ctx, query }) =>
    (await proposeDrills(ctx, query)).map((proposal) => ({ ...proposal, drill: parseDrill(proposal.drill) })),
});
