import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { type Child, startChild } from './child';

let server: Server | undefined;
let child: Child | undefined;
afterEach(async () => {
  await child?.stop();
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(null)));
});

/** A child that lives, and whose health is told by `answer`. */
async function start(answer: (nth: number) => number | null): Promise<Child> {
  let asked = 0;
  server = createServer((_request, response) => {
    const status = answer(++asked);
    if (status !== null) response.writeHead(status).end('x');
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const health = `http://127.0.0.1:${(server.address() as AddressInfo).port}/healthz`;
  const log = { write: () => {}, tail: () => '' };
  const args = ['-e', 'setInterval(() => {}, 1000)'];
  child = startChild({ name: 'one', args, env: process.env, log, health, say: () => {} });
  return child;
}

it('is ready though it left the first who asked without an answer', async () => {
  let asked = 0;
  const one = await start((nth) => {
    asked = nth;
    return nth === 1 ? null : 200;
  });
  await one.ready;
  expect(asked).toBe(2);
});

it('is not ready before it says that it is well', async () => {
  let asked = 0;
  const one = await start((nth) => {
    asked = nth;
    return nth < 4 ? 503 : 200;
  });
  await one.ready;
  expect(asked).toBe(4);
});
