/** An installation of one's own: `npm start`, as a newcomer runs it, with a directory and ports of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export type Ended = { code: number | null; output: string };
export type Installation = {
  address: string;
  signInLink: string;
  otlp: string;
  databaseUrl: string;
  pid: number;
  output: () => string;
  /** Ends it and waits; the data stays. */
  stop: (signal?: NodeJS.Signals) => Promise<Ended>;
};

const root = fileURLToPath(new URL('..', import.meta.url));
const readyWithinMs = 240_000;

export const newDirectory = (): string => mkdtempSync(join(tmpdir(), 'belay-installation-'));
export const removeDirectory = (dir: string): void => rmSync(dir, { recursive: true, force: true });

type Settings = Record<string, string>;

function run(
  dataDir: string,
  settings: Settings,
): { child: ChildProcess; output: () => string; ended: Promise<Ended> } {
  // What this person has set for an instance of their own, in the environment or in .env, is not for this one.
  const none = { DATABASE_URL: '', REDIS_URL: '', HOST: '', OTEL_EXPORTER_OTLP_ENDPOINT: '' };
  const own = { ...none, DATA_DIR: dataDir, PORT: '0', OTLP_PORT: '0', BELAY_DEMO: '0', ...settings };
  const env: NodeJS.ProcessEnv = { ...process.env, NODE_ENV: 'production' };
  const child = spawn(process.execPath, ['jobs/start.mjs'], {
    cwd: root,
    env: Object.assign(env, own),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const keep = (chunk: Buffer) => {
    output += chunk.toString();
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, output })));
  return { child, output: () => output, ended };
}

/** Starts one that is expected to refuse. */
export function startInVain(dataDir: string, settings: Settings = {}): Promise<Ended> {
  return run(dataDir, settings).ended;
}

export async function startInstallation(dataDir: string, settings: Settings = {}): Promise<Installation> {
  const { child, output, ended } = run(dataDir, settings);
  const find = (pattern: RegExp) => pattern.exec(output())?.[1];
  let over = false;
  void ended.then(() => {
    over = true;
  });
  const until = Date.now() + readyWithinMs;
  while (!find(/Stop with (Ctrl-C)/)) {
    if (over || Date.now() > until) throw new Error(`Belay did not start:\n${output()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const instance = JSON.parse(readFileSync(join(dataDir, 'instance.json'), 'utf8')) as { databaseUrl: string };
  return {
    address: find(/ready at\s+(\S+)/) ?? '',
    signInLink: find(/Sign in, once, at\s+(\S+)/) ?? '',
    otlp: find(/Send OTLP to\s+(\S+)/) ?? '',
    databaseUrl: instance.databaseUrl,
    pid: child.pid ?? 0,
    output,
    stop: (signal = 'SIGTERM') => {
      child.kill(signal);
      return ended;
    },
  };
}
