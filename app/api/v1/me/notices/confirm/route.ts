import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { confirmMyMailbox } from '@/lib/notice/mine';

export const POST = route({ ...operations.confirmMyMailbox, run: ({ ctx, input }) => confirmMyMailbox(ctx, input) });
