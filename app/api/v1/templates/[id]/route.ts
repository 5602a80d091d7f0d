import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { getTemplate, putTemplate, removeTemplate } from '@/lib/template/template';

export const GET = route({ ...operations.getTemplate, run: ({ ctx, params }) => getTemplate(ctx, params.id) });
export const PUT = route({
  ...operations.putTemplate,
  run: ({ ctx, params, input }) => putTemplate(ctx, params.id, input),
});
export const DELETE = route({ ...operations.removeTemplate, run: ({ ctx, params }) => removeTemplate(ctx, params.id) });
