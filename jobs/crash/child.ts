/** A worker as it runs in production, as a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { buildSync } from 'esbuild';

export type Ended = { code: number | null; signal: NodeJS.Signals | null };
export type Worker = {
  pid: number;
  ended: Promise<Ended>;
  /** null: it runs */
  over: () => Ended | null;
  /** the last of what it said */
  output: () => string;
  kill: (signal: NodeJS.Signals) => void;
  /** Asks it to end, and waits. */
  stop: () => Promise<Ended>;
};
export type WorkerSettings = { databaseUrl: string; redisUrl: string | null; failpoint?: string };

const keptChars = 20_000;

let made: string | undefined;

/**
 * `jobs/worker.ts` in one file, what npm brings left outside: a process of it starts with a third of the work, and a
 * crash run starts dozens. Named by its content, so that whoever else runs other sources is not given these.
 */
function program(): string {
  if (made) return made;
  const entryPoints = ['jobs/worker.ts'];
  const how = { bundle: true, platform: 'node', format: 'esm', packages: 'external', keepNames: true } as const;
  const { text = '' } = buildSync({ entryPoints, ...how, write: false }).outputFiles[0] ?? {};
  const dir = 'node_modules/.cache/belay';
  const file = `${dir}/worker-${createHash('sha256').update(text).digest('hex').slice(0, 16)}.mjs`;
  mkdirSync(dir, { recursive: true });
  // Others may be starting the same one just now.
  writeFileSync(`${file}.${process.pid}`, text);
  renameSync(`${file}.${process.pid}`, file);
  made = file;
  return file;
}

export function startWorker(settings: WorkerSettings): Worker {
  const child: ChildProcess = spawn(process.execPath, [program()], {
    env: {
      ...process.env,
      DATABASE_URL: settings.databaseUrl,
      REDIS_URL: settings.redisUrl ?? '',
      BELAY_FAILPOINT: settings.failpoint ?? '',
      OTEL_EXPORTER_OTLP_ENDPOINT: '',
      LOG_LEVEL: 'warn',
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  let over: Ended | null = null;
  const keep = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-keptChars);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  const ended = new Promise<Ended>((resolve) =>
    child.once('close', (code, signal) => {
      over = { code, signal };
      resolve(over);
    }),
  );
  return {
    pid: child.pid ?? 0,
    ended,
    over: () => over,
    output: () => output,
    kill: (signal) => void child.kill(signal),
    stop: async () => {
      child.kill('SIGCONT');
      child.kill('SIGTERM');
      return ended;
    },
  };
}
