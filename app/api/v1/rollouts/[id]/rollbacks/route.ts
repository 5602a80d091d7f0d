import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { rollbacksOf } from '@/lib/rollback/rollback';

export const GET = route({ ...operations.listRolloutRollbacks, run: ({ ctx, params }) => rollbacksOf(ctx, params.id) });
