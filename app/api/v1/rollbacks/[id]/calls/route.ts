import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { callsOf } from '@/lib/rollback/calls';

export const GET = route({ ...operations.listRollbackCalls, run: ({ ctx, params }) => callsOf(ctx, params.id) });
