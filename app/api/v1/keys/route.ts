import { createKey, listKeys } from '@/lib/access/access';
import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';

export const GET = route({ ...operations.listKeys, run: ({ ctx }) => listKeys(ctx) });
export const POST = route({ ...operations.createKey, run: ({ ctx, input }) => createKey(ctx, input) });
