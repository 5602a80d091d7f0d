import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareLines, type Line } from './compare';

const old = (lines: Line[]) => lines.filter(({ kind }) => kind !== 'added').map(({ text }) => text);
const fresh = (lines: Line[]) => lines.filter(({ kind }) => kind !== 'removed').map(({ text }) => text);
const changes = (lines: Line[]) => lines.filter(({ kind }) => kind !== 'same').length;

test('a line that was changed is one removed and one added, in its place', () => {
  expect(compareLines(['a', 'b', 'c'], ['a', 'B', 'c'])).toEqual([
    { kind: 'same', text: 'a' },
    { kind: 'removed', text: 'b' },
    { kind: 'added', text: 'B' },
    { kind: 'same', text: 'c' },
  ]);
});

test('both sides can be read from it, whatever they are, and no shorter way is left out', () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 12 });
  fc.assert(
    fc.property(text, text, (a, b) => {
      const lines = compareLines(a, b);
      expect(old(lines)).toEqual(a);
      expect(fresh(lines)).toEqual(b);
      expect(changes(lines)).toBe(a.length + b.length - 2 * common(a, b));
    }),
  );
});

/** By trying. */
function common(a: readonly string[], b: readonly string[]): number {
  const [first, ...rest] = a;
  if (first === undefined || b.length === 0) return 0;
  const at = b.indexOf(first);
  const without = common(rest, b);
  return at < 0 ? without : Math.max(without, 1 + common(rest, b.slice(at + 1)));
}

test('what is too much to compare is told as removed and added, at once', () => {
  const many = (prefix: string) => Array.from({ length: 50_000 }, (_, i) => `${prefix}${i}`);
  const lines = compareLines(['same', ...many('a'), 'end'], ['same', ...many('b'), 'end']);
  expect(changes(lines)).toBe(100_000);
  expect(lines[0]).toEqual({ kind: 'same', text: 'same' });
  expect(lines.at(-1)).toEqual({ kind: 'same', text: 'end' });
});
