import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { rejections } from '@/lib/signal/signal';

export const GET = route({ ...operations.listRejections, run: ({ ctx, query }) => rejections(ctx, query.limit) });
