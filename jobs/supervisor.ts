/**
 * `npm start`: one process that starts what Belay is made of, keeps it running, and stops it in order.
 * Started: database, worker, console, receiver, demo shop. Stopped: the other way round, so that nothing is cut
 * off from what it still needs. The first signal asks, the second one kills.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { createSignInLink, listKeys } from '@/lib/access/access';
import type { Actor } from '@/lib/access/model';
import { type Config, getConfig } from '@/lib/config';
import { openDatabase } from '@/lib/db';
import { BelayError } from '@/lib/errors';
import { migrateDatabase } from '@/lib/migrate';
import { build, isBuilt, nextCommand } from './supervisor/build';
import { startChild } from './supervisor/child';
import { startDatabase } from './supervisor/database';
import { lockDataDirectory } from './supervisor/lock';
import { openLogFile } from './supervisor/log-file';
import { claimPorts, isLoopback, type Ports, reachableHost } from './supervisor/ports';
import { reachDatabase, reachRedis } from './supervisor/reach';
import { openStack, type Stack } from './supervisor/stack';
import { openTerminal, Refusal, type Terminal } from './supervisor/terminal';

/** How long what a killed supervisor left behind may take to end. */
const leftoversMs = 10_000;
const supervisor: Actor = { kind: 'rule', id: 'supervisor', name: 'supervisor', environment: null };

