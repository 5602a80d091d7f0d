/** A real HAProxy with the configuration of the examples, real requests through it, and sockets that are none. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Answered, startHaproxy } from '@/e2e/haproxy';
import type { DrillProxy } from '../proxy-model';
import { clearEntry, readEntry, writeEntry } from './haproxy';
import { expiryOf } from './proxies';

type Haproxy = Awaited<ReturnType<typeof startHaproxy>>;
const open: Haproxy[] = [];
async function haproxy(...of: Parameters<typeof startHaproxy>): Promise<Haproxy> {
  const made = await startHaproxy(...of);
  open.push(made);
  return made;
}
afterAll(async () => {
  for (const one of open) await one.stop();
});

const key = 'run_1|v2|pro';
const v2 = { drill: 'run_1', version: 'v2', cohort: 'pro' };
const failed = (answers: Answered[], status: number) => answers.filter((a) => a.status === status).length;

describe('an entry', () => {
  let ha: Haproxy;
  beforeAll(async () => {
    ha = await haproxy();
  });

  test('fails its share of its own version, cohort and drill, and nothing once it is cleared', async () => {
    expect(failed(await ha.many(100, v2), 200)).toBe(100);
    expect(await writeEntry(ha.proxy, key, { share: 40, status: 503 })).toMatchObject({ share: 40, status: 503 });
    const hit = await ha.many(400, v2);
    // 40 ± 2.5 % of 400: six of its own deviations away on each side.
    expect(failed(hit, 503)).toBeGreaterThan(100);
    expect(failed(hit, 503)).toBeLessThan(220);
    expect(failed(hit, 503) + failed(hit, 200)).toBe(400);
    expect(new Set(hit.map((a) => a.drill))).toEqual(new Set([undefined, 'run_1']));
    for (const other of [
      { ...v2, version: 'v1' },
      { ...v2, cohort: 'free' },
      { ...v2, drill: 'run_2' },
      { version: 'v2', cohort: 'pro' },
    ])
      expect(failed(await ha.many(100, other), 200), JSON.stringify(other)).toBe(100);
    await clearEntry(ha.proxy, key);
    await clearEntry(ha.proxy, key);
    expect(await readEntry(ha.proxy, key)).toBeNull();
    expect(failed(await ha.many(100, v2), 200)).toBe(100);
  });

  test.each([429, 500, 502, 503, 504])('answers %i where it is told to', async (status) => {
    await writeEntry(ha.proxy, key, { share: 100, status });
    expect(failed(await ha.many(50, v2), status)).toBe(50);
    await clearEntry(ha.proxy, key);
  });

  test('tells the service of the drill, and what comes from elsewhere tells it nothing', async () => {
    await ha.send(v2);
    expect(ha.passed.at(-1)).toMatchObject({ 'belay-drill': 'run_1', 'belay-version': 'v2', 'belay-cohort': 'pro' });
    const outside = await haproxy({
      edit: (text) => text.replace('from_gateway src 127.0.0.1', 'from_gateway src 192.0.2.1'),
    });
    await writeEntry(outside.proxy, key, { share: 100, status: 503 });
    expect(failed(await outside.many(50, v2), 200)).toBe(50);
    expect(outside.passed.every((headers) => headers['belay-drill'] === undefined)).toBe(true);
  });
});

test('whoever stops writing ends it: HAProxy forgets by itself, however many requests come meanwhile', async () => {
  const ha = await haproxy({ expire: '2s' });
  await writeEntry(ha.proxy, key, { share: 100, status: 503 });
  expect(failed(await ha.many(50, v2), 503)).toBe(50);
  // Traffic and looking do not keep it alive.
  while (await readEntry(ha.proxy, key)) await ha.many(20, v2);
  expect(failed(await ha.many(100, v2), 200)).toBe(100);
});

describe('what is not as it should be is said in a sentence', () => {
  const sockets: Array<{ server: Server; dir: string; held: Socket[] }> = [];
  afterEach(async () => {
    for (const { server, dir, held } of sockets.splice(0)) {
      for (const socket of held) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      rmSync(dir, { recursive: true, force: true });
    }
  });
  /** Something that listens and is no HAProxy. */
  async function pretender(answer: (socket: Socket) => void): Promise<DrillProxy> {
    const dir = mkdtempSync(join(tmpdir(), 'belay-socket-'));
    const held: Socket[] = [];
    const server = createServer((socket) => {
      held.push(socket);
      socket.on('error', () => {});
      answer(socket);
    });
    sockets.push({ server, dir, held });
    const path = join(dir, 's');
    await new Promise<void>((resolve) => server.listen(path, resolve));
    return at(`unix@${path}`);
  }
  const at = (address: string, table = 'belay_drill'): DrillProxy => ({ environment: 'production', address, table });
  const replaced = (from: string | RegExp, to: string) => ({ edit: (text: string) => text.replace(from, to) });

  test('a socket that is not there, nobody who listens, a name that is none', async () => {
    await expect(expiryOf(at('unix@/nowhere/admin.sock'))).rejects.toThrow(/\/nowhere\/admin.sock is not there/);
    await expect(expiryOf(at('ipv4@127.0.0.1:1'))).rejects.toThrow(/nobody listens/);
  });

  test('one that hangs, that dribbles, that chatters, that is something else', async () => {
    await expect(expiryOf(await pretender(() => {}))).rejects.toThrow(/did not answer within 2 s/);
    const dribbles = await pretender((socket) => {
      const timer = setInterval(() => socket.write('\n'), 50);
      socket.once('close', () => clearInterval(timer));
    });
    await expect(expiryOf(dribbles)).rejects.toThrow(/did not answer within 2 s/);
    await expect(expiryOf(await pretender((s) => s.end('# table: '.repeat(20_000))))).rejects.toThrow(
      /more than was asked/,
    );
    await expect(expiryOf(await pretender((s) => s.end('-ERR unknown\r\n')))).rejects.toThrow(/not its runtime socket/);
    await expect(expiryOf(await pretender((s) => s.end()))).rejects.toThrow(/without an answer/);
  });

  test('no table, another type, nothing stored, no rights, a life that is too long, too short or endless', async () => {
    const ha = await haproxy();
    await expect(expiryOf({ ...ha.proxy, table: 'none' })).rejects.toThrow(/no stick-table none/);
    expect(await expiryOf(ha.proxy)).toBe(10_000);
    const wrong: Array<[ReturnType<typeof replaced> & { expire?: string }, RegExp]> = [
      [replaced(/level admin$/m, 'level user'), /needs level admin/],
      [replaced('store gpc0,gpt0', 'store gpc0,gpc1'), /does not store gpc0 and gpt0/],
      [replaced('len 256', 'len 32'), /needs type string len 256/],
      [replaced(/ expire \S+/, ''), /stays for ever/],
      [{ ...replaced('', ''), expire: '60s' }, /forgets after 60 s, and must after 4 to 20 s/],
      [{ ...replaced('', ''), expire: '1s' }, /forgets after 1 s/],
    ];
    for (const [of, message] of wrong)
      await expect(haproxy(of).then((one) => expiryOf(one.proxy))).rejects.toThrow(message);
  });
});
