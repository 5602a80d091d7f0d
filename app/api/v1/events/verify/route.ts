import { verifyChain } from '@/lib/event/event';
import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';

export const GET = route({ ...operations.verifyEvents, run: ({ ctx }) => verifyChain(ctx.db) });
