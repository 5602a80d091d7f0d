import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { getOpeningTemplate, putOpeningTemplate } from '@/lib/postmortem/opening-template';

export const GET = route({ ...operations.getPostmortemTemplate, run: ({ ctx }) => getOpeningTemplate(ctx) });
export const PUT = route({
  ...operations.putPostmortemTemplate,
  run: ({ ctx, input }) => putOpeningTemplate(ctx, input),
});
