import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { listStatusPages, openStatusPage } from '@/lib/status/status';

export const GET = route({
  ...operations.listStatusPages,
  run: ({ ctx, query: { subject, id, open, ...rest } }) =>
    listStatusPages(ctx, {
      ...rest,
      ...(open ? { open: true } : {}),
      ...(subject && id ? { subject: { kind: subject, id } } : {}),
    }),
});
export const POST = route({ ...operations.openStatusPage, run: ({ ctx, input }) => openStatusPage(ctx, input) });
