import { previewSchedule } from '@/lib/drill/drill';
import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';

export const POST = route({
  ...operations.previewDrill,
  run: ({ ctx, query, input }) => previewSchedule(ctx, input, query),
});
