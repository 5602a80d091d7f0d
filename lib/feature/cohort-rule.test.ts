import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { attributeOf, inCohort } from './cohort-rule';
import type { CohortRule, EvaluationContext } from './model';

const rule = (over: Partial<CohortRule>): CohortRule[] => [{ attribute: 'plan', ...over }];
/** As it comes off the wire: a key `__proto__` is an own property then. */
const wire = (text: string) => JSON.parse(text) as EvaluationContext;

describe('inCohort', () => {
  test.each<[Partial<CohortRule>, string, boolean]>([
    [{ in: ['beta'] }, '{"plan":"beta"}', true],
    [{ in: ['beta'] }, '{"plan":"Beta"}', false],
    [{ in: ['beta'] }, '{}', false],
    [{ in: ['null'] }, '{"plan":null}', false],
    [{ in: [7] }, '{"plan":"7"}', true],
    [{ in: ['true'] }, '{"plan":true}', true],
    [{ in: ['beta'] }, '{"plan":["free","beta"]}', true],
    [{ in: ['beta'] }, '{"plan":{"beta":1}}', false],
    [{ in: ['[object Object]'] }, '{"plan":{}}', false],
    [{ notIn: ['beta'] }, '{"plan":"free"}', true],
    [{ notIn: ['beta'] }, '{"plan":"beta"}', false],
    [{ notIn: ['beta'] }, '{"plan":["free","beta"]}', false],
    // Nobody is let in for what is not known of them.
    [{ notIn: ['beta'] }, '{}', false],
    [{ startsWith: 'be' }, '{"plan":"beta"}', true],
    [{ startsWith: 'be' }, '{"plan":7}', false],
    [{ endsWith: '@belay.dev' }, '{"plan":"a@belay.dev"}', true],
    [{ endsWith: '@belay.dev' }, '{"plan":"a@belay.dev.evil"}', false],
    [{ greaterThan: 5 }, '{"plan":5}', false],
    [{ greaterThan: 5 }, '{"plan":5.1}', true],
    [{ greaterThan: 5 }, '{"plan":"6"}', false],
    [{ lessThan: 5 }, '{"plan":4}', true],
    [{ greaterThan: 1, lessThan: 5 }, '{"plan":9}', false],
    [{ in: ['a', 'b'], notIn: ['b'] }, '{"plan":"b"}', false],
    [{ exists: true }, '{"plan":""}', true],
    [{ exists: true }, '{"plan":null}', false],
    [{ exists: false }, '{}', true],
    [{ exists: false }, '{"plan":1}', false],
    [{ exists: false, in: ['x'] }, '{}', false],
  ])('%j of %s: %s', (over, context, expected) => {
    expect(inCohort(rule(over), wire(context))).toBe(expected);
  });

  test('any rule is enough; "*" is everybody; no rule is nobody', () => {
    expect(inCohort([...rule({ in: ['x'] }), { attribute: 'country', in: ['de'] }], wire('{"country":"de"}'))).toBe(
      true,
    );
    expect(inCohort('*', {})).toBe(true);
    expect(inCohort([], { plan: 'beta' })).toBe(false);
  });
});

describe('attributeOf', () => {
  test.each<[string, string, unknown]>([
    ['{"user":{"plan":"beta"}}', 'user.plan', 'beta'],
    ['{"user.plan":"flat","user":{"plan":"nested"}}', 'user.plan', 'flat'],
    ['{"user":{"plan":{"name":"x"}}}', 'user.plan.name', 'x'],
    ['{"user":null}', 'user.plan', undefined],
    ['{"user":"text"}', 'user.length', undefined],
    ['{"user":["a"]}', 'user.0', undefined],
    ['{"user":["a"]}', 'user.length', undefined],
    ['{}', 'constructor', undefined],
    ['{}', 'constructor.name', undefined],
    ['{}', '__proto__.toString', undefined],
    ['{"user":{}}', 'user.__proto__.constructor.name', undefined],
    ['{"__proto__":{"plan":"beta"}}', 'plan', undefined],
    ['{"__proto__":{"plan":"beta"}}', '__proto__.plan', 'beta'],
  ])('%s %s: %j', (context, name, expected) => {
    expect(attributeOf(wire(context), name)).toEqual(expected);
  });

  test('no name reaches anything that the caller did not send', () => {
    const name = fc.oneof(
      fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'prototype'),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 4 }), (path) => {
        expect(attributeOf({ other: {} }, path.join('.'))).toBeUndefined();
      }),
    );
  });
});
