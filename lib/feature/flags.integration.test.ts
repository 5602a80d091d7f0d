/** Real processes: what a change means to those that serve it, hang, or are gone. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once as happens } from 'node:events';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { testDatabase } from '@/e2e/database';
import { createKey, revokeKey } from '@/lib/access/access';
import { kill, putFeature, revive, setOverride } from './feature';

const { database, url, context } = testDatabase();

/** Answers `{"serve"}` with the version it serves and `{"key"}` with whether that key is let in, from its cache if it may. */
const program = `
  import { authenticate, keyCache } from '@/lib/access/access';
  import { openDatabase } from '@/lib/db';
  import { evaluate } from '@/lib/feature/evaluate';
  import { openFlags } from '@/lib/feature/flags';
  const url = process.env.TEST_URL;
  const database = openDatabase(url, { name: 'child', max: 2 });
  const flags = await openFlags({ url, database, process: 'child', now: () => new Date() });
  const cache = keyCache(flags.revision);
  process.on('message', async ({ key }) => {
    if (key === undefined) return process.send(evaluate(flags.state(), 'checkout', 'production', { targetingKey: 'u' }).version);
    const asked = authenticate(database.db, new Date(), { apiKey: key, loopback: false }, cache);
    process.send(await asked.then(() => 'in', () => 'out'));
  });
  process.send('ready');
`;

const children: ChildProcess[] = [];

async function startChild(): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
    env: { ...process.env, TEST_URL: url() },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  children.push(child);
  await happens(child, 'message');
  return child;
}

async function ask(child: ChildProcess, question: { key?: string } = {}): Promise<string> {
  const answer = happens(child, 'message');
  child.send(question);
  return String((await answer)[0]);
}

beforeAll(async () => {
  const versions = { control: false, treatment: true };
  await putFeature(context(), { key: 'checkout', owner: 'o', versions, baseline: 'control' });
  const serve = { scope: 'organisation', effect: 'serve', version: 'treatment', reason: 'r' };
  await setOverride(context(), 'checkout', serve);
});

afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await happens(child, 'exit');
  }
  await database().sql`delete from listener`;
});

test('two processes serve a change once its verb has answered; one that was killed keeps nobody waiting for good', async () => {
  const [one, two] = await Promise.all([startChild(), startChild()]);
  for (let round = 0; round < 10; round++) {
    expect([await ask(one), await ask(two)]).toEqual(['treatment', 'treatment']);
    await kill(context(), 'checkout', { reason: 'r' });
    expect([await ask(one), await ask(two)]).toEqual(['control', 'control']);
    await revive(context(), 'checkout', { reason: 'r' });
  }
  two.kill('SIGKILL');
  await happens(two, 'exit');
  await kill(context(), 'checkout', { reason: 'r' });
  expect(await ask(one)).toBe('control');
  await revive(context(), 'checkout', { reason: 'r' });
});

test('a key is out in a process that hung while it was revoked, though the process had it cached', async () => {
  const child = await startChild();
  const { id, key } = await createKey(context(), { name: 'n', role: 'ingest' });
  expect([await ask(child, { key }), await ask(child, { key })]).toEqual(['in', 'in']);
  child.kill('SIGSTOP');
  await revokeKey(context(), id);
  // The question waits in the pipe: it is the first thing that the process sees when it goes on.
  const answer = ask(child, { key });
  child.kill('SIGCONT');
  expect(await answer).toBe('out');
});
