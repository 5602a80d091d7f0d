import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { BelayError } from './errors';
import { fieldPath, parseInput } from './input';

const schema = z.strictObject({
  name: z.string(),
  stages: z.array(z.strictObject({ exposure: z.record(z.string(), z.number()) })).optional(),
  any: z.unknown().optional(),
});

function fieldsOf(input: unknown): string[] {
  try {
    parseInput(schema, input);
    return [];
  } catch (error) {
    if (error instanceof BelayError && error.code === 'bad_input') return error.fields.map((f) => f.field);
    throw error;
  }
}

describe('parseInput', () => {
  test.each<[unknown, string[]]>([
    [{ name: 'x' }, []],
    [{}, ['name']],
    [{ name: 1, stages: [{ exposure: {} }, { exposure: { beta: 'x' } }] }, ['name', 'stages[1].exposure.beta']],
    [{ name: 'x', colour: 1, stages: [{ exposure: {}, size: 2 }] }, ['stages[0].size', 'colour']],
    [{ name: 'NUL \u0000' }, ['name']],
    [{ name: 'half \ud83d' }, ['name']],
    [{ name: 'half \ude00' }, ['name']],
    [{ name: 'whole 😀' }, []],
    [{ name: 'x', any: [{ deep: ['a', 'b\u0000'] }] }, ['any[0].deep[1]']],
    [{ name: 'x', any: { 'k\u0000': 1 } }, ['any']],
    [null, ['body']],
    ['text', ['body']],
    [undefined, ['body']],
  ])('%j names %j', (input, fields) => {
    expect(fieldsOf(input)).toEqual(fields);
  });

  test('what is nested without end is refused, not followed', () => {
    const deep = JSON.parse(`${'['.repeat(200_000)}${']'.repeat(200_000)}`);
    expect(fieldsOf({ name: 'x', any: deep })).toHaveLength(1);
  });

  test('any JSON is either parsed or refused with a field', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (any) => {
        expect(Array.isArray(fieldsOf({ name: 'x', any }))).toBe(true);
        expect(Array.isArray(fieldsOf(any))).toBe(true);
      }),
    );
  });
});

test.each<[PropertyKey[], string]>([
  [[], 'body'],
  [['stages', 1, 'exposure', 'beta'], 'stages[1].exposure.beta'],
  [[0, 'name'], '[0].name'],
])('%j is written %s', (path, text) => {
  expect(fieldPath(path)).toBe(text);
});
