import { getRun } from '@/lib/drill/run';
import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';

export const GET = route({ ...operations.getDrillRun, run: ({ ctx, params }) => getRun(ctx, params.id) });
