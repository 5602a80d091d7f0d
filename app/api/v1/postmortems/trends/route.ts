import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { postmortemTrends } from '@/lib/postmortem/learn/trends';

export const GET = route({ ...operations.postmortemTrends, run: ({ ctx, query }) => postmortemTrends(ctx, query) });
