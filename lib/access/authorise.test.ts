import { describe, expect, test } from 'vitest';
import { BelayError } from '@/lib/errors';
import { authorise } from './authorise';
import { type Actor, type Permission, permissions, type Role, roles } from './model';

type Verdict = 'yes' | 'forbidden' | 'unauthenticated';

function ask(actor: Actor, permission: Permission, environment?: string | null): Verdict {
  try {
    authorise(actor, permission, environment);
    return 'yes';
  } catch (error) {
    if (error instanceof BelayError && (error.code === 'forbidden' || error.code === 'unauthenticated'))
      return error.code;
    throw error;
  }
}

const person = (role: Role): Actor => ({ kind: 'person', id: 'p', name: 'p', role, environment: null });
const key = (role: Role, environment: string | null): Actor => ({ kind: 'key', id: 'k', name: 'k', role, environment });
const loopback: Actor = { kind: 'loopback', id: 'loopback', name: 'loopback', environment: null };
const rule: Actor = { kind: 'rule', id: 'guardrail', name: 'guardrail', environment: null };

/** Written out a second time, by hand: what each role may do, in the order of `permissions`. */
const table: Record<Role, string> = {
  //          ingest evaluate view operate approve administer
  ingest: '   yes    no       no   no      no      no',
  evaluate: ' no     yes      no   no      no      no',
  viewer: '   no     no       yes  no      no      no',
  operator: ' no     no       yes  yes     no      no',
  approver: ' no     no       yes  yes     yes     no',
  admin: '    yes    yes      yes  yes     yes     yes',
};
const may = (role: Role, permission: Permission) =>
  table[role].trim().split(/ +/)[permissions.indexOf(permission)] === 'yes';

describe('every role, permission and environment', () => {
  const cells = roles.flatMap((role) => permissions.map((permission) => ({ role, permission })));
  test.each(cells)('$role $permission', ({ role, permission }) => {
    const inside: Verdict = may(role, permission) ? 'yes' : 'forbidden';
    for (const anywhere of [person(role), key(role, null)])
      for (const environment of [undefined, null, 'production', 'staging'])
        expect(ask(anywhere, permission, environment)).toBe(inside);
    const bound = key(role, 'production');
    expect(ask(bound, permission)).toBe(inside);
    expect(ask(bound, permission, 'production')).toBe(inside);
    expect(ask(bound, permission, 'staging')).toBe('forbidden');
    expect(ask(bound, permission, 'Production')).toBe('forbidden');
    expect(ask(bound, permission, '')).toBe('forbidden');
    expect(ask(bound, permission, null)).toBe('forbidden');
  });

  test.each(permissions)('loopback and rules: %s', (permission) => {
    const open = permission === 'ingest' || permission === 'evaluate';
    for (const environment of [undefined, null, 'production']) {
      expect(ask(loopback, permission, environment)).toBe(open ? 'yes' : 'unauthenticated');
      expect(ask(rule, permission, environment)).toBe(permission === 'approve' ? 'forbidden' : 'yes');
    }
  });
});
