import { optOutsOf } from '@/lib/feature/feature';
import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';

export const GET = route({ ...operations.listOptOuts, run: ({ ctx, params }) => optOutsOf(ctx, params.key) });
