/** What must be there before any TypeScript can run. Plain Node, no dependency. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

export function fail(line) {
  process.stderr.write(`belay: ${line}\n`);
  process.exit(1);
}

export function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  fail(`Node ${process.versions.node} is too old: install Node 20.19 or newer`);
}

function packages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? {};
  } catch {
    return null;
  }
}

/** Compares versions with the lock, not times: a clone or a checkout makes every file look new. */
export function missingPackages({ dev }) {
  const wanted = packages(join(root, 'package-lock.json'));
  const installed = packages(join(root, 'node_modules/.package-lock.json')) ?? {};
  if (!wanted) fail('package-lock.json is missing or broken: clone the repository again');
  return Object.keys(wanted).filter((path) => {
    const entry = wanted[path];
    if (path === '' || entry.link || entry.optional || entry.devOptional || (entry.dev && !dev)) return false;
    return installed[path]?.version !== entry.version || !existsSync(join(root, path));
  });
}

export function install({ dev }) {
  const missing = missingPackages({ dev });
  if (missing.length === 0) return;
  const before = existsSync(join(root, 'node_modules/.package-lock.json'));
  console.log(
    before ? `Installing: ${missing.length} packages differ from package-lock.json …` : 'Installing the dependencies …',
  );
  const started = Date.now();
  // Not `npm ci`: it refuses the lock where a registry lacks another platform's optional binaries. The versions are
  // the lock's all the same, and --no-save leaves package.json and the lock as they are.
  const made = spawnSync(
    'npm',
    ['install', '--no-save', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'],
    {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      shell: process.platform === 'win32',
    },
  );
  if (made.status !== 0) fail('npm install failed: see the lines above, then run the command again');
  console.log(`Installed in ${Math.round((Date.now() - started) / 1000)} s`);
}
