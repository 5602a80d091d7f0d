import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { resendMyCode } from '@/lib/notice/mine';

export const POST = route({ ...operations.resendMyCode, run: ({ ctx }) => resendMyCode(ctx) });
