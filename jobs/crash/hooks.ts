/**
 * What Belay calls in a crash run: migrations, checks, calls of a runbook, notices. A real HTTP server that checks
 * signatures, keeps to keys as a receiver should, and writes every effect into a ledger of its own, which only grows.
 * What is asked for stands in the body, as `"crash": "revert a"`.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Secret } from '@/lib/webhook/secret';
import { verify } from '@/lib/webhook/signature';

/** `key`: what it was asked under, of a notice its id. */
export type Deed = Readonly<{ path: string; what: string; key: string; fence: string | null; at: number }>;
export type Manner = {
  latencyMs: number;
  /** so many requests are carried out, and the answer is lost */
  loses: number;
  /** so many questions are answered with no */
  denies: number;
};

export type Hooks = {
  /** by path, such as `migration` */
  url: (path: string) => string;
  sign: (path: string, secret: string) => void;
  deeds: () => readonly Deed[];
  /** all requests, repeated ones too */
  requests: () => readonly Deed[];
  unsigned: () => number;
  behave: (path: string, manner: Partial<Manner>) => void;
  close: () => Promise<void>;
};

const idle = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export async function startHooks(): Promise<Hooks> {
  const secrets = new Map<string, Secret>();
  const manners = new Map<string, Manner>();
  const deeds: Deed[] = [];
  const requests: Deed[] = [];
  const done = new Set<string>();
  let unsigned = 0;

  async function take(path: string, request: IncomingMessage, response: ServerResponse, body: string): Promise<void> {
    const manner = manners.get(path) ?? { latencyMs: 0, loses: 0, denies: 0 };
    const key = String(request.headers['idempotency-key'] ?? request.headers['webhook-id']);
    const fence = request.headers['belay-fence'];
    const what = /"crash":"([^"]+)"/.exec(body)?.[1] ?? /"kind":"([^"]+)"/.exec(body)?.[1] ?? path;
    const deed = Object.freeze({ path, what, key, fence: typeof fence === 'string' ? fence : null, at: Date.now() });
    requests.push(deed);
    await idle(manner.latencyMs);
    if (!done.has(`${path} ${key}`)) {
      done.add(`${path} ${key}`);
      deeds.push(deed);
    }
    if (manner.loses > 0) {
      manner.loses--;
      request.socket.resetAndDestroy();
      return;
    }
    const ok = manner.denies <= 0;
    if (!ok) manner.denies--;
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ ok, state: 'done' }));
  }

  const server = createServer(async (request, response) => {
    request.on('error', () => {});
    let body = '';
    for await (const part of request) body += part;
    const path = (request.url ?? '/').slice(1).split('?')[0] ?? '';
    const secret = secrets.get(path);
    if (!secret || !verify({ headers: request.headers, body, secrets: [secret], now: new Date() }).ok) {
      unsigned++;
      response.writeHead(401).end();
      return;
    }
    await take(path, request, response, body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: (path) => `http://127.0.0.1:${port}/${path}`,
    sign: (path, secret) => void secrets.set(path, Secret.parse(secret)),
    deeds: () => deeds,
    requests: () => requests,
    unsigned: () => unsigned,
    behave: (path, manner) =>
      void manners.set(path, { latencyMs: 0, loses: 0, denies: 0, ...manners.get(path), ...manner }),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
