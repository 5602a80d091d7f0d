import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import postgres from 'postgres';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Installation, newDirectory, removeDirectory, startInstallation, startInVain } from '@/e2e/installation';

const lines = (output: string) => output.split('\n').filter((line) => line.startsWith('belay: '));

describe('an installation', () => {
  const dir = newDirectory();
  let running: Installation;
  beforeAll(async () => {
    running = await startInstallation(dir);
  }, 300_000);
  afterAll(async () => {
    await running.stop();
    removeDirectory(dir);
  });

  test('answers, tells shell commands where its database is, and lets nobody else read that', async () => {
    expect((await fetch(`${running.address}/healthz`)).status).toBe(200);
    expect((await fetch(`${running.address}/readyz`)).status).toBe(200);
    expect((await fetch(`${running.otlp}/healthz`)).status).toBe(200);
    expect((await fetch(running.signInLink)).status).toBe(200);
    const file = join(dir, 'instance.json');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ databaseUrl: running.databaseUrl, pid: running.pid });
    expect(statSync(file).mode & 0o077).toBe(0);
  });

  test('refuses a second one on the same directory, in one line that names the first', async () => {
    const second = await startInVain(dir);
    expect(second.code).toBe(1);
    expect(lines(second.output)).toEqual([
      `belay: data directory ${dir} is in use by process ${running.pid}: stop it or set DATA_DIR`,
    ]);
    expect((await fetch(`${running.address}/healthz`)).status).toBe(200);
  });

  test('stops in order on SIGTERM, and the next start keeps the data', async () => {
    const sql = postgres(running.databaseUrl, { max: 1 });
    await sql`create table kept (n int)`;
    await sql`insert into kept values (42)`;
    await sql.end();
    const ended = await running.stop('SIGTERM');
    expect(ended.code).toBe(0);
    expect(existsSync(join(dir, 'instance.json'))).toBe(false);
    expect(existsSync(join(dir, 'supervisor.lock'))).toBe(false);
    // A fast shutdown removes its own lock and leaves nothing to recover.
    expect(existsSync(join(dir, 'postgres/postmaster.pid'))).toBe(false);

    running = await startInstallation(dir);
    expect(running.output()).not.toContain('building the console');
    expect(readFileSync(join(dir, 'logs/postgres.log'), 'utf8')).not.toContain('not properly shut down');
    const again = postgres(running.databaseUrl, { max: 1 });
    expect(await again`select n from kept`).toEqual([{ n: 42 }]);
    await again.end();
  }, 300_000);

  test('takes over from a supervisor that was killed, children, database and all', async () => {
    const ended = await running.stop('SIGKILL');
    expect(ended.code).toBeNull();
    expect(existsSync(join(dir, 'supervisor.lock'))).toBe(true);
    running = await startInstallation(dir);
    const sql = postgres(running.databaseUrl, { max: 1 });
    expect(await sql`select n from kept`).toEqual([{ n: 42 }]);
    await sql.end();
  }, 300_000);
});

describe('refusals: one line that says what and what to do, and exit code 1', () => {
  const dir = newDirectory();
  const open: Server[] = [];
  afterEach(() => {
    for (const server of open.splice(0)) server.close();
  });
  afterAll(() => removeDirectory(dir));

  const listen = (answer?: (server: Server) => void) =>
    new Promise<number>((resolve) => {
      const server = createServer();
      open.push(server);
      answer?.(server);
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
    });

  async function refusal(settings: Record<string, string>): Promise<string> {
    const { code, output } = await startInVain(dir, settings);
    expect(code, output).toBe(1);
    expect(lines(output), output).toHaveLength(1);
    return lines(output)[0] ?? '';
  }

  test('a port in use', async () => {
    const port = await listen();
    expect(await refusal({ PORT: String(port) })).toBe(
      `belay: port ${port} is in use: stop what listens there or set PORT to another port`,
    );
    expect(await refusal({ OTLP_PORT: String(port) })).toBe(
      `belay: port ${port} is in use: stop what listens there or set OTLP_PORT to another port`,
    );
  });

  test('the same port twice', async () => {
    expect(await refusal({ PORT: '4555', OTLP_PORT: '4555' })).toContain('PORT and OTLP_PORT are both 4555');
  });

  test('a host that is not here', async () => {
    expect(await refusal({ HOST: '203.0.113.7' })).toContain('HOST 203.0.113.7 is no address of this machine');
  });

  test('a setting that is not one', async () => {
    expect(await refusal({ BELAY_DEMO: 'perhaps' })).toContain('BELAY_DEMO must be 0 or 1');
  });

  test('a database that is not there; its password is not shown', async () => {
    const line = await refusal({ DATABASE_URL: 'postgres://belay:hush@127.0.0.1:1/belay' });
    expect(line).toContain('DATABASE_URL postgres://belay:***@127.0.0.1:1/belay cannot be reached');
    expect(line).toContain('ECONNREFUSED');
    expect(line).not.toContain('hush');
  });

  test('a database that takes the connection and says nothing', async () => {
    const port = await listen();
    expect(await refusal({ DATABASE_URL: `postgres://belay@127.0.0.1:${port}/belay` })).toContain(
      'cannot be reached (no answer within 6 s)',
    );
  });

  test('a Redis that is not there', async () => {
    expect(await refusal({ REDIS_URL: 'redis://127.0.0.1:1' })).toContain(
      'REDIS_URL redis://127.0.0.1:1 cannot be reached (connect ECONNREFUSED 127.0.0.1:1): start that Redis',
    );
  });

  test('a Redis that is too old', async () => {
    const port = await listen((server) =>
      server.on('connection', (socket) => {
        const info = 'redis_version:5.0.7\r\nloading:0';
        // One answer a command, however many of them a packet brings.
        socket.on('data', (sent) => {
          const commands = String(sent).match(/^\*\d+\r$/gm) ?? [];
          for (const _ of commands) socket.write(`$${info.length}\r\n${info}\r\n`);
        });
        socket.on('error', () => {});
      }),
    );
    expect(await refusal({ REDIS_URL: `redis://127.0.0.1:${port}` })).toContain(
      'is Redis 5.0: Belay needs 6.2 or newer',
    );
  });

  test('an address for other machines while there is no key', async () => {
    expect(await refusal({ HOST: '0.0.0.0' })).toContain('HOST 0.0.0.0 opens Belay to other machines');
  }, 300_000);
});
