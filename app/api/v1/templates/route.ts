import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { createTemplate, listTemplates } from '@/lib/template/template';

export const GET = route({ ...operations.listTemplates, run: ({ ctx, query }) => listTemplates(ctx, query) });
export const POST = route({ ...operations.createTemplate, run: ({ ctx, input }) => createTemplate(ctx, input) });
