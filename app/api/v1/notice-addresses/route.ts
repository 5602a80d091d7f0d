import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { addAddress, listAddresses } from '@/lib/notice/address';

export const GET = route({ ...operations.listNoticeAddresses, run: ({ ctx }) => listAddresses(ctx) });
export const POST = route({ ...operations.addNoticeAddress, run: ({ ctx, input }) => addAddress(ctx, input) });
