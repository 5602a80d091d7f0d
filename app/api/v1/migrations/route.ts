import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { backlog } from '@/lib/migration/migration';

export const GET = route({ ...operations.listBacklog, run: ({ ctx }) => backlog(ctx) });
