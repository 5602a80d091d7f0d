import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { getTracker, putTracker } from '@/lib/postmortem/action/tracker';

export const GET = route({ ...operations.getTracker, run: ({ ctx }) => getTracker(ctx) });
export const PUT = route({ ...operations.putTracker, run: ({ ctx, input }) => putTracker(ctx, input) });
