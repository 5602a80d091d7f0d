/** `next build`, only when what it is made of has changed since the last one. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Refusal } from './terminal';

const sources = [
  'app',
  'lib',
  'drizzle/schema',
  'instrumentation.ts',
  'proxy.ts',
  'next.config.mjs',
  'postcss.config.mjs',
  'public',
  'package-lock.json',
];
const require = createRequire(import.meta.url);
export const nextCommand = (): string => require.resolve('next/dist/bin/next');

const stampFile = (root: string) => join(root, '.next/belay.stamp');

export function stampOf(root: string): string {
  const hash = createHash('sha256');
  const add = (path: string) => {
    const full = join(root, path);
    if (!existsSync(full)) return;
    if (statSync(full).isDirectory()) {
      for (const name of readdirSync(full).sort()) add(`${path}/${name}`);
    } else if (!/\.test\.tsx?$/.test(path)) {
      hash.update(`${path}\0`).update(readFileSync(full)).update('\0');
    }
  };
  for (const source of sources) add(source);
  return hash.digest('hex');
}

export function isBuilt(root: string): boolean {
  if (!existsSync(join(root, '.next/BUILD_ID')) || !existsSync(stampFile(root))) return false;
  return readFileSync(stampFile(root), 'utf8') === stampOf(root);
}

/** @returns what Next printed. The stamp is taken before the build: an edit during it makes the next one build again. */
export async function build(root: string, signal?: AbortSignal): Promise<void> {
  const stamp = stampOf(root);
  const output = await runNext(root, signal);
  if (output !== null) throw new Refusal(`the console could not be built:\n${output}`);
  mkdirSync(join(root, '.next'), { recursive: true });
  writeFileSync(stampFile(root), stamp);
}

/** @returns null when it went well, else the end of what it printed. */
function runNext(root: string, signal?: AbortSignal): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [nextCommand(), 'build'], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
      signal,
    });
    let printed = '';
    const keep = (chunk: Buffer) => {
      printed = (printed + chunk.toString()).slice(-8000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', reject);
    child.once('close', (code) => resolve(code === 0 ? null : printed.trim()));
  });
}
