import { expect, test } from 'vitest';
import { formatKey, parseKey, randomText } from './secret';

test('a key reads back, and any single changed character is refused', () => {
  const id = randomText(12);
  const secret = randomText(32);
  const key = formatKey(id, secret);
  expect(key).toMatch(/^belay_[0-9a-z]{12}_[0-9a-z]{32}_[0-9a-f]{8}$/);
  expect(parseKey(key)).toEqual({ id, secret });
  for (let i = 0; i < key.length; i++) {
    const other = key[i] === '7' ? '8' : '7';
    expect(parseKey(key.slice(0, i) + other + key.slice(i + 1))).toBeNull();
  }
});

test.each([
  '',
  'belay',
  `${formatKey('a'.repeat(12), 'b'.repeat(32))}\n`,
  ` ${formatKey('a'.repeat(12), 'b'.repeat(32))}`,
])('not a key: %j', (text) => {
  expect(parseKey(text)).toBeNull();
});

test('every letter comes equally often', () => {
  const counts = new Map<string, number>();
  for (const letter of randomText(64_000)) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  expect(counts.size).toBe(32);
  // 2000 expected of each; 7 standard deviations
  for (const n of counts.values()) expect(Math.abs(n - 2000)).toBeLessThan(310);
});
