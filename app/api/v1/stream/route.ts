import { badInput } from '@/lib/errors';
import { operations } from '@/lib/http/operations';
import { actorOf, route } from '@/lib/http/route';
import { streamEvents } from '@/lib/http/stream';
import { getHub } from '@/lib/wiring';

export const GET = route({
  ...operations.stream,
  run: async ({ ctx, request }) => {
    const given = request.headers.get('last-event-id');
    if (given !== null && !/^\d{1,15}$/.test(given))
      throw badInput([{ field: 'Last-Event-ID', message: 'is no sequence' }]);
    const body = streamEvents({
      hub: getHub(),
      ctx,
      after: given === null ? null : Number(given),
      signal: request.signal,
      recheck: async () => void (await actorOf(request)),
    });
    const headers = {
      'content-type': 'text/event-stream; charset=utf-8',
      // no-transform: a compressing middle man would hold events back
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    };
    return new Response(body, { headers });
  },
});
