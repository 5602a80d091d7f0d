/**
 * A service as somebody else would run it, that keeps to `lib/migration/CONTRACT.md`: it checks signatures, carries an
 * order out once for a key, refuses an older fence, and can be told to misbehave.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Secret } from '@/lib/webhook/secret';
import { verify } from '@/lib/webhook/signature';

type Order = { type: string; key: string; fence: number; step: string };
/** null: behave. Otherwise what is done with the next so many requests. */
export type Trick =
  | { kind: 'resets_after_applying' }
  | { kind: 'hangs_after_applying' }
  | { kind: 'works_on'; times: number }
  | { kind: 'answers'; status: number; body: unknown; times: number };

export async function startService() {
  const effects: Order[] = [];
  const asked: Array<Order & { id: string }> = [];
  const done = new Set<string>();
  let fence = 0;
  let secret: Secret | null = null;
  let trick: Trick | null = null;
  let check: { ok: boolean; detail?: string } = { ok: true };
  const counts = { unsigned: 0 };

  const carryOut = (order: Order) => {
    if (done.has(order.key)) return;
    done.add(order.key);
    fence = Math.max(fence, order.fence);
    effects.push(order);
  };
  const say = (response: ServerResponse, status: number, body: unknown) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const part of request) body += part;
    if (!secret || !verify({ headers: request.headers, body, secrets: [secret], now: new Date() }).ok) {
      counts.unsigned += 1;
      return say(response, 401, {});
    }
    const { type, data } = JSON.parse(body) as { type: string; data: { key: string; fence: number; step: string } };
    const order: Order = { type, key: data.key, fence: data.fence, step: data.step };
    asked.push({ ...order, id: String(request.headers['webhook-id']) });
    if (request.headers['idempotency-key'] !== data.key || request.headers['belay-fence'] !== String(data.fence))
      return say(response, 400, { detail: 'the headers are not those of the body' });
    if (type === 'belay.check') return say(response, 200, check);
    if (order.fence < fence && !done.has(order.key)) return say(response, 409, { detail: `the fence is ${fence}` });
    const how = trick;
    if (how?.kind === 'answers' && how.times-- > 0) return say(response, how.status, how.body);
    if (how?.kind === 'works_on' && how.times-- > 0) return say(response, 202, { state: 'working', detail: 'half' });
    carryOut(order);
    if (how?.kind === 'resets_after_applying' || how?.kind === 'hangs_after_applying') {
      trick = null;
      if (how.kind === 'resets_after_applying') request.socket.resetAndDestroy();
      return;
    }
    say(response, 200, { state: 'done', detail: 'moved' });
  }

  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/migrate`,
    effects,
    asked,
    counts,
    trust: (given: Secret) => {
      secret = given;
    },
    play: (given: Trick | null) => {
      trick = given;
    },
    checks: (given: { ok: boolean; detail?: string }) => {
      check = given;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
