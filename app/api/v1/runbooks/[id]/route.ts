import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { getRunbook } from '@/lib/runbook/runbook';

export const GET = route({ ...operations.getRunbook, run: ({ ctx, params }) => getRunbook(ctx, params.id) });
