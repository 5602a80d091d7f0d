import { knownZone } from '@/lib/chart/time';
import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { consoleUrl } from '@/lib/notice/address';
import { editPostmortem } from '@/lib/postmortem/edit';
import { formOf } from '@/lib/postmortem/hand-out/form';
import { handOut } from '@/lib/postmortem/hand-out/hand-out';
import { getPostmortem } from '@/lib/postmortem/postmortem';

export const GET = route({
  ...operations.getPostmortem,
  run: async ({ ctx, params, query, request }) => {
    const form = query.as ?? formOf(request.headers.get('accept'));
    if (form === 'view') return getPostmortem(ctx, params.id);
    const base = (await consoleUrl(ctx.db)) ?? new URL(request.url).origin;
    const { body, type, file } = await handOut(ctx, params.id, { form, zone: knownZone(query.zone), base });
    return new Response(body, {
      headers: {
        'content-type': type,
        'content-disposition': `attachment; filename="${file}"`,
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        vary: 'accept',
      },
    });
  },
});
export const PUT = route({
  ...operations.editPostmortem,
  run: ({ ctx, params, input }) => editPostmortem(ctx, params.id, input),
});
