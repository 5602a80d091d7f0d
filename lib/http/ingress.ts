/**
 * What services send to the console's port, for hosts with a single one: the same functions as the receiver's,
 * behind the same door. Senders of telemetry are answered in the words of OTLP, flag clients in those of OFREP.
 */
import { authenticate } from '@/lib/access/access';
import { authorise } from '@/lib/access/authorise';
import type { Actor, Permission } from '@/lib/access/model';
import { BelayError } from '@/lib/errors';
import { answerOfrep, ofrepBodyLimit } from '@/lib/feature/ofrep';
import { type Answer, statusAnswer } from '@/lib/otlp/answer';
import { refusalOf } from '@/lib/otlp/receive';
import { getDatabase, getFlags, getKeyCache, getReceiver, now, wiredConfig } from '@/lib/wiring';
import { isLoopback, readCredentials } from './credentials';
import { answers, report } from './problem';

/** A session is no credential here: nothing a browser holds may send telemetry or evaluate in its owner's name. */
async function senderOf(request: Request, permission: Permission): Promise<Actor> {
  const { authorization, apiKey } = readCredentials(request.headers);
  const loopback = isLoopback(request.headers, wiredConfig().HOST);
  const actor = await authenticate(getDatabase().db, now(), { authorization, apiKey, loopback }, await getKeyCache());
  authorise(actor, permission);
  return actor;
}

async function* chunksOf(request: Request): AsyncGenerator<Buffer> {
  if (!request.body) return;
  const reader = request.body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    }
  } finally {
    // Whoever stops reading early (too large) stops the sender too.
    await reader.cancel().catch(() => {});
  }
}

async function bytesOf(request: Request, cap: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of chunksOf(request)) {
    size += part.length;
    if (size > cap) throw new BelayError('too_large', `The body is over ${cap} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

export async function receiveTelemetry(request: Request): Promise<Response> {
  const head = {
    path: new URL(request.url).pathname,
    method: request.method,
    contentType: request.headers.get('content-type') ?? undefined,
    contentEncoding: request.headers.get('content-encoding') ?? undefined,
  };
  const refused = refusalOf(head);
  if (refused) return responseOf(refused);
  try {
    const { environment } = await senderOf(request, 'ingest');
    return responseOf(await getReceiver().receive({ ...head, body: chunksOf(request), environment }));
  } catch (error) {
    const { status, message } = trouble(error);
    return responseOf(statusAnswer(status, message, head.contentType));
  }
}

export async function evaluateFlags(request: Request): Promise<Response> {
  try {
    const { environment } = await senderOf(request, 'evaluate');
    const flags = await getFlags();
    const { status, headers, body } = answerOfrep(
      flags.state(),
      environment ?? 'production',
      {
        method: request.method,
        path: new URL(request.url).pathname,
        headers: Object.fromEntries(request.headers),
        body: await bytesOf(request, ofrepBodyLimit),
      },
      Date.now(),
    );
    return new Response(status === 304 ? null : body, { status, headers });
  } catch (error) {
    const { status, message } = trouble(error);
    const headers = status === 503 ? { 'retry-after': '1' } : undefined;
    return Response.json({ errorCode: 'GENERAL', errorDetails: message }, { status, headers });
  }
}

function responseOf({ status, headers, body }: Answer): Response {
  return new Response(body.length === 0 ? null : new Uint8Array(body), { status, headers });
}

/** Who is refused is told so; anything else is trouble of ours, which passes: 503, which senders repeat. */
function trouble(error: unknown): { status: number; message: string } {
  if (error instanceof BelayError) return { status: answers[error.code].status, message: error.message };
  report(error);
  return { status: 503, message: 'not available now; send it again' };
}
