import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { getActionDays, putActionDays } from '@/lib/postmortem/action/days';

export const GET = route({ ...operations.getActionDays, run: ({ ctx }) => getActionDays(ctx) });
export const PUT = route({ ...operations.putActionDays, run: ({ ctx, input }) => putActionDays(ctx, input) });
