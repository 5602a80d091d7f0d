import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { metricsOf } from '@/lib/signal/signal';

export const GET = route({ ...operations.listMetrics, run: ({ ctx, query }) => metricsOf(ctx, query) });
