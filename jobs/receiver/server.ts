/** The receiver's HTTP: telemetry in and flags out, on a plain node:http server, because a framework costs more than the work. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Actor, Permission } from '@/lib/access/model';
import { BelayError } from '@/lib/errors';
import type { FlagState } from '@/lib/feature/model';
import { answerOfrep, ofrepBodyLimit } from '@/lib/feature/ofrep';
import { type Answer, statusAnswer } from '@/lib/otlp/answer';
import { maxBodyBytes } from '@/lib/otlp/body';
import { type Receiver, refusalOf } from '@/lib/otlp/receive';

export type ServerParts = {
  receiver: Receiver;
  flags: () => FlagState;
  /** who sends this and may do that; throws BelayError */
  admit: (request: IncomingMessage, permission: Permission) => Promise<Actor>;
  ready: () => Promise<Record<string, string>>;
  log: (error: unknown, what: string) => void;
};

const text = { 'content-type': 'text/plain; charset=utf-8' };
const json = { 'content-type': 'application/json; charset=utf-8' };

export function openServer(parts: ServerParts): Server {
  const server = createServer((request, response) => {
    void answer(parts, request)
      .catch((error) => {
        parts.log(error, 'a request failed');
        return statusAnswer(503, 'something went wrong here; send it again', request.headers['content-type']);
      })
      .then((a) => send(request, response, a));
  });
  // Exporters send every few seconds or once a minute; a connection that closes between two costs a retry.
  server.keepAliveTimeout = 75_000;
  server.requestTimeout = 60_000;
  return server;
}

function send(request: IncomingMessage, response: ServerResponse, { status, headers, body }: Answer): void {
  // What is left of a body that nobody will read ends with the connection.
  if (!request.complete) response.setHeader('connection', 'close');
  response.writeHead(status, { ...headers, ...(status === 304 ? {} : { 'content-length': body.length }) });
  if (body.length === 0 || status === 304) response.end();
  else response.end(body);
}

async function answer(parts: ServerParts, request: IncomingMessage): Promise<Answer> {
  const path = (request.url ?? '/').split('?', 1)[0] as string;
  if (path.startsWith('/ofrep/v1/')) return evaluate(parts, request, path);
  if (path === '/healthz') return { status: 200, headers: text, body: Buffer.from('ok\n') };
  if (path === '/readyz') return readiness(parts);
  return ingest(parts, request, path);
}

async function readiness(parts: ServerParts): Promise<Answer> {
  const state = await parts.ready();
  const status = Object.values(state).every((v) => v === 'ok') ? 200 : 503;
  return { status, headers: json, body: Buffer.from(JSON.stringify(state)) };
}

async function ingest(parts: ServerParts, request: IncomingMessage, path: string): Promise<Answer> {
  const contentType = request.headers['content-type'];
  const head = {
    path,
    method: request.method ?? '',
    contentType,
    contentEncoding: request.headers['content-encoding'],
  };
  const refused = refusalOf(head);
  if (refused) return refused;
  let actor: Actor;
  try {
    actor = await parts.admit(request, 'ingest');
  } catch (error) {
    return trouble(parts, error, (status, message) => statusAnswer(status, message, contentType));
  }
  if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) {
    return statusAnswer(413, `the body is larger than ${maxBodyBytes} bytes`, contentType);
  }
  return parts.receiver.receive({ ...head, body: await bodyOf(request), environment: actor.environment });
}

const small = 256 * 1024;

/** A small body of known length is gathered here, which is cheap; any other streams under the receiver's caps. */
function bodyOf(request: IncomingMessage): Promise<Buffer> | IncomingMessage {
  const length = Number(request.headers['content-length'] ?? Number.NaN);
  if (!(length <= small)) return request;
  return gathered(request, length);
}

function gathered(request: IncomingMessage, atMost: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= atMost) chunks.push(chunk);
    });
    request.on('end', () => {
      if (size > atMost) reject(new BelayError('too_large', `The body is larger than ${atMost} bytes`));
      else resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size));
    });
    request.on('error', reject);
    request.on('aborted', () => reject(new Error('the sender went away')));
  });
}

async function evaluate(parts: ServerParts, request: IncomingMessage, path: string): Promise<Answer> {
  const refuse = (status: number, errorDetails: string): Answer => ({
    status,
    headers: status === 503 ? { ...json, 'retry-after': '1' } : json,
    body: Buffer.from(JSON.stringify({ errorCode: 'GENERAL', errorDetails })),
  });
  try {
    const actor = await parts.admit(request, 'evaluate');
    const { status, headers, body } = answerOfrep(
      parts.flags(),
      actor.environment ?? 'production',
      {
        method: request.method ?? '',
        path,
        headers: request.headers as Record<string, string | undefined>,
        body: await gathered(request, ofrepBodyLimit),
      },
      Date.now(),
    );
    return { status, headers, body: Buffer.from(body) };
  } catch (error) {
    return trouble(parts, error, refuse);
  }
}

const statuses: Partial<Record<string, number>> = { unauthenticated: 401, forbidden: 403, too_large: 413 };

/** Who is refused is told so; anything else is trouble of ours, which passes. */
function trouble(parts: ServerParts, error: unknown, say: (status: number, message: string) => Answer): Answer {
  const status = error instanceof BelayError ? statuses[error.code] : undefined;
  if (status !== undefined) return say(status, (error as BelayError).message);
  parts.log(error, 'a request could not be admitted');
  return say(503, 'not available now; send it again');
}
