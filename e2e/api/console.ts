/** The console's handlers as Next would call them, on a database of the test's own. */
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, expect } from 'vitest';
import { testDatabase } from '@/e2e/database';
import { createKey, createSignInLink, redeemSignInLink } from '@/lib/access/access';
import type { Role } from '@/lib/access/model';
import { parseConfig } from '@/lib/config';
import type { Method, Operation } from '@/lib/http/operations/operation';
import { closeWiring, wire } from '@/lib/wiring';

export const origin = 'http://127.0.0.1:3000';
const routes = readdirSync('app', { recursive: true, encoding: 'utf8' })
  .filter((file) => /(^|\/)route\.ts$/.test(file))
  .map((file) => ({ file, steps: file.split('/').slice(0, -1) }))
  // As Next does: what is spelled out is taken before what is in brackets.
  .toSorted((a, b) => (rank(a.steps) < rank(b.steps) ? -1 : 1));

function rank(steps: string[]): string {
  return steps.map((step) => (step.startsWith('[...') ? '2' : step.startsWith('[') ? '1' : `0${step}`)).join('/');
}

function match(path: string): { file: string; params: Record<string, string | string[]> } | null {
  const given = path.split('/').slice(1).map(decodeURIComponent);
  for (const { file, steps } of routes) {
    const params: Record<string, string | string[]> = {};
    const rest = steps.at(-1)?.match(/^\[\.\.\.(\w+)\]$/)?.[1];
    if (rest ? given.length < steps.length : given.length !== steps.length) continue;
    const same = steps.every((step, i) => {
      const name = /^\[(?:\.\.\.)?(\w+)\]$/.exec(step)?.[1];
      if (!name) return step === given[i];
      params[name] = name === rest ? given.slice(i) : String(given[i]);
      return true;
    });
    if (same) return { file, params };
  }
  return null;
}

export type Ask = {
  key?: string;
  session?: string;
  headers?: Record<string, string>;
  /** an object is sent as JSON, text and bytes as they are */
  body?: unknown;
  signal?: AbortSignal;
};
export type Answer = { status: number; headers: Headers; text: string; body: unknown };
type Handler = {
  (request: Request, segment: { params: Promise<unknown> }): Promise<Response>;
  operation?: Operation;
};

async function find(method: string, url: URL): Promise<{ handler?: Handler; params: unknown }> {
  const found = match(url.pathname);
  if (!found) throw new Error(`no route for ${url.pathname}`);
  const handlers = (await import(/* @vite-ignore */ `@/app/${found.file}`)) as Record<string, Handler>;
  // As Next does: no parameters are undefined, not an empty object.
  return { handler: handlers[method], params: Object.keys(found.params).length > 0 ? found.params : undefined };
}

export async function open(method: string, path: string, ask: Ask = {}): Promise<Response> {
  const url = new URL(path, origin);
  const { handler, params } = await find(method, url);
  if (!handler) return new Response(null, { status: 405 });
  const response = await handler(request(method, url, ask), { params: Promise.resolve(params) });
  if (handler.operation && response.ok) await expectDocumented(handler.operation, response.clone());
  return response;
}

/** Every answer in every test is held against what the OpenAPI document says of it; an unlisted field shows too. */
async function expectDocumented(operation: Operation, response: Response): Promise<void> {
  expect(response.status, `${operation.method} ${operation.path}`).toBe(operation.status ?? 200);
  // What is exported as YAML or handed out as a file is read again by the test that asks for it.
  const file = /yaml/.test(response.headers.get('content-type') ?? '') || response.headers.has('content-disposition');
  if (!operation.answers || file) return;
  const body = await response.json();
  const parsed = operation.answers.safeParse(body);
  expect(parsed.error?.issues, `${operation.method} ${operation.path}`).toBeUndefined();
  expect(parsed.data, `${operation.method} ${operation.path}`).toEqual(body);
}

function request(method: string, url: URL, ask: Ask): Request {
  const headers = new Headers({ host: url.host, 'x-forwarded-for': '127.0.0.1' });
  if (ask.key) headers.set('authorization', `Bearer ${ask.key}`);
  // What a browser adds by itself on our own page; a test overwrites it to be another site's.
  if (ask.session) headers.set('cookie', `belay_session=${ask.session}`);
  if (ask.session && method !== 'GET') headers.set('origin', origin);
  const raw = typeof ask.body === 'string' || ask.body === undefined || ask.body instanceof Uint8Array;
  const body = (raw ? ask.body : JSON.stringify(ask.body)) as BodyInit | undefined;
  if (!raw) headers.set('content-type', 'application/json');
  for (const [name, value] of Object.entries(ask.headers ?? {})) {
    if (value === '') headers.delete(name);
    else headers.set(name, value);
  }
  return new Request(url, { method, headers, body, signal: ask.signal });
}

export async function call(method: Method, path: string, ask: Ask = {}): Promise<Answer> {
  const response = await open(method, `/api/v1${path}`, ask);
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, headers: response.headers, text, body: isJson && text ? JSON.parse(text) : null };
}

export function testConsole() {
  const test = testDatabase();
  beforeAll(() => {
    wire({
      config: parseConfig({ DATABASE_URL: test.url(), HOST: '127.0.0.1', LOG_LEVEL: 'silent' }),
      database: test.database(),
    });
  });
  afterAll(closeWiring);
  const newKey = async (role: Role, environment: string | null = null) =>
    (await createKey(test.context(), { name: `test ${role}`, role, environment })).key;
  const newSession = async (name: string, role: Role) => {
    const { token } = await createSignInLink(test.database().db, new Date(), name, role);
    return (await redeemSignInLink(test.database().db, new Date(), token)).session;
  };
  return { ...test, newKey, newSession };
}
