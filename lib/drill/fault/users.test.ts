import { expect, test } from 'vitest';
import { inCohort } from '@/lib/feature/cohort-rule';
import { bucketOf } from '@/lib/feature/evaluate';
import type { Cohort } from '@/lib/feature/model';
import { usersOf } from './users';

type Rules = Cohort['rules'];
const make = (inside: Rules | null, outside: Rules[] = [], count = 50) =>
  usersOf({ name: 'u', rolloutId: 'rol_1', count, inside, outside });

test.each<[what: string, rules: Rules]>([
  ['everybody', '*'],
  ['one of some', [{ attribute: 'plan', in: ['beta'] }]],
  ['a path', [{ attribute: 'org.region', in: ['eu'] }]],
  ['a beginning and an end', [{ attribute: 'mail', startsWith: 'a', endsWith: '@belay.test' }]],
  ['a number between', [{ attribute: 'age', greaterThan: 3, lessThan: 4 }]],
  ['what is not there', [{ attribute: 'plan', exists: false }]],
  ['none of some', [{ attribute: 'plan', notIn: ['free'] }]],
  [
    'the second rule, where nobody fits the first',
    [
      { attribute: 'a', in: [1], notIn: [1] },
      { attribute: 'b', exists: true },
    ],
  ],
  ['keys that begin so', [{ attribute: 'targetingKey', startsWith: 'staff-' }]],
])('%s: all of them are in it', (_what, rules) => {
  const users = make(rules) ?? [];
  expect(users).toHaveLength(50);
  expect(users.every((user) => inCohort(rules, user))).toBe(true);
  expect(new Set(users.map((user) => user.targetingKey)).size).toBe(50);
});

test('of n users one stands in each n-th of the split', () => {
  const places = (make('*', [], 200) ?? []).map((user) => Math.floor(bucketOf('rol_1', user.targetingKey ?? '') * 2));
  expect(places).toEqual(Array.from({ length: 200 }, (_, i) => i));
});

test('who must not be in a cohort is not, even where that asks for an absence', () => {
  const absent: Rules = [{ attribute: 'plan', exists: false }];
  const users = make(null, [absent]) ?? [];
  expect(users.length).toBe(50);
  expect(users.some((user) => inCohort(absent, user))).toBe(false);
});

test('nobody, where nobody can be', () => {
  expect(make(null, ['*'])).toBe(null);
  expect(make([{ attribute: 'a', in: [1], notIn: [1] }])).toBe(null);
  expect(make([{ attribute: 'a', in: [1] }], [[{ attribute: 'a', exists: true }]])).toBe(null);
});
