import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { testDatabase } from '@/e2e/database';
import { startPostgres } from '@/jobs/postgres';
import { authenticate, redeemSignInLink } from '@/lib/access/access';

const { database, url } = testDatabase();
const root = process.cwd();
const dirs: string[] = [];

function newDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'belay-key-'));
  chmodSync(dir, 0o755);
  dirs.push(dir);
  return dir;
}

afterAll(() => {
  for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
});

type Ran = { code: number; out: string; err: string };

function key(args: string[], env: Record<string, string>): Promise<Ran> {
  const { DATABASE_URL, DATA_DIR, ...rest } = process.env;
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--import', 'tsx', 'jobs/shell/key.ts', ...args],
      { cwd: root, env: { ...rest, ...env } },
      (error, out, err) => resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, out, err }),
    );
  });
}

const who = (printed: string) =>
  authenticate(database().db, new Date(), { authorization: `Bearer ${printed.trim()}`, loopback: false });

describe('with DATABASE_URL', () => {
  test('create prints the key and nothing else; list shows it; revoke ends it', async () => {
    const env = { DATABASE_URL: url() };
    const made = await key(['create', '--name', 'shop', '--role', 'ingest', '--environment', 'production'], env);
    expect(made).toMatchObject({ code: 0, err: '' });
    expect(made.out).toMatch(/^belay_[0-9a-z_]+\n$/);
    const actor = await who(made.out);
    expect(actor).toMatchObject({ kind: 'key', name: 'shop', role: 'ingest', environment: 'production' });
    const listed = await key(['list'], env);
    expect(listed.out).toBe(`${actor.id}\tvalid\tingest\tproduction\tshop\n`);
    expect(await key(['revoke', actor.id], env)).toEqual({ code: 0, out: `${actor.id}\n`, err: '' });
    await expect(who(made.out)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  test('sign-in-link prints a token; the first person is an admin, and so is the user of the machine', async () => {
    const env = { DATABASE_URL: url() };
    const sign = async (...args: string[]) => {
      const { out } = await key(['sign-in-link', ...args], env);
      return (await redeemSignInLink(database().db, new Date(), out.trim())).actor;
    };
    expect(await sign('--name', 'Ada')).toMatchObject({ name: 'Ada', role: 'admin' });
    expect(await sign('--name', 'Bob')).toMatchObject({ name: 'Bob', role: 'viewer' });
    expect(await sign('--name', 'Eve', '--role', 'operator')).toMatchObject({ name: 'Eve', role: 'operator' });
    expect(await sign()).toMatchObject({ role: 'admin' });
  });

  test.each<[string[], string]>([
    [['create', '--role', 'ingest'], '--name'],
    [['create', '--name', 'n'], '--role'],
    [['create', '--name', 'n', '--role', 'root'], '--role'],
    [['create', '--name', '', '--role', 'ingest'], '--name'],
    [['create', '--name', 'n', '--role', 'ingest', '--environment', ''], '--environment'],
    [['create', '--name', 'n', '--role', 'ingest', '--expires-at', 'soon'], '--expires-at'],
    [['create', '--name', 'n', '--role', 'ingest', '--colour', 'red'], '--colour'],
    [['create', '--name'], '--name'],
    [['sign-in-link', '--name', 'n', '--role', 'ingest'], '--role'],
    [['revoke'], 'ID'],
    [['revoke', 'nokey'], 'nokey'],
    [['destroy'], 'destroy'],
    [[], 'command'],
  ])('%j exits 1 and names %s', async (args, named) => {
    const ran = await key(args, { DATABASE_URL: url() });
    expect(ran).toMatchObject({ code: 1, out: '' });
    expect(ran.err.split('\n')[0]).toContain(named);
    expect(ran.err).not.toMatch(/^\s+at /m);
  });

  test('an address where nobody answers is said to be that', async () => {
    const ran = await key(['list'], { DATABASE_URL: 'postgres://u:secret@127.0.0.1:1/x' });
    expect(ran).toMatchObject({ code: 1, out: '' });
    expect(ran.err).toContain('DATABASE_URL');
    expect(ran.err).not.toContain('secret');
  });
});

describe('with DATA_DIR', () => {
  test('beside a running instance, through the address that it wrote down', async () => {
    const dir = newDir();
    writeFileSync(join(dir, 'instance.json'), JSON.stringify({ databaseUrl: url() }), { mode: 0o600 });
    const { out } = await key(['create', '--name', 'beside', '--role', 'viewer'], { DATA_DIR: dir });
    expect(await who(out)).toMatchObject({ name: 'beside', environment: null });
  });

  test('on a stopped instance, which is stopped again afterwards, also where a killed one left its address', async () => {
    const dir = newDir();
    const made = await startPostgres({ dir, settings: ['fsync=off'] });
    await made.stop();
    writeFileSync(join(dir, 'instance.json'), JSON.stringify({ databaseUrl: made.url }));
    const created = await key(['create', '--name', 'later', '--role', 'viewer'], { DATA_DIR: dir });
    expect(created).toMatchObject({ code: 0, err: '' });
    expect(existsSync(join(dir, 'postgres', 'postmaster.pid'))).toBe(false);
    // Two at once take turns.
    for (const listed of await Promise.all([key(['list'], { DATA_DIR: dir }), key(['list'], { DATA_DIR: dir })]))
      expect(listed).toMatchObject({ code: 0, out: expect.stringMatching(/^\w+\tvalid\tviewer\t\*\tlater\n$/) });
    expect(existsSync(join(dir, 'supervisor.lock'))).toBe(false);
    expect(existsSync(join(dir, 'postgres', 'postmaster.pid'))).toBe(false);
  });

  test('an empty one says what to do, and stays empty', async () => {
    const dir = newDir();
    const ran = await key(['create', '--name', 'n', '--role', 'viewer'], { DATA_DIR: dir });
    expect(ran).toMatchObject({ code: 1, out: '' });
    expect(ran.err).toContain('DATA_DIR');
    expect(existsSync(join(dir, 'postgres'))).toBe(false);
  });
});
