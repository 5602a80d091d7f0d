import { describe, expect, it } from 'vitest';
import type { Check } from '@/lib/migration/model';
import { migrationInput } from '@/lib/migration/model';
import { partsOf } from './parts';

const check = (name: string): Check => ({
  kind: 'sql',
  name,
  database: 'shop',
  query: 'select 1',
  expect: 'rows',
  timeoutMs: 1_000,
  onFailure: '',
});
const step = (name: string, checkAfter?: 'both' | 'apply' | 'rollback') =>
  migrationInput.parse({
    name,
    kind: 'expand',
    owner: 'orders',
    apply: { kind: 'manual', text: 'add' },
    revert: { kind: 'manual', text: 'drop' },
    check: check(`of-${name}`),
    ...(checkAfter ? { checkAfter } : {}),
  });

describe('what is checked after a rollback', () => {
  const plan = {
    owner: 'payments',
    migrations: [step('kept'), step('gone', 'apply'), step('back', 'rollback'), step('never-applied')],
    checks: [check('whole')],
  };
  const reverts = ['back', 'gone', 'kept'].map((name) => ({ id: name, name, owner: 'orders', how: 'manual' as const }));
  const { checks } = partsOf({ feature: { plane: 'builtin', kind: 'flag' }, reverts, plan });

  it('is what the plan promises, and what each migration that was there says holds without it too', () => {
    expect(checks.map((c) => [c.check.name, c.owner])).toEqual([
      ['of-kept', 'orders'],
      ['of-back', 'orders'],
      ['whole', 'payments'],
    ]);
  });
});
