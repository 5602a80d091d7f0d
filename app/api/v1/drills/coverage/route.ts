import { coverage } from '@/lib/drill/learn/coverage';
import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';

export const GET = route({ ...operations.drillCoverage, run: ({ ctx, query }) => coverage(ctx, query) });
