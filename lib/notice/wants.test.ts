import { expect, test } from 'vitest';
import type { Role } from '@/lib/access/model';
import { type NoticeKind, noticeKinds, type Wishes } from './model';
import { personWants, type Recipient } from './wants';

const ada = (role: Role = 'operator', disabled = false): Recipient => ({ id: 'per_1', name: 'Ada', role, disabled });
const all: Wishes = { quiet: false, rules: [] };
const of = (kind: NoticeKind, environment: string | null = 'production', people?: string[]) =>
  people ? { kind, environment, people } : { kind, environment };
const rule = (kind: Wishes['rules'][number]['kind'], environment: string, tell: boolean) => ({
  kind,
  environment,
  tell,
});

test('who has said nothing is told everything, but for what is meant for others', () => {
  for (const kind of noticeKinds) expect(personWants(ada(), all, of(kind))).toBe(true);
  expect(personWants(ada(), all, of('review_asked', null, ['Grace']))).toBe(false);
  expect(personWants(ada(), all, of('review_asked', null, ['Grace', 'Ada']))).toBe(true);
  expect(personWants(ada(), all, of('action_due', null, ['per_1']))).toBe(true);
});

test('who is disabled, or may not look, is told nothing', () => {
  expect(personWants(ada('admin', true), all, of('rollback_decided'))).toBe(false);
  expect(personWants(ada('ingest'), all, of('rollback_decided'))).toBe(false);
});

test.each<[Role, NoticeKind[]]>([
  ['viewer', ['review_asked', 'postmortem_sent', 'action_due']],
  [
    'operator',
    [
      'rollback_unconfirmed',
      'rollback_waits_for_person',
      'rollback_cap_reached',
      'rollout_held',
      'drill_waits_for_person',
      'review_asked',
      'postmortem_sent',
      'action_due',
    ],
  ],
  [
    'approver',
    [
      'rollback_unconfirmed',
      'rollback_waits_for_person',
      'rollback_cap_reached',
      'rollout_held',
      'approval_requested',
      'drill_waits_for_person',
      'review_asked',
      'postmortem_sent',
      'action_due',
    ],
  ],
])('quiet, a person with the role %s is told of what waits for them alone', (role, kinds) => {
  const quiet = { quiet: true, rules: [] };
  expect(noticeKinds.filter((kind) => personWants(ada(role), quiet, of(kind)))).toEqual(kinds);
});

test('the rule that says most counts, in whatever order they stand', () => {
  const rules = [
    rule('rollback_decided', 'production', true),
    rule('rollback_decided', '*', false),
    rule('*', 'staging', false),
    rule('rollout_held', 'staging', true),
  ];
  for (const order of [rules, rules.toReversed()]) {
    const told = (kind: NoticeKind, environment: string | null) =>
      personWants(ada(), { quiet: false, rules: order }, of(kind, environment));
    expect(told('rollback_decided', 'production')).toBe(true);
    expect(told('rollback_decided', 'test')).toBe(false);
    expect(told('rollback_decided', null)).toBe(false);
    expect(told('drill_failed', 'staging')).toBe(false);
    expect(told('drill_failed', 'production')).toBe(true);
    expect(told('rollout_held', 'staging')).toBe(true);
  }
  const none = { quiet: false, rules: [rule('*', '*', false)] };
  expect(noticeKinds.some((kind) => personWants(ada(), none, of(kind)))).toBe(false);
});

test('a name cannot be one of the prototype', () => {
  expect(personWants(ada(), all, of('rollback_decided', '__proto__'))).toBe(true);
  expect(personWants(ada(), { quiet: false, rules: [rule('*', 'constructor', false)] }, of('drill_failed'))).toBe(true);
});
