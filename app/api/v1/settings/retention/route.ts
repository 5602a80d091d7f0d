import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { getRetention, putRetention } from '@/lib/signal/keep';

export const GET = route({ ...operations.getRetention, run: ({ ctx }) => getRetention(ctx) });
export const PUT = route({ ...operations.putRetention, run: ({ ctx, input }) => putRetention(ctx, input) });
