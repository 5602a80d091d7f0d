import { expect, test } from 'vitest';
import type { Where } from '@/lib/signal/model';
import { matchesWhere } from '@/lib/signal/where';
import { profilesOf } from './profile';

type Asking = Parameters<typeof profilesOf>[0][number];
const lower = (of: Where | undefined, where: Where = {}): Asking => ({ of, where, better: 'lower' });
const higher = (of: Where | undefined, where: Where = {}): Asking => ({ of, where, better: 'higher' });

test.each<[what: string, criteria: Asking[], profiles: number]>([
  ['nothing asked', [], 1],
  ['one class', [lower({ code: '5xx' })], 1],
  ['bad and good of one fact', [lower({ code: '5xx' }), higher({ code: 200 })], 1],
  ['another place', [lower({ code: '5xx' }, { route: '/a' }), lower({ code: '5xx' }, { route: '/b' })], 2],
  ['two kinds of bad', [lower({ code: '5xx' }), lower({ code: '4xx' })], 2],
  ['a truth', [higher({ ok: true }), lower(undefined, { method: 'GET' })], 1],
  ['lists that leave a third', [lower({ kind: ['a', 'b'] }), higher({ kind: ['c', 'd'] })], 2],
])('%s', (_what, criteria, profiles) => {
  const found = profilesOf(criteria);
  expect(found).toHaveLength(profiles);
  for (const { of, where, better } of criteria) {
    const mine = found.filter(
      ({ good, bad }) =>
        matchesWhere(good, where) &&
        matchesWhere(bad, where) &&
        (!of || (matchesWhere(bad, of) === (better === 'lower') && matchesWhere(good, of) === (better === 'higher'))),
    );
    expect(mine).not.toEqual([]);
  }
});
