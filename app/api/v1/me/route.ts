import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';

export const GET = route({ ...operations.getMe, run: async ({ ctx }) => ctx.actor });
