/** The receiver as a process of its own, as production runs it: for the bench and for tests that kill it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { freePort } from '@/jobs/postgres';

export type ReceiverProcess = {
  port: number;
  pid: number;
  process: ChildProcess;
  /** Sends the signal and resolves with how it ended. */
  end(signal: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
};

const root = fileURLToPath(new URL('../..', import.meta.url));

/** @throws with what it printed, when it ends before it is ready */
export async function startReceiver(options: {
  databaseUrl: string;
  port?: number;
  env?: Record<string, string>;
  nodeArguments?: string[];
}): Promise<ReceiverProcess> {
  const port = options.port ?? (await freePort());
  const child = spawn(process.execPath, [...(options.nodeArguments ?? []), '--import', 'tsx', 'jobs/receiver.ts'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      ...process.env,
      HOST: '127.0.0.1',
      DATABASE_URL: options.databaseUrl,
      OTLP_PORT: String(port),
      ...options.env,
    },
  });
  let printed = '';
  const keep = (chunk: Buffer) => {
    printed = (printed + chunk.toString()).slice(-4000);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  await Promise.race([
    new Promise<void>((resolve) => child.once('message', () => resolve())),
    ended.then(({ code }) => {
      throw new Error(`the receiver ended with ${code}: ${printed}`);
    }),
  ]);
  return {
    port,
    pid: child.pid ?? 0,
    process: child,
    end: (signal) => {
      child.kill(signal);
      return ended;
    },
  };
}
