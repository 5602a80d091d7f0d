import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { getRollback } from '@/lib/rollback/rollback';

export const GET = route({ ...operations.getRollback, run: ({ ctx, params }) => getRollback(ctx, params.id) });
