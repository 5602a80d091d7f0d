import { previewSchedule } from '@/lib/drill/drill';
import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';

export const GET = route({
  ...operations.drillTimes,
  run: ({ ctx, params, query }) => previewSchedule(ctx, params.id, query),
});
