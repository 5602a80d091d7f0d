import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonFault, placeOf } from './json';

test.each([
  ['{"a":1,}', 7],
  ['{bad}', 1],
  ['[1,2', 4],
  ['{"a":"b', 7],
  ['{"a" 1}', 5],
  ['nul', 0],
  ['01', 1],
  ['{"a":1} x', 8],
  ['"\t"', 1],
  ['"\\x"', 1],
  ['', 0],
  ['[1 2]', 3],
])('%s stops being JSON at %i', (text, at) => {
  expect(jsonFault(text)).toBe(at);
});

test('agrees with JSON.parse on what is JSON, whatever is cut or put in', () => {
  const parses = (text: string) => {
    try {
      JSON.parse(text);
      return true;
    } catch {
      return false;
    }
  };
  const mangled = fc.tuple(
    fc.json(),
    fc.nat(),
    fc.constantFrom('', '"', ',', '}', ']', '\\', '0', '-', '\u0000', 'e', ' '),
  );
  fc.assert(
    fc.property(mangled, fc.boolean(), ([text, at, put], cut) => {
      const i = at % (text.length + 1);
      const given = text.slice(0, i) + put + text.slice(cut ? i + 1 : i);
      expect(jsonFault(given) === null).toBe(parses(given));
    }),
    { numRuns: 3000 },
  );
});

test('neither depth nor length breaks it', () => {
  expect(jsonFault('['.repeat(500_000))).toBe(500_000);
  expect(jsonFault(`"${'a'.repeat(1_000_000)}`)).toBe(1_000_001);
});

test('a place is a line and a column, from 1', () => {
  expect(placeOf('{\n  "a": x\n}', 9)).toEqual({ line: 2, column: 8 });
});
