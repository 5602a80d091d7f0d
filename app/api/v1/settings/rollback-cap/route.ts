import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { getRollbackCap, putRollbackCap } from '@/lib/rollout/act/cap';

export const GET = route({ ...operations.getRollbackCap, run: ({ ctx }) => getRollbackCap(ctx) });
export const PUT = route({ ...operations.putRollbackCap, run: ({ ctx, input }) => putRollbackCap(ctx, input) });
