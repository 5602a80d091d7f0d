/**
 * One process that must run. It is started again when it ends by itself, at once the first time and ever later
 * while it keeps ending; a child that never became ready while Belay starts is a failure of the start.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { get } from 'node:http';
import { fileURLToPath } from 'node:url';
import type { LogFile } from './log-file';
import { Refusal } from './terminal';

export type Child = { name: string; ready: Promise<void>; stop: () => Promise<void>; kill: () => void };

const firstDelayMs = 100;
const longestDelayMs = 5_000;
/** Who ran this long is well again: the next end is a first one. */
const wellAfterMs = 5_000;
const startsWithinMs = 60_000;
const endsWithinMs = 8_000;
const answersWithinMs = 2_000;
const leash = new URL('./leash.mjs', import.meta.url).href;
const root = fileURLToPath(new URL('../..', import.meta.url));

export function startChild(options: {
  name: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  log: LogFile;
  /** An address that answers 200 once it is ready; without one it says `ready` itself. */
  health: string | null;
  say: (line: string) => void;
}): Child {
  let process_: ChildProcess | undefined;
  let stopping = false;
  let delay = firstDelayMs;
  let timer: NodeJS.Timeout | undefined;
  let everReady = false;
  let fail: (error: Error) => void = () => {};

  const launch = () => {
    const started = Date.now();
    const child = spawn(process.execPath, ['--import', leash, ...options.args], {
      cwd: root,
      env: options.env,
      // In a group of its own: Ctrl-C reaches the supervisor only, which stops its children in order.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    process_ = child;
    child.stdout?.on('data', (chunk: Buffer) => options.log.write(chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => options.log.write(chunk.toString()));
    child.once('error', (error) => options.log.write(`${error.message}\n`));
    child.once('exit', (code, signal) => {
      if (stopping) return;
      const how = signal ?? `exit code ${code}`;
      if (!everReady) return fail(new Refusal(`the ${options.name} did not start (${how}):\n${options.log.tail()}`));
      if (Date.now() - started > wellAfterMs) delay = firstDelayMs;
      options.say(`${options.name} ended (${how}); starting it again`);
      timer = setTimeout(launch, delay);
      delay = Math.min(longestDelayMs, delay * 2);
    });
    return child;
  };

  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  const first = Promise.race([failed, ready(launch(), options.health, options.name)]).then(() => {
    everReady = true;
  });
  return {
    name: options.name,
    ready: first,
    stop: async () => {
      stopping = true;
      clearTimeout(timer);
      if (process_) await end(process_);
    },
    kill: () => {
      stopping = true;
      clearTimeout(timer);
      process_?.kill('SIGKILL');
    },
  };
}

async function ready(child: ChildProcess, health: string | null, name: string): Promise<void> {
  let said = false;
  child.on('message', (message) => {
    if (message === 'ready') said = true;
  });
  const until = Date.now() + startsWithinMs;
  while (Date.now() < until && child.exitCode === null && child.signalCode === null) {
    if (said || (health !== null && (await answers(health)))) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  // A child that ended is reported by its exit, with what it printed last.
  await new Promise((resolve) => setTimeout(resolve, 500));
  throw new Refusal(`the ${name} was not ready within ${startsWithinMs / 1000} s: see its file in DATA_DIR/logs`);
}

/**
 * On a connection of its own with an end of its own. `fetch` holds its own signal weakly: once that is collected no
 * abort ends a request that is never answered, and a start waits for ever.
 */
function answers(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode === 200));
    });
    const timer = setTimeout(() => request.destroy(), answersWithinMs);
    request.once('error', () => {});
    request.once('close', () => {
      clearTimeout(timer);
      resolve(false);
    });
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const insist = setTimeout(() => child.kill('SIGKILL'), endsWithinMs);
  await exited;
  clearTimeout(insist);
}
