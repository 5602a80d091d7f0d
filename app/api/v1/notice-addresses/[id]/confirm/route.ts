import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { confirmAddress } from '@/lib/notice/shared-mailbox';

export const POST = route({
  ...operations.confirmNoticeAddress,
  run: ({ ctx, params, input }) => confirmAddress(ctx, params.id, input),
});
