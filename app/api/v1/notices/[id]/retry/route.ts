import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { retryNotice } from '@/lib/notice/notice';

export const POST = route({ ...operations.retryNotice, run: ({ ctx, params }) => retryNotice(ctx, params.id) });
