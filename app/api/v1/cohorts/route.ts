import { listCohorts } from '@/lib/feature/feature';
import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';

export const GET = route({ ...operations.listCohorts, run: ({ ctx }) => listCohorts(ctx) });
