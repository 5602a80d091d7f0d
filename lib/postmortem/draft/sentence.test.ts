import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { listed, plain, said, sentence, textOf } from './sentence';
import { event, evidence } from './sources';

describe('a sentence', () => {
  test('without a source cannot be made, nor one whose source says nothing', () => {
    expect(() => sentence('a', 'It failed.')).toThrow(RangeError);
    expect(() => sentence('a', 'It failed', said('', event(1)), '.')).toThrow(RangeError);
    expect(() => sentence('a', 'It failed', said(' ', event(1)), '.')).toThrow(RangeError);
    expect(() => sentence('a', said('It failed'), '.')).toThrow(RangeError);
    expect(textOf(sentence('a', 'It ', said('failed', event(1)), '.'))).toBe('It failed.');
  });

  test('keeps what rests on something apart from what only joins it', () => {
    const { spans } = sentence(
      'a',
      'On ',
      'Monday ',
      said('it failed', event(1)),
      said(' twice', evidence('plan')),
      '',
      '.',
    );
    expect(spans).toEqual([
      { text: 'On Monday ', sources: [] },
      { text: 'it failed', sources: [event(1)] },
      { text: ' twice', sources: [evidence('plan')] },
      { text: '.', sources: [] },
    ]);
  });

  test('holds nothing that moves, hides or turns round the words beside it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        const shown = plain(text);
        expect(shown).not.toMatch(/[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/u);
        expect([...shown].length).toBeLessThanOrEqual(600);
      }),
    );
    expect(plain('a\u202egnp.exe\u0000\u001b[31m')).toBe('a\ufffdgnp.exe\ufffd[31m');
    expect(plain('two\nlines\tthen')).toBe('two lines then');
    expect(plain('x'.repeat(700))).toHaveLength(600);
  });
});

test.each([
  [['eu'], 'eu'],
  [['eu', 'us'], 'eu and us'],
  [['a', 'b', 'c'], 'a, b and c'],
  [['a', 'b', 'c', 'd', 'e', 'f', 'g'], 'a, b, c, d, e and 2 more'],
  [[], ''],
])('lists %j', (names, text) => expect(listed(names)).toBe(text));
