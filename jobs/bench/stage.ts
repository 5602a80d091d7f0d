/** What a figure is measured on: a PostgreSQL with fsync on, a receiver and maybe a worker, each a process of its own. */
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '@/jobs/postgres';
import { startReceiver } from '@/jobs/receiver/process';
import { type Database, openDatabase } from '@/lib/db';
import { migrateDatabase } from '@/lib/migrate';

export type Stage = {
  database: Database;
  databaseUrl: string;
  port: number;
  /** CPU seconds since they began */
  cpu: () => { receiver: number; worker: number; postgres: number };
  /** Ends the worker in good order. @returns CPU seconds that it used in all */
  endWorker: () => Promise<number>;
  close: () => Promise<void>;
};

export async function openStage(options: { worker?: boolean } = {}): Promise<Stage> {
  const dir = mkdtempSync(join(tmpdir(), 'belay-bench-'));
  chmodSync(dir, 0o755);
  const server = await startPostgres({ dir });
  await migrateDatabase(server.url, process.cwd());
  const profile = process.env.BELAY_BENCH_PROFILE;
  const nodeArguments = profile ? ['--cpu-prof', `--cpu-prof-dir=${profile}`] : [];
  const receiver = await startReceiver({ databaseUrl: server.url, nodeArguments });
  const worker = options.worker ? await startWorker(server.url, nodeArguments) : undefined;
  const database = openDatabase(server.url, { name: 'bench', max: 2 });
  return {
    database,
    databaseUrl: server.url,
    port: receiver.port,
    cpu: () => ({
      receiver: cpuSeconds([receiver.pid]),
      worker: worker ? cpuSeconds([worker.pid]) : 0,
      postgres: cpuSeconds([server.pid]),
    }),
    endWorker: async () => {
      const before = endedChildrenSeconds();
      await worker?.end();
      return endedChildrenSeconds() - before;
    },
    close: async () => {
      await worker?.end();
      await receiver.end('SIGTERM');
      await database.close();
      await server.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function startWorker(databaseUrl: string, nodeArguments: string[]) {
  const child = spawn(process.execPath, [...nodeArguments, '--import', 'tsx', 'jobs/worker.ts'], {
    env: { ...process.env, DATABASE_URL: databaseUrl, LOG_LEVEL: 'error' },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await Promise.race([
    new Promise<void>((resolve) => child.once('message', () => resolve())),
    ended.then(() => {
      throw new Error('the worker ended before it was ready');
    }),
  ]);
  return {
    pid: child.pid ?? 0,
    end: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

const ticksPerSecond = 100;

/** CPU of all our children that are gone. */
function endedChildrenSeconds(): number {
  const fields = statOf('self') ?? [];
  return (Number(fields[13]) + Number(fields[14])) / ticksPerSecond;
}

/** The processes and all that they started, from /proc. */
function cpuSeconds(roots: number[]): number {
  const children = new Map<number, number[]>();
  const ticks = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const fields = statOf(name);
    if (!fields) continue;
    const parent = Number(fields[1]);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
    // user and system time, own and of children that ended
    ticks.set(
      Number(name),
      [11, 12, 13, 14].reduce((sum, i) => sum + Number(fields[i]), 0),
    );
  }
  const sum = (pid: number): number =>
    (ticks.get(pid) ?? 0) + (children.get(pid) ?? []).reduce((total, child) => total + sum(child), 0);
  return roots.reduce((total, pid) => total + sum(pid), 0) / ticksPerSecond;
}

function statOf(pid: string): string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null; // ended meanwhile
  }
}

export function cpuOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] as number;
}

export function quantile(values: number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] as number;
}
