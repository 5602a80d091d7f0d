import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { getNoticeDefaults, putNoticeDefaults } from '@/lib/notice/mine';

export const GET = route({ ...operations.getNoticeDefaults, run: ({ ctx }) => getNoticeDefaults(ctx) });
export const PUT = route({ ...operations.putNoticeDefaults, run: ({ ctx, input }) => putNoticeDefaults(ctx, input) });
