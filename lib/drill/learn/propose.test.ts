import { describe, expect, test } from 'vitest';
import type { RollbackStep } from '@/lib/rollback/model';
import { drillFaults, parseDrill } from '../parse';
import { proposalOf } from './propose';

const decidedAt = new Date('2026-11-01T12:00:00Z');
const at = (seconds: number) => new Date(decidedAt.getTime() + seconds * 1000).toISOString();
const step = (kind: 'restore' | 'exposure' | 'criteria', seconds: number | null, over: object = {}): RollbackStep => ({
  id: kind,
  title: kind,
  owner: null,
  expected: '',
  how: '',
  work: kind === 'restore' ? { kind, plane: 'builtin' } : { kind },
  needs: [],
  state: seconds === null ? 'left' : 'done',
  attempts: 1,
  startedAt: null,
  endedAt: seconds === null ? null : at(seconds),
  dueAt: null,
  detail: '',
  next: '',
  ...over,
});
const past = (restore: number, exposure: number | null, criteria: number | null) => ({
  decidedAt,
  steps: [step('restore', restore), step('exposure', exposure), step('criteria', criteria)],
});
const of = { feature: 'checkout', owner: 'payments', environment: 'production', state: 'running' as const };
const usual = { detect: '2m', decide: '30s', actuate: '10s', propagate: '1m', recover: '5m' };

describe('objectives of a proposal', () => {
  test.each<[string, Parameters<typeof proposalOf>[1], Partial<typeof usual>]>([
    ['are the usual ones where nothing was recorded', [], {}],
    [
      'are what the rollback took, to the next second',
      [past(1.2, 4, 64)],
      { actuate: '2s', propagate: '3s', recover: '60s' },
    ],
    ['are the slowest of several', [past(1, 2, 3), past(5, 6, 30)], { actuate: '5s', propagate: '1s', recover: '24s' }],
    ['are usual where a step was left', [past(1, null, 20)], { actuate: '1s' }],
    ['are never nothing', [past(0, 0, 0)], { actuate: '1s', propagate: '1s', recover: '1s' }],
    ['leave out what cannot be', [past(-3, 1, 2)], { propagate: '4s', recover: '1s' }],
  ])('%s', (_what, rollbacks, recorded) => {
    const proposal = proposalOf(of, rollbacks, 'UTC');
    expect(proposal.drill.objectives).toEqual({ ...usual, ...recorded });
    const from = Object.entries(proposal.objectives).filter(([, source]) => source === 'recorded');
    expect(from.map(([name]) => name)).toEqual(Object.keys(recorded));
    expect(proposal.rollbacks).toBe(rollbacks.length);
  });
});

test('every one can be planned, in working hours, and not all at once', () => {
  const now = new Date('2026-11-22T12:00:00Z');
  const proposals = Array.from({ length: 50 }, (_, i) => proposalOf({ ...of, feature: `f${i}` }, [], 'Europe/Berlin'));
  for (const { drill } of proposals) expect(drillFaults(parseDrill(drill), now)).toEqual([]);
  expect(new Set(proposals.map((p) => p.drill.schedule?.cron)).size).toBeGreaterThan(20);
  expect(proposalOf(of, [], 'UTC')).toEqual(proposalOf(of, [], 'UTC'));
});
