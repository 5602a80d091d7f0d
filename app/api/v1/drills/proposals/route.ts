import { proposeDrills } from '@/lib/drill/propose';
import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';

export const GET = route({ ...operations.proposeDrills, run: ({ ctx, query }) => proposeDrills(ctx, query) });
