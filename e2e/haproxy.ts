/**
 * A real HAProxy for tests, with the configuration of the examples in front of a service that counts and answers 200:
 * the one that HAPROXY_PATH names, else the one on the machine. Neither: a failure that says what to install.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, createServer, type IncomingMessage, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@/jobs/postgres';
import { clearEntry } from '@/lib/drill/fault/haproxy';
import type { DrillProxy } from '@/lib/drill/proxy-model';

const example = join(process.cwd(), 'e2e/examples/haproxy-drill.cfg');

function binary(): string {
  const tried = [process.env.HAPROXY_PATH, 'haproxy', '/usr/sbin/haproxy', '/usr/local/sbin/haproxy'];
  const found = tried.find((path) => path && spawnSync(path, ['-v']).status === 0);
  if (found) return found;
  throw new Error('HAProxy is needed for these tests: install haproxy (2.6 or later), or set HAPROXY_PATH');
}

export type Caller = { drill?: string; version: string; cohort: string };
export type Answered = { status: number; drill: string | undefined };

/** `edit`: what an operator got wrong. */
export async function startHaproxy({ expire = '10s', edit = (text: string) => text } = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'belay-haproxy-'));
  const config = join(dir, 'haproxy.cfg');
  writeFileSync(config, edit(readFileSync(example, 'utf8')));
  const passed: IncomingMessage['headers'][] = [];
  const service = createServer((asked, answer) => {
    passed.push(asked.headers);
    answer.end('ok\n');
  });
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  const port = await freePort();
  const socket = join(dir, 'admin.sock');
  const env = {
    ...process.env,
    DRILL_SOCKET: socket,
    DRILL_EXPIRE: expire,
    DRILL_BIND: `127.0.0.1:${port}`,
    DRILL_SERVICE: `127.0.0.1:${(service.address() as AddressInfo).port}`,
  };
  const child = spawn(binary(), ['-db', '-f', config], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await listening(child, port);
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });

  async function stop(): Promise<void> {
    agent.destroy();
    child.kill('SIGKILL');
    await exited;
    service.closeAllConnections();
    await new Promise((resolve) => service.close(resolve));
    rmSync(dir, { recursive: true, force: true });
  }
  const proxy: DrillProxy = { environment: 'production', address: `unix@${socket}`, table: 'belay_drill' };
  const send = (caller: Caller) => call(agent, port, caller);
  const many = async (count: number, caller: Caller): Promise<Answered[]> =>
    Promise.all(Array.from({ length: count }, () => send(caller)));
  const forget = (key: string) => clearEntry(proxy, key);
  return { proxy, port, passed, send, many, forget, stop };
}

/** Until it takes connections; it says on stderr what keeps it from that. */
async function listening(child: ChildProcess, port: number): Promise<void> {
  let said = '';
  child.stderr?.on('data', (chunk) => {
    said += chunk;
  });
  for (;;) {
    if (child.exitCode !== null) throw new Error(`haproxy ended: ${said}`);
    if (await connects(port)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const connects = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

function call(agent: Agent, port: number, { drill, version, cohort }: Caller): Promise<Answered> {
  const headers = {
    'belay-version': version,
    'belay-cohort': cohort,
    ...(drill === undefined ? {} : { 'belay-drill': drill }),
  };
  return new Promise((resolve, reject) => {
    const asked = request({ agent, port, host: '127.0.0.1', headers }, (answer) => {
      answer.resume();
      answer.once('end', () => {
        const told = answer.headers['belay-drill'];
        resolve({ status: answer.statusCode ?? 0, drill: typeof told === 'string' ? told : undefined });
      });
    });
    asked.once('error', reject);
    asked.end();
  });
}
