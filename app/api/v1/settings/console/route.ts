import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { getConsoleAddress, putConsoleAddress } from '@/lib/notice/address';

export const GET = route({ ...operations.getConsoleAddress, run: ({ ctx }) => getConsoleAddress(ctx) });
export const PUT = route({ ...operations.putConsoleAddress, run: ({ ctx, input }) => putConsoleAddress(ctx, input) });
