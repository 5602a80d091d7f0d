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
import type { Operation } from './operations/operation';
import { problemFor } from './problem';

type Names<Path> = Path extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;
/** One string for every `{name}` in the path. */
type Params<Path extends string> = Record<Names<Path>, string>;
type Segment<Path extends string> = { params: Promise<Params<Path>> };

type Given<Path extends string, Q extends z.ZodType, I extends z.ZodType> = {
  ctx: Context;
  params: Params<Path>;
  query: z.output<Q>;
  input: z.output<I>;
  request: Request;
};

/** A line of `operations`, and what it does. */
export type RouteOptions<Path extends string, Q extends z.ZodType, I extends z.ZodType> = Operation & {
  path: Path;
  permission: Permission;
  /** what may stand behind the question mark; left out: nothing */
  query?: Q;
  /** the body; left out: none is read */
  input?: I;
  /** a value becomes JSON, `undefined` becomes 204, a Response stays as it is */
  run: (given: Given<Path, Q, I>) => Promise<unknown>;
};

export type Handler<Path extends string = string> = {
  (request: Request, segment: Segment<Path>): Promise<Response>;
  operation: Operation;
};

export function route<Path extends string, Q extends z.ZodType, I extends z.ZodType>(
  options: RouteOptions<Path, Q, I>,
): Handler<Path> {
  const handle = async (request: Request, segment: Segment<Path>): Promise<Response> => {
    try {
      const actor = await actorOf(request);
      authorise(actor, options.permission);
      return await answer(options, request, { ctx: contextFor(actor), params: await readParams(segment) });
    } catch (error) {
      return problemFor(error);
    }
  };
  return Object.assign(handle, { operation: options });
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

async function readParams<Path extends string>(segment: Segment<Path>): Promise<Params<Path>> {
  // Next gives undefined where the path has no parameters.
  const params = (await segment.params) ?? ({} as Params<Path>);
  for (const [name, value] of Object.entries(params))
    if (/\p{Cc}|\p{Cs}/u.test(String(value)))
      throw badInput([{ field: name, message: 'holds a character that cannot be kept' }]);
  return params;
}

async function answer<Path extends string, Q extends z.ZodType, I extends z.ZodType>(
  options: RouteOptions<Path, Q, I>,
  request: Request,
  given: { ctx: Context; params: Params<Path> },
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
  if (body === undefined || status === 204) return new Response(null, { status: 204, headers });
  return Response.json(body, { status, headers });
}
