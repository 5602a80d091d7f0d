import { getAutomation } from '@/lib/event/setting';
import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';

export const GET = route({ ...operations.getAutomation, run: ({ ctx }) => getAutomation(ctx.db) });
