import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { getVerdict } from '@/lib/rollout/rollout';

export const GET = route({ ...operations.getVerdict, run: ({ ctx, params }) => getVerdict(ctx, params.id) });
