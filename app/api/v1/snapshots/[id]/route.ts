import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { getSnapshot } from '@/lib/snapshot/snapshot';

export const GET = route({ ...operations.getSnapshot, run: ({ ctx, params }) => getSnapshot(ctx, params.id) });
