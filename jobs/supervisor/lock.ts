/**
 * One supervisor a data directory. The lock is a file with the process id and what tells that process from a
 * later one with the same id; a lock whose process is gone is taken over.
 */
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Refusal } from './terminal';

export type Lock = { release: () => void; tookOver: boolean };

type Holder = { pid: number; started: string };

export async function lockDataDirectory(dir: string): Promise<Lock> {
  const file = join(dir, 'supervisor.lock');
  const mine: Holder = { pid: process.pid, started: startOf(process.pid) };
  makeDirectory(dir);
  let tookOver = false;
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      writeFileSync(file, JSON.stringify(mine), { flag: 'wx', mode: 0o644 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw unwritable(dir, error);
      const holder = readHolder(file);
      if (holder && startOf(holder.pid) === holder.started && alive(holder.pid)) throw inUse(dir, holder.pid);
      rmSync(file, { force: true });
      tookOver = true;
      continue;
    }
    // Two that found the same stale lock may each have removed what the other wrote: the last one stays.
    if (tookOver) await new Promise((resolve) => setTimeout(resolve, 200));
    const holder = readHolder(file);
    if (holder?.pid !== process.pid) throw inUse(dir, holder?.pid ?? 0);
    return { tookOver, release: () => rmSync(file, { force: true }) };
  }
  throw inUse(dir, readHolder(file)?.pid ?? 0);
}

function makeDirectory(dir: string): void {
  try {
    // Readable by the user that PostgreSQL runs as; what is secret inside has a mode of its own.
    if (makeFolders(dir)) chmodSync(dir, 0o755);
  } catch (error) {
    throw unwritable(dir, error);
  }
}

/** One by one: Node's own recursive mkdir never comes back from below `/proc`. */
function makeFolders(dir: string): boolean {
  if (existsSync(dir)) return false;
  makeFolders(dirname(dir));
  mkdirSync(dir);
  return true;
}

function readHolder(file: string): Holder | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder;
  } catch {
    return null;
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Boot and start time of a process on Linux; elsewhere nothing, and the id alone has to do. */
function startOf(pid: number): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The fields after the command's closing bracket; the start time is field 22 of the whole line.
    return `${boot} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`;
  } catch {
    return '';
  }
}

const inUse = (dir: string, pid: number) =>
  new Refusal(`data directory ${dir} is in use by process ${pid}: stop it or set DATA_DIR`);
const unwritable = (dir: string, error: unknown) =>
  new Refusal(
    `data directory ${dir} cannot be written (${(error as NodeJS.ErrnoException).code}): set DATA_DIR to one that can`,
  );
