import { chunksOf, senderOf } from '@/lib/http/ingress';
import { problemFor } from '@/lib/http/problem';
import { getReceiver } from '@/lib/wiring';

/** OTLP/HTTP on the console's port, for hosts with a single one; metrics are received, the rest is told 404. */
async function receive(request: Request): Promise<Response> {
  try {
    const actor = await senderOf(request, 'ingest');
    const { status, headers, body } = await getReceiver().receive({
      path: new URL(request.url).pathname,
      method: request.method,
      contentType: request.headers.get('content-type') ?? undefined,
      contentEncoding: request.headers.get('content-encoding') ?? undefined,
      body: chunksOf(request),
      environment: actor.environment,
    });
    return new Response(new Uint8Array(body), { status, headers });
  } catch (error) {
    return problemFor(error);
  }
}

export { receive as GET, receive as POST, receive as PUT };
