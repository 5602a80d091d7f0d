import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { parseConfig } from './config';
import { drillFailpoints, failpoints, parseFailpoint, reach } from './failpoint';

test('names are names, once each', () => {
  const all = [...failpoints, ...drillFailpoints];
  expect(new Set(all).size).toBe(all.length);
  expect(failpoints.length).toBeGreaterThanOrEqual(24);
});

test.each<[string, ReturnType<typeof parseFailpoint>]>([
  ['claim.after', { name: 'claim.after', nth: 1, signal: 'SIGKILL' }],
  ['claim.after:3', { name: 'claim.after', nth: 3, signal: 'SIGKILL' }],
  ['claim.after:2:stop', { name: 'claim.after', nth: 2, signal: 'SIGSTOP' }],
  ...['', 'claim', 'claim.after:', 'claim.after:0', 'claim.after:x', 'claim.after:1:go', 'claim.after:1:stop:'].map(
    (bad): [string, null] => [bad, null],
  ),
])('%s', (setting, parsed) => {
  expect(parseFailpoint(setting)).toEqual(parsed);
});

test('a name that is none is said at the start, with those that there are', () => {
  expect(() => parseConfig({ BELAY_FAILPOINT: 'nowhere' })).toThrow();
  expect(parseConfig({ BELAY_FAILPOINT: '' }).BELAY_FAILPOINT).toBeUndefined();
  expect(parseConfig({ BELAY_FAILPOINT: 'claim.after:2' }).BELAY_FAILPOINT).toBe('claim.after:2');
});

test('unless told so nobody dies', () => {
  for (const name of [...failpoints, ...drillFailpoints]) reach(name);
});

test('whoever is told so is killed at the nth time, and does nothing after it', () => {
  const code = `import('./lib/failpoint.ts').then(({ arm, reach }) => {
    arm('claim.after:2');
    for (const [i, at] of ['claim.after', 'claim.before', 'claim.after', 'claim.after'].entries()) {
      reach(at);
      require('node:fs').writeSync(1, i + ' ');
    }
  })`;
  const ended = spawnSync(process.execPath, ['--import', 'tsx', '-e', code], { encoding: 'utf8' });
  expect([ended.signal, ended.stdout]).toEqual(['SIGKILL', '0 1 ']);
});
