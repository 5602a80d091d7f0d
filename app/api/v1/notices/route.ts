import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { listNotices } from '@/lib/notice/notice';

export const GET = route({ ...operations.listNotices, run: ({ ctx, query }) => listNotices(ctx, query) });
