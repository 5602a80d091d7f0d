/** Real connections to real servers, well-behaved and not. */
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { Sent } from './model';
import { Secret } from './secret';
import { type Message, send } from './send';
import { verify } from './signature';

const secret = Secret.make();
const now = () => new Date();
const open: Array<Server | TcpServer> = [];
afterEach(async () => {
  for (const server of open.splice(0)) {
    if ('closeAllConnections' in server) server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function listening<S extends Server | TcpServer>(server: S, host = '127.0.0.1'): Promise<string> {
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return `http://${host}:${(server.address() as AddressInfo).port}/hook`;
}
const serve = (listener: RequestListener, host?: string) => listening(createServer(listener), host);

/** Speaks whatever it likes once something has arrived. */
const speak = (answer: string, end: 'end' | 'reset' | 'stay') =>
  listening(
    createTcpServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => {
        if (answer) socket.write(answer);
        if (end === 'end') socket.end();
        if (end === 'reset') socket.resetAndDestroy();
      });
    }),
  );

const ask = (url: string, over: Partial<Message> = {}): Promise<Sent> =>
  send(
    { url, secrets: [secret], allowPrivate: true },
    { id: 'msg_1', body: '{"a":1}', deadlineMs: 20_000, ...over },
    { now },
  );

describe('what is sent', () => {
  test('can be verified by whoever holds the secret, byte for byte', async () => {
    const seen: Array<{ ok: boolean; method?: string; url?: string; type?: string; extra?: unknown }> = [];
    const url = await serve(async (request, response) => {
      let body = '';
      for await (const part of request) body += part;
      const { ok } = verify({ headers: request.headers, body, secrets: [secret], now: now() });
      const { 'content-type': type, 'belay-fence': extra } = request.headers;
      seen.push({ ok, method: request.method, url: request.url, type, extra });
      response.end('fine');
    });
    const body = JSON.stringify({ text: 'ü ✓ 💥', n: 1.5 });
    const sent = await ask(url, { body, method: 'PUT', headers: { 'Belay-Fence': '7' } });
    expect(sent).toEqual({ kind: 'answered', status: 200, body: 'fine', truncated: false, retryAfterMs: null });
    await ask(`${url}?kept=1`, { body: '', method: 'GET', query: { feature: 'a/b &c' } });
    expect(seen).toEqual([
      { ok: true, method: 'PUT', url: '/hook', type: 'application/json', extra: '7' },
      { ok: true, method: 'GET', url: '/hook?kept=1&feature=a%2Fb+%26c', type: undefined, extra: undefined },
    ]);
  });

  test('has our signature and length, whatever headers are asked for', async () => {
    let ok = false;
    const url = await serve(async (request, response) => {
      let body = '';
      for await (const part of request) body += part;
      ok = verify({ headers: request.headers, body, secrets: [secret], now: now() }).ok;
      response.end();
    });
    await ask(url, { headers: { 'webhook-signature': 'v1,AAAA', 'webhook-id': 'x', 'content-length': '1' } });
    expect(ok).toBe(true);
  });
});

describe('the name', () => {
  test('is resolved once, and the connection goes to that answer, whatever it says next', async () => {
    const hits: string[] = [];
    const first = await serve((_request, response) => response.end(String(hits.push('first'))));
    const { port } = new URL(first);
    const second = createServer((_request, response) => response.end(String(hits.push('second'))));
    open.push(second);
    await new Promise<void>((resolve) => second.listen(Number(port), '127.0.0.2', resolve));
    const answers = [['127.0.0.1'], ['127.0.0.2'], ['127.0.0.2']];
    let asked = 0;
    const resolve = async () => answers[asked++] ?? [];
    const target = { url: `http://rebinding.test:${port}/`, secrets: [secret], allowPrivate: true };
    const sent = await send(target, { id: 'msg_1', deadlineMs: 20_000 }, { now, resolve });
    expect(sent).toMatchObject({ kind: 'answered', status: 200 });
    expect(hits).toEqual(['first']);
    expect(asked).toBe(1);
  });

  test('stays in the Host header, so that servers with many names answer as the right one', async () => {
    let host: string | undefined;
    const url = await serve((request, response) => {
      host = request.headers.host;
      response.end();
    });
    const named = url.replace('127.0.0.1', 'planes.example.test');
    const target = { url: named, secrets: [secret], allowPrivate: true };
    await send(target, { id: 'msg_1', deadlineMs: 20_000 }, { now, resolve: async () => ['127.0.0.1'] });
    expect(host).toBe(new URL(named).host);
  });

  test('that nobody knows, or that has no address, is unreachable', async () => {
    const target = { url: 'http://nobody.test/', secrets: [secret], allowPrivate: true };
    const message = { id: 'msg_1', deadlineMs: 20_000 };
    const fails = async () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' }));
    expect(await send(target, message, { now, resolve: fails })).toMatchObject({ kind: 'unreachable', reached: false });
    expect(await send(target, message, { now, resolve: async () => [] })).toMatchObject({ kind: 'unreachable' });
  });

  test('that is not resolved in time is a timeout', async () => {
    const target = { url: 'http://slow.test/', secrets: [secret], allowPrivate: true };
    const resolve = () => new Promise<string[]>(() => {});
    const sent = await send(target, { id: 'msg_1', deadlineMs: 50 }, { now, resolve });
    expect(sent).toMatchObject({ kind: 'timeout', reached: false });
  });
});

