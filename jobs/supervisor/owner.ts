/**
 * Who runs PostgreSQL. It refuses to run as root, so as root it runs as the unprivileged user `postgres`.
 * Where that user cannot reach the binaries or the data (a clone below `/root`, mode 0700), `setpriv` leaves it
 * one ambient capability, dac_override: the process still is not root, and nobody's directories are opened up.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync } from 'node:fs';

export type Owner = { uid: number; gid: number } | null;

export function unprivileged(): Owner {
  if (process.getuid?.() !== 0) return null;
  const look = () => spawnSync('id', ['-u', 'postgres'], { encoding: 'utf8' });
  if (look().status !== 0) {
    const made = spawnSync('useradd', ['--system', '--no-create-home', '--user-group', 'postgres'], {
      encoding: 'utf8',
    });
    if (made.status !== 0)
      throw new Error(
        `PostgreSQL does not run as root and the user "postgres" could not be made (${made.stderr?.trim() || made.error?.message}): run npm start as an ordinary user, or set DATABASE_URL`,
      );
  }
  const number = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: number('-u'), gid: number('-g') };
}

export function give(owner: Owner, ...paths: string[]): void {
  if (owner) for (const path of paths) chownSync(path, owner.uid, owner.gid);
}

export type Launch = { command: string; args: string[]; options: { uid?: number; gid?: number; cwd: string } };

/** How to run `command` as `owner` so that it reaches every one of `paths`. */
export function launchAs(owner: Owner, command: string, args: string[], paths: string[]): Launch {
  if (!owner) return { command, args, options: { cwd: '/' } };
  if (reaches(owner, [command, ...paths])) return { command, args, options: { ...owner, cwd: '/' } };
  const caps = '+dac_override';
  const given = ['--reuid', String(owner.uid), '--regid', String(owner.gid), '--clear-groups'];
  // Without the securebit access(2), by which PostgreSQL looks for its own parts, would not count the capability.
  const bits = ['--securebits', '+no_setuid_fixup', '--inh-caps', caps, '--ambient-caps', caps];
  const wrapped = [...given, ...bits, '--', command, ...args];
  if (spawnSync('setpriv', ['--version']).status !== 0)
    throw new Error(
      `the user "postgres" cannot reach ${paths[0] ?? command} and setpriv (package util-linux) is missing: set DATA_DIR and clone outside a private directory, or run npm start as an ordinary user`,
    );
  return { command: 'setpriv', args: wrapped, options: { cwd: '/' } };
}

function reaches(owner: { uid: number; gid: number }, paths: string[]): boolean {
  const script = 'for p in "$@"; do test -r "$p" || exit 1; done';
  return spawnSync('/bin/sh', ['-c', script, 'sh', ...paths], { ...owner, cwd: '/' }).status === 0;
}
