import { answerOfrep, ofrepBodyLimit } from '@/lib/feature/ofrep';
import { bytesOf, senderOf } from '@/lib/http/ingress';
import { problemFor } from '@/lib/http/problem';
import { getFlags } from '@/lib/wiring';

async function evaluate(request: Request): Promise<Response> {
  try {
    const actor = await senderOf(request, 'evaluate');
    const flags = await getFlags();
    const { status, headers, body } = answerOfrep(flags.state(), actor.environment ?? 'production', {
      method: request.method,
      path: new URL(request.url).pathname,
      headers: Object.fromEntries(request.headers),
      body: await bytesOf(request, ofrepBodyLimit),
    });
    return new Response(status === 304 ? null : body, { status, headers });
  } catch (error) {
    return problemFor(error);
  }
}

export { evaluate as GET, evaluate as POST };
