import { createDrill, listDrills } from '@/lib/drill/drill';
import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';

export const GET = route({
  ...operations.listDrills,
  run: ({ ctx, query: { archived, ...filter } }) => listDrills(ctx, { ...filter, archived: archived === 'true' }),
});
export const POST = route({ ...operations.createDrill, run: ({ ctx, input }) => createDrill(ctx, input) });