export async function main(root: string): Promise<void> {
  const terminal = openTerminal();
  const stack = openStack();
  const aborted = new AbortController();
  process.stdout.on('error', () => {}); // the terminal may be closed before we are done
  let ending: Promise<never> | undefined;
  const end = async (code: number): Promise<never> => {
    aborted.abort();
    await stack.stop();
    process.exit(code);
  };
  const onSignal = () => {
    if (ending) {
      stack.kill();
      process.exit(130);
    }
    terminal.line('\n  Stopping … (once more to kill)');
    ending = end(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  try {
    await start({ root, terminal, stack, signal: aborted.signal });
  } catch (error) {
    if (ending) return ending;
    for (const line of complaints(error)) process.stderr.write(`belay: ${line}\n`);
    await end(1);
  }
}

/** One line for each thing that the person can put right; a stack only for what is our own defect. */
function complaints(error: unknown): string[] {
  if (error instanceof BelayError && error.fields.length > 0)
    return error.fields.map((f) => `${f.field} ${f.message}: correct it or unset it`);
  if (error instanceof Refusal) return [error.message];
  return [error instanceof Error ? (error.stack ?? error.message) : String(error)];
}

type Start = { root: string; terminal: Terminal; stack: Stack; signal: AbortSignal };

async function start({ root, terminal, stack, signal }: Start): Promise<void> {
  const config = getConfig();
  terminal.line('Belay');
  const lock = await lockDataDirectory(config.DATA_DIR);
  stack.add({ name: 'lock', stop: async () => lock.release(), kill: lock.release });
  const ports = await claimPorts(config.HOST, config, lock.tookOver ? leftoversMs : 0);
  await Promise.all([
    config.DATABASE_URL && reachDatabase(config.DATABASE_URL),
    config.REDIS_URL && reachRedis(config.REDIS_URL),
  ]);
  const url = await prepare({ root, terminal, stack, signal, config });
  await refuseOpenDoor(config, url);
  const address = `http://${reachableHost(config.HOST)}`;
  writeInstance(config, stack, url);
  await startChildren({ config, ports, url, terminal, stack, signal, address });
  const console_ = `${address}:${ports.console}`;
  terminal.line('');
  terminal.line(`  Belay is ready at  ${console_}`);
  terminal.line(`  Sign in, once, at  ${console_}/sign-in/${await signInToken(url)}`);
  terminal.line(`  Send OTLP to       ${address}:${ports.otlp}`);
  terminal.line(`  Data and logs in   ${config.DATA_DIR}    Stop with Ctrl-C`);
  terminal.line('');
}

/** Database and console do not wait for each other. */
async function prepare(given: Start & { config: Config }): Promise<string> {
  const { root, terminal, stack, signal, config } = given;
  const database = async () => {
    const running = await startDatabase(config, terminal);
    stack.add({ name: 'PostgreSQL', stop: running.stop, kill: running.kill });
    signal.throwIfAborted();
    await terminal.step('database schema', () => migrateDatabase(running.url, root));
    return running.url;
  };
  const console_ = async () => {
    if (isBuilt(root)) return;
    await terminal.step('building the console, once after each change', () => build(root, signal));
  };
  const [url, built] = await Promise.allSettled([database(), console_()]);
  if (url.status === 'rejected') throw url.reason;
  if (built.status === 'rejected') throw built.reason;
  return url.value;
}

/** Whoever is not on this machine needs a key; while there is none, only this machine may come near. */
async function refuseOpenDoor(config: Config, url: string): Promise<void> {
  if (isLoopback(config.HOST)) return;
  const database = openDatabase(url, { name: 'supervisor', max: 1 });
  try {
    const keys = await listKeys({ db: database.db, now: () => new Date(), enqueue: async () => {}, actor: supervisor });
    if (keys.length > 0) return;
  } finally {
    await database.close();
  }
  throw new Refusal(
    `HOST ${config.HOST} opens Belay to other machines, and there are no keys: start with HOST=127.0.0.1, make one with npm run -s key -- create --name NAME --role admin, then start again`,
  );
}

async function startChildren(given: {
  config: Config;
  ports: Ports;
  url: string;
  terminal: Terminal;
  stack: Stack;
  signal: AbortSignal;
  address: string;
}): Promise<void> {
  const { config, ports, url, terminal, stack, signal, address } = given;
  const env = {
    ...process.env,
    NODE_ENV: 'production' as const,
    NEXT_TELEMETRY_DISABLED: '1',
    DATABASE_URL: url,
    DATA_DIR: config.DATA_DIR,
    HOST: config.HOST,
    PORT: String(ports.console),
    OTLP_PORT: String(ports.otlp),
  };
  const child = (name: string, args: string[], health: string | null): Promise<void> => {
    signal.throwIfAborted();
    const log = openLogFile(join(config.DATA_DIR, `logs/${name.replaceAll(' ', '-')}.log`), (line) =>
      terminal.problem(`${name}: ${line}`),
    );
    const started = stack.add(startChild({ name, args, env, log, health, say: terminal.problem }));
    return terminal.step(name, () => started.ready);
  };
  const job = (file: string) => ['--import', 'tsx', `jobs/${file}.ts`];
  const next = [nextCommand(), 'start', '-p', String(ports.console), '-H', config.HOST];
  await Promise.all([
    child('worker', job('worker'), null),
    child('console', next, `${address}:${ports.console}/healthz`),
    child('receiver', job('receiver'), `${address}:${ports.otlp}/healthz`),
  ]);
  if (config.BELAY_DEMO) await child('demo shop', job('demo/shop'), null);
}

/** What shell commands beside a running instance need; gone when it stops. */
function writeInstance(config: Config, stack: Stack, url: string): void {
  const file = join(config.DATA_DIR, 'instance.json');
  const remove = () => rmSync(file, { force: true });
  remove(); // mode applies to a new file only
  writeFileSync(file, JSON.stringify({ databaseUrl: url, pid: process.pid }), { mode: 0o600 });
  stack.add({ name: 'instance.json', stop: async () => remove(), kill: remove });
}

async function signInToken(url: string): Promise<string> {
  const database = openDatabase(url, { name: 'supervisor', max: 1 });
  try {
    return (await createSignInLink(database.db, new Date(), personName(), 'admin')).token;
  } finally {
    await database.close();
  }
}

function personName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'admin'; // a user id without a name, as in some containers
  }
}
