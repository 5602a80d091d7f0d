import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { changeAddress, removeAddress } from '@/lib/notice/address';

export const PUT = route({
  ...operations.changeNoticeAddress,
  run: ({ ctx, params, input }) => changeAddress(ctx, params.id, input),
});
export const DELETE = route({
  ...operations.removeNoticeAddress,
  run: ({ ctx, params }) => removeAddress(ctx, params.id),
});
