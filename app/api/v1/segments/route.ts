import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { segments } from '@/lib/signal/signal';

export const GET = route({ ...operations.listSegments, run: ({ ctx, query }) => segments(ctx, query) });
