import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { decisionsOf } from '@/lib/rollout/rollout';

export const GET = route({ ...operations.listDecisions, run: ({ ctx, params }) => decisionsOf(ctx, params.id) });
