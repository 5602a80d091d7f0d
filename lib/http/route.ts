/**
 * The one wrapper of every REST handler: who asks, may they, what do they send, then one verb of a face,
 * and any error through one table. Order matters: nobody's body is read before they are known.
 */
import type { z } from 'zod';
import { authenticate } from '@/lib/access/access';
import { authorise } from '@/lib/access/authorise';
import { once } from '@/lib/access/idempotency';
import type { Actor, Permission } from '@/lib/access/model';
import type { Context } from '@/lib/context';
import { BelayError, badInput } from '@/lib/errors';
import { parseInput } from '@/lib/input';
import { contextFor, getDatabase, now } from '@/lib/wiring';
import { parseBody, readText } from './body';
import { isOwnPage, readCredentials } from './credentials';
import { problemFor } from './problem';

export type Params = Record<string, string>;
type Segment = { params: Promise<Params> };

export type Given<Q extends z.ZodType, I extends z.ZodType> = {
  ctx: Context;
  params: Params;
  query: z.output<Q>;
  input: z.output<I>;
  request: Request;
};

export type RouteOptions<Q extends z.ZodType, I extends z.ZodType> = {
  permission: Permission;
  /** what may stand behind the question mark; left out: nothing */
  query?: Q;
  /** the body; left out: none is read */
  input?: I;
  /** a retry with the same Idempotency-Key gets the first answer again */
  idempotent?: boolean;
  /** of a plain value that `run` answers; `undefined` is 204 */
  status?: number;
  run: (given: Given<Q, I>) => Promise<unknown>;
};

export type Handler = ((request: Request, segment: Segment) => Promise<Response>) & { permission: Permission };

export function route<Q extends z.ZodType, I extends z.ZodType>(options: RouteOptions<Q, I>): Handler {
  const handle = async (request: Request, segment: Segment): Promise<Response> => {
    try {
      const actor = await actorOf(request);
      authorise(actor, options.permission);
      return await answer(options, request, { ctx: contextFor(actor), params: await readParams(segment) });
    } catch (error) {
      return problemFor(error);
    }
  };
  return Object.assign(handle, { permission: options.permission });
}

/** @throws BelayError unauthenticated; forbidden when a change with the session cookie is not from our own page */
export async function actorOf(request: Request): Promise<Actor> {
  const credentials = readCredentials(request.headers);
  const actor = await authenticate(getDatabase().db, now(), { ...credentials, loopback: false });
  const changes = request.method !== 'GET' && request.method !== 'HEAD';
  if (changes && actor.kind === 'person' && !isOwnPage(request.headers))
    throw new BelayError('forbidden', 'A change with the session cookie must come from a page of this console');
  return actor;
}

async function readParams(segment: Segment): Promise<Params> {
  const params: Params = {};
  for (const [name, value] of Object.entries(await segment.params)) params[name] = readParam(name, String(value));
  return params;
}

function readParam(name: string, value: string): string {
  if (/\p{Cc}/u.test(value)) throw badInput([{ field: name, message: 'holds a control character' }]);
  return value;
}

async function answer<Q extends z.ZodType, I extends z.ZodType>(
  options: RouteOptions<Q, I>,
  request: Request,
  given: { ctx: Context; params: Params },
): Promise<Response> {
  const query = readQuery(options.query, new URL(request.url).searchParams) as z.output<Q>;
  const text = options.input ? await readText(request) : '';
  const parsed = options.input ? parseBody(text, request.headers.get('content-type')) : undefined;
  const input = (options.input ? parseInput(options.input, parsed) : undefined) as z.output<I>;
  const run = () => options.run({ ...given, query, input, request });
  const key = options.idempotent ? idempotencyKey(request) : null;
  if (key === null) return respond(await run(), options.status);
  const asked = `${request.method} ${new URL(request.url).pathname}\n${text}`;
  const { status, body } = await once(given.ctx, key, asked, async () => ({
    status: options.status ?? 200,
    body: await run(),
  }));
  return respond(body, status);
}

function idempotencyKey(request: Request): string | null {
  const key = request.headers.get('idempotency-key');
  if (key === null) return null;
  if (!/^[\x21-\x7e]{1,200}$/.test(key))
    throw badInput([{ field: 'Idempotency-Key', message: 'must be 1 to 200 visible ASCII characters' }]);
  return key;
}

function readQuery(schema: z.ZodType | undefined, search: URLSearchParams): unknown {
  if (!schema) {
    const [name] = search.keys();
    if (name !== undefined) throw badInput([{ field: name, message: 'is not known here' }]);
    return {};
  }
  const values: Record<string, string> = Object.create(null);
  for (const [name, value] of search) {
    if (name in values) throw badInput([{ field: name, message: 'is given twice' }]);
    values[name] = value;
  }
  return parseInput(schema, { ...values });
}

function respond(body: unknown, status = 200): Response {
  if (body instanceof Response) return body;
  const headers = { 'cache-control': 'no-store' };
  if (body === undefined || body === null) return new Response(null, { status: 204, headers });
  return Response.json(body, { status, headers });
}
