import { describe, expect, test } from 'vitest';
import { BelayError } from '@/lib/errors';
import { bodyCap, parseBody, readText } from './body';

function refusal(run: () => unknown): BelayError {
  try {
    run();
  } catch (error) {
    if (error instanceof BelayError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

async function refused(run: Promise<unknown>): Promise<BelayError> {
  return run.then(
    () => {
      throw new Error('it was accepted');
    },
    (error) => error as BelayError,
  );
}

const post = (body: BodyInit, headers: Record<string, string> = {}) =>
  new Request('http://belay.test/', { method: 'POST', body, headers, duplex: 'half' } as RequestInit);

describe('reading', () => {
  test('a body over the cap is refused while it arrives, whatever its length claims', async () => {
    let pulled = 0;
    const endless = new ReadableStream({
      pull(controller) {
        pulled++;
        controller.enqueue(new Uint8Array(64 * 1024));
      },
    });
    expect((await refused(readText(post(endless)))).code).toBe('too_large');
    expect(pulled * 64 * 1024).toBeLessThan(2 * bodyCap);
    expect((await refused(readText(post('x', { 'content-length': String(bodyCap + 1) })))).code).toBe('too_large');
  });

  test('a body of exactly the cap passes', async () => {
    expect(await readText(post('x'.repeat(bodyCap)))).toHaveLength(bodyCap);
  });

  test('bytes that are not UTF-8 are refused, not replaced', async () => {
    expect((await refused(readText(post(new Uint8Array([0x22, 0xff, 0x22]))))).fields).toEqual([
      { field: 'body', message: 'is not UTF-8' },
    ]);
  });
});

describe('parsing', () => {
  test('JSON is what is assumed; YAML is said', () => {
    expect(parseBody('{"a":1}', null)).toEqual({ a: 1 });
    expect(parseBody('{"a":1}', 'application/json; charset=utf-8')).toEqual({ a: 1 });
    expect(parseBody('a: 1\nb: [x, y]', 'application/yaml')).toEqual({ a: 1, b: ['x', 'y'] });
    expect(parseBody('a: 1', 'text/yaml')).toEqual({ a: 1 });
    expect(parseBody('  \n', 'application/json')).toBeUndefined();
    expect(refusal(() => parseBody('a=1', 'application/x-www-form-urlencoded')).code).toBe('unsupported');
    expect(refusal(() => parseBody('{}', 'text/plain')).code).toBe('unsupported');
  });

  test('a fault names its place', () => {
    expect(refusal(() => parseBody('{\n "a": nope\n}', null)).message).toBe('body: is not JSON: line 2, column 7');
    expect(refusal(() => parseBody('a: [1\nb: 2', 'text/yaml')).message).toMatch(
      /^body: is not YAML: line 2, column 1/,
    );
    expect(refusal(() => parseBody('a: 1\na: 2', 'text/yaml')).message).toMatch(/duplicate key/);
    expect(refusal(() => parseBody('a: 1\n---\nb: 2', 'text/yaml')).message).toMatch(/multiple docs/);
  });

  test('YAML cannot unfold, name a type, or bring what JSON has not', () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [${Array(9).fill('*a')}]\nc: [${Array(9).fill('*b')}]`;
    expect(refusal(() => parseBody(bomb, 'text/yaml')).message).toMatch(/aliases/);
    expect(parseBody('at: 2026-01-01', 'text/yaml')).toEqual({ at: '2026-01-01' });
    expect(refusal(() => parseBody('n: .inf', 'text/yaml')).fields[0]?.field).toBe('n');
    expect(parseBody('x: !!js/function "1"', 'text/yaml')).toEqual({ x: '1' });
  });

  test.each(['{"__proto__":{"polluted":1}}', '{"a":{"__proto__":1}}'])('%s is refused', (text) => {
    expect(refusal(() => parseBody(text, null)).fields[0]?.field).toBe('__proto__');
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test('__proto__ in YAML, and a number past a double, are refused', () => {
    expect(refusal(() => parseBody('__proto__: {x: 1}', 'text/yaml')).code).toBe('bad_input');
    expect(refusal(() => parseBody('{"a":1e999}', null)).fields[0]?.field).toBe('a');
  });

  test.each([
    ['JSON', 'application/json', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
    ['JSON, objects', 'application/json', `${'{"a":'.repeat(65)}1${'}'.repeat(65)}`],
    ['YAML, flow', 'text/yaml', '['.repeat(3_000)],
    ['YAML, closed flow', 'text/yaml', `${'['.repeat(3_000)}${']'.repeat(3_000)}`],
    ['YAML, compact', 'text/yaml', `${'- '.repeat(3_000)}a`],
    ['YAML, keys', 'text/yaml', `${'? '.repeat(3_000)}a`],
    ['YAML, indented', 'text/yaml', Array.from({ length: 1_000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
  ])('depth is refused before anything recurses: %s', (_name, type, text) => {
    expect(refusal(() => parseBody(text, type)).message).toBe('body: is nested too deeply');
  });

  test('brackets in strings are no depth', () => {
    expect(parseBody(`["${'['.repeat(1_000)}\\"[["]`, null)).toHaveLength(1);
    expect(parseBody(`a: "${'['.repeat(1_000)}"`, 'text/yaml')).toBeDefined();
  });
});
