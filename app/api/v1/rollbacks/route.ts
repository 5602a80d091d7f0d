import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { listRollbacks } from '@/lib/rollback/rollback';

export const GET = route({ ...operations.listRollbacks, run: ({ ctx, query }) => listRollbacks(ctx, query) });
