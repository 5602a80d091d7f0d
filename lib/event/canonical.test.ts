import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson, storable } from './canonical';

describe('canonicalJson', () => {
  test.each([
    [{ b: 1, a: { d: [2, { z: null, y: 'é' }], c: true } }, '{"a":{"c":true,"d":[2,{"y":"é","z":null}]},"b":1}'],
    [{ 10: 'ten', 9: 'nine' }, '{"10":"ten","9":"nine"}'],
    [{ kept: 1, gone: undefined }, '{"kept":1}'],
    [[Number.NaN, Number.POSITIVE_INFINITY, undefined], '[null,null,null]'],
    [1e21, '1e+21'],
  ])('%j', (value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });

  test('is JSON of the same value, and does not depend on the order of keys', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(storable(value));
        const shuffled = JSON.parse(text, (_key, inner) =>
          inner && typeof inner === 'object' && !Array.isArray(inner)
            ? Object.fromEntries(Object.entries(inner).reverse())
            : inner,
        );
        expect(JSON.parse(text)).toEqual(storable(value));
        expect(canonicalJson(shuffled)).toBe(text);
      }),
    );
  });
});

test('storable replaces what PostgreSQL cannot keep, and nothing else', () => {
  expect(storable({ a: 'x\u0000y', b: '\ud800', c: '😀', d: undefined })).toEqual({
    a: 'x\ufffdy',
    b: '\ufffd',
    c: '😀',
  });
});
