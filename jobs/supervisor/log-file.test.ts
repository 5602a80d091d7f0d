import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { importantPart, openLogFile } from './log-file';

const dir = mkdtempSync(join(tmpdir(), 'belay-log-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const error = (msg: string) => `${JSON.stringify({ level: 'error', msg })}\n`;

describe('what reaches the terminal', () => {
  test.each([
    ['{"level":"info","msg":"takes jobs"}', null],
    ['{"level":"warn","msg":"slow"}', null],
    [
      '{"level":"error","msg":"a rollout could not be judged","err":{"message":"no such bin"}}',
      'a rollout could not be judged: no such bin',
    ],
    ['{"level":"fatal","msg":"out of disk"}', 'out of disk'],
    ['{"level":"error"}', null],
    ['{ half a line', null],
    ['⨯ Error: a page', '⨯ Error: a page'],
    ['TypeError: x is not a function', 'TypeError: x is not a function'],
    ['✓ Ready in 378ms', null],
    ['    at main (supervisor.ts:1:1)', null],
  ])('%s', (line, shown) => expect(importantPart(line)).toBe(shown));

  test('a line that arrives in two pieces is one, and a flood is cut short but kept in the file', () => {
    const loud: string[] = [];
    const log = openLogFile(join(dir, 'flood.log'), (line) => loud.push(line));
    const first = error('split');
    log.write(first.slice(0, 12));
    expect(loud).toEqual([]);
    log.write(first.slice(12));
    for (let i = 0; i < 100; i++) log.write(error(`again ${i}`));
    expect(loud).toEqual(['split', 'again 0', 'again 1']);
    expect(readFileSync(join(dir, 'flood.log'), 'utf8').split('\n')).toHaveLength(102);
    expect(log.tail()).toContain('again 99');
    expect(log.tail()).not.toContain('again 10"');
  });
});

test('a log keeps its newest part and one older, and no more than about ten megabytes in all', () => {
  const path = join(dir, 'long.log');
  const megabyte = `${'x'.repeat(1024 * 1024 - 1)}\n`;
  const log = openLogFile(path, () => {});
  for (let i = 0; i < 20; i++) log.write(megabyte);
  log.write('the newest\n');
  expect(readFileSync(path, 'utf8').endsWith('the newest\n')).toBe(true);
  const bytes = statSync(path).size + statSync(`${path}.1`).size;
  expect(bytes).toBeLessThan(13 * 1024 * 1024);
  expect(bytes).toBeGreaterThan(5 * 1024 * 1024);
});
