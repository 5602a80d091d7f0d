import { readinessOfAll } from '@/lib/drill/learn/coverage';
import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';

export const GET = route({ ...operations.readiness, run: ({ ctx, query }) => readinessOfAll(ctx, query) });
