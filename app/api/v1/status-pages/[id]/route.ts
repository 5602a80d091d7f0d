import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { getStatusPage } from '@/lib/status/status';

export const GET = route({ ...operations.getStatusPage, run: ({ ctx, params }) => getStatusPage(ctx, params.id) });
