/**
 * What the tests need and npm does not bring: a Redis, an HAProxy and a Chromium. An address or path from the environment,
 * else what is on the machine, else Debian's packages when root, else a failure that says what to install.
 */
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import { fail } from './bootstrap.mjs';

const oldestRedis = [6, 2];

function runs(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function onPath(...names) {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const files = names.flatMap((name) => (isAbsolute(name) ? [name] : folders.map((folder) => join(folder, name))));
  return files.find(runs);
}

/** @returns whether the package is there now */
function debian(name) {
  if (process.getuid?.() !== 0 || !onPath('apt-get')) return false;
  console.log(`Installing ${name} with apt-get …`);
  // RUNLEVEL=1: the package is wanted, the service that Debian would start with it is not.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const apt = (...args) => spawnSync('apt-get', ['-qq', ...args], { stdio: ['ignore', 'ignore', 'inherit'], env });
  apt('update');
  return apt('install', '-y', '--no-install-recommends', name).status === 0;
}

/** One command to a Redis, without a client: what `npm ci` has not brought yet must not be needed here. */
function ask(url, command) {
  return new Promise((resolve, reject) => {
    const { hostname, port, username, password } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port || 6379) });
    let answer = '';
    const word = (text) => `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
    const send = (...words) => socket.write(`*${words.length}\r\n${words.map(word).join('')}`);
    socket.setTimeout(5000, () => socket.destroy(new Error('no answer within 5 s')));
    socket.once('error', reject);
    socket.once('connect', () => {
      if (password) send('AUTH', decodeURIComponent(username || 'default'), decodeURIComponent(password));
      send(...command);
      send('QUIT');
    });
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.once('close', () => resolve(answer));
  });
}

async function version(url) {
  const [, major, minor] = /redis_version:(\d+)\.(\d+)/.exec(await ask(url, ['INFO', 'server'])) ?? [];
  return [Number(major ?? 0), Number(minor ?? 0)];
}

async function check(url) {
  const [major, minor] = await version(url);
  if (major > oldestRedis[0] || (major === oldestRedis[0] && minor >= oldestRedis[1])) return;
  throw new Error(`it is version ${major}.${minor}, and ${oldestRedis.join('.')} is the oldest that will do`);
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** @returns {Promise<{ url: string, stop: () => void }>} */
export async function findRedis() {
  const given = process.env.REDIS_TEST_URL;
  if (given) {
    await check(given).catch((error) => fail(`REDIS_TEST_URL cannot be used: ${error.message}`));
    return { url: given, stop: () => {} };
  }
  const find = () => onPath('redis-server', 'valkey-server');
  const binary = find() ?? (debian('redis-server') ? find() : undefined);
  if (!binary) fail('the tests need a Redis (6.2 or newer): install redis-server, or set REDIS_TEST_URL');
  const dir = mkdtempSync(join(tmpdir(), 'belay-redis-'));
  const port = await freePort();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', dir];
  const server = spawn(binary, args, { stdio: 'ignore' });
  const stop = () => {
    server.kill('SIGTERM');
    rmSync(dir, { recursive: true, force: true });
  };
  process.once('exit', stop);
  const url = `redis://127.0.0.1:${port}`;
  for (let attempt = 0; ; attempt++) {
    try {
      await check(url);
      return { url, stop };
    } catch (error) {
      if (attempt > 50) fail(`${binary} did not start: ${error.message}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** @returns {string} path of an executable HAProxy; Debian puts it where only root looks */
export function findHaproxy() {
  const given = process.env.HAPROXY_PATH;
  if (given) return runs(given) ? given : fail(`HAPROXY_PATH ${given} cannot be executed`);
  const find = () => onPath('haproxy', '/usr/sbin/haproxy', '/usr/local/sbin/haproxy');
  const found = find() ?? (debian('haproxy') ? find() : undefined);
  return found ?? fail('the tests of drills need HAProxy (2.6 or newer): install haproxy, or set HAPROXY_PATH');
}

/** @returns {Promise<string>} path of an executable Chromium */
export async function findChromium() {
  const given = process.env.CHROMIUM_PATH;
  if (given) return runs(given) ? given : fail(`CHROMIUM_PATH ${given} cannot be executed`);
  const mac = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';
  const find = () => onPath('chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', mac);
  const found = find() ?? (await downloaded());
  if (found) return found;
  const installed = debian('chromium') ? find() : undefined;
  return installed ?? fail('the browser tests need Chromium: install the package chromium, or set CHROMIUM_PATH');
}

/** The one that `npx playwright install chromium` fetched, if anybody did. */
async function downloaded() {
  const { chromium } = await import('playwright');
  const path = chromium.executablePath();
  return path && runs(path) ? path : undefined;
}
