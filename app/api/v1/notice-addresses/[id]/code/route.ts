import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { resendAddressCode } from '@/lib/notice/shared-mailbox';

export const POST = route({
  ...operations.resendNoticeAddressCode,
  run: ({ ctx, params }) => resendAddressCode(ctx, params.id),
});