describe('what comes back', () => {
  test.each([301, 302, 303, 307, 308])('%i is an answer, and nobody goes where it points', async (status) => {
    let followed = 0;
    const elsewhere = await serve((_request, response) => response.end(String(followed++)));
    const url = await serve((_request, response) => response.writeHead(status, { location: elsewhere }).end());
    expect(await ask(url)).toMatchObject({ kind: 'answered', status });
    expect(followed).toBe(0);
  });

  test('a body is read as far as 64 KiB', async () => {
    const url = await serve((request, response) => {
      response.end('x'.repeat(64 * 1024 + (request.url?.endsWith('more') ? 1 : 0)));
    });
    const whole = await ask(url);
    expect(whole).toMatchObject({ kind: 'answered', truncated: false });
    const cut = await ask(`${url}/more`);
    expect(cut).toMatchObject({ kind: 'answered', truncated: true });
    for (const sent of [whole, cut]) expect(sent.kind === 'answered' && sent.body).toHaveLength(64 * 1024);
  });

  test('a body without an end is cut, not waited for', async () => {
    const url = await serve((_request, response) => {
      const more = () => {
        while (response.write('x'.repeat(16 * 1024)));
        response.once('drain', more);
      };
      response.on('error', () => {});
      more();
    });
    expect(await ask(url)).toMatchObject({ kind: 'answered', truncated: true });
  });

  test('Retry-After is kept', async () => {
    const url = await serve((_request, response) => response.writeHead(429, { 'retry-after': '7' }).end());
    expect(await ask(url)).toMatchObject({ kind: 'answered', status: 429, retryAfterMs: 7_000 });
  });
});

describe('what does not come back', () => {
  test.each<[string, () => Promise<string>, Sent['kind'], boolean]>([
    ['nobody listens', async () => unused(), 'refused', false],
    ['it hangs', () => speak('', 'stay'), 'timeout', true],
    ['its headers never end', () => speak('HTTP/1.1 200 OK\r\nx-a: b\r\n', 'stay'), 'timeout', true],
    ['its body never ends', () => speak('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc', 'stay'), 'timeout', true],
    ['it resets', () => speak('', 'reset'), 'reset', true],
    ['it hangs up', () => speak('', 'end'), 'reset', true],
    ['it resets in its body', () => speak('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc', 'reset'), 'reset', true],
    ['it hangs up in its body', () => speak('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc', 'end'), 'reset', true],
    ['it speaks no HTTP', () => speak('220 mail.test ESMTP\r\n', 'end'), 'reset', true],
    ['its headers are huge', () => speak(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(70_000)}\r\n\r\n`, 'end'), 'reset', true],
    [
      'it wants to speak another protocol',
      () => speak('HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n', 'stay'),
      'reset',
      true,
    ],
    [
      'it speaks no TLS',
      async () => (await speak('HTTP/1.1 200 OK\r\n\r\n', 'end')).replace('http:', 'https:'),
      'unreachable',
      false,
    ],
  ])('%s', async (_name, start, kind, reached) => {
    const url = await start();
    // Only what never ends is given little time.
    const deadlineMs = kind === 'timeout' ? 1_500 : 20_000;
    expect(await ask(url, { deadlineMs })).toMatchObject({ kind, reached });
  });

  async function unused(): Promise<string> {
    const url = await serve(() => {});
    const [server] = open.splice(0);
    await new Promise((resolve) => server?.close(resolve));
    return url;
  }
});

test('the secret is in no result, whatever happens', async () => {
  const urls = [await speak('', 'reset'), await speak('nonsense\r\n\r\n', 'end'), 'http://[::', 'http://127.0.0.1:1/'];
  for (const url of urls) {
    const sent = JSON.stringify(await ask(url, { deadlineMs: 5_000 }));
    expect(sent).not.toContain(secret.reveal().slice(6));
  }
});
