import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { testAddress } from '@/lib/notice/address';

export const POST = route({ ...operations.testNoticeAddress, run: ({ ctx, params }) => testAddress(ctx, params.id) });
