import { revokeKey } from '@/lib/access/access';
import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';

export const DELETE = route({ ...operations.revokeKey, run: ({ ctx, params }) => revokeKey(ctx, params.id) });
