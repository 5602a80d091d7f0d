import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { getMyNotices, putMyNotices } from '@/lib/notice/mine';

export const GET = route({ ...operations.getMyNotices, run: ({ ctx }) => getMyNotices(ctx) });
export const PUT = route({ ...operations.putMyNotices, run: ({ ctx, input }) => putMyNotices(ctx, input) });
