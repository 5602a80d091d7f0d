import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { sendingsOf, sendPostmortem } from '@/lib/postmortem/send';

export const GET = route({
  ...operations.listSendings,
  run: ({ ctx, params }) => sendingsOf(ctx, params.id),
});

export const POST = route({
  ...operations.sendPostmortem,
  run: ({ ctx, params, input }) => sendPostmortem(ctx, params.id, input),
});
