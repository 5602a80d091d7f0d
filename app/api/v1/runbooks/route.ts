import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { listRunbooks } from '@/lib/runbook/runbook';

export const GET = route({ ...operations.listRunbooks, run: ({ ctx }) => listRunbooks(ctx) });
