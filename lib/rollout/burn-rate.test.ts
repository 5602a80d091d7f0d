import { describe, expect, it } from 'vitest';
import type { BinRow } from '@/lib/signal/model';
import { decide } from './decide';
import { parsePlan } from './plan/plan';
import { outcomesOf, stageSamples } from './watch/evidence';
import { binMs, close, lookNow, startJudging } from './watch/judging';

const plan = (extra: string) =>
  parsePlan(`
feature: f
environment: e
owner: o
baseline: control
candidate: treatment
stages: [ { name: half, exposure: { "*": 50 } } ]
criteria:
  - { name: budget, kind: guardrail, measure: burn_rate, metric: requests, of: { status: 5xx }, better: lower,
      objective: 0.999, windows: [ { minutes: 10, rate: 14.4 }, { minutes: 1 } ]${extra} }
`);
const start = new Date('2026-01-01T00:00:00Z');

/** Bins of 1000 requests a version, `bad` of them answered with an error by the candidate, `also` by the baseline. */
function traffic(bins: number, bad: (bin: number) => number, also = 1): BinRow[] {
  const none = { kind: 'sum' as const, sum: Number.NaN, sum2: Number.NaN, min: Number.NaN, max: Number.NaN };
  return Array.from({ length: bins }, (_, i) =>
    (['control', 'treatment'] as const).flatMap((version): BinRow[] => {
      const k = version === 'treatment' ? bad(i) : also;
      return ['200', '503'].map((status) => ({
        at: start.getTime() + i * binMs,
        version,
        cohort: 'eu',
        metric: 'requests',
        kind: 'sum',
        unit: '{request}',
        attributes: { status },
        aggregate: { ...none, last: Number.NaN, n: status === '200' ? 1000 - k : k },
      }));
    }),
  ).flat();
}

/** As the watch does it: what closed is absorbed, the newest bin is still open. */
function verdictAfter(rows: BinRow[], bins: number, extra = '') {
  const given = plan(extra);
  const judging = startJudging(given, start, start);
  const newest = start.getTime() + (bins - 1) * binMs;
  close(judging, rows, newest);
  const now = new Date(newest + binMs);
  const looked = lookNow(judging, rows, now.getTime());
  const freshness = { lastAt: now, receiverAliveAt: now };
  const outcomes = outcomesOf(looked, { findings: [], freshness, startedAt: start, now });
  return decide({
    plan: given,
    state: 'running',
    stage: 0,
    stageSince: start,
    heldReason: null,
    outcomes,
    stageSamples: stageSamples(looked),
    split: [],
    approved: true,
    automationStopped: false,
    switchable: true,
    dataUntil: now,
    now,
  });
}

describe('a burn rate in a rollout', () => {
  it('rolls back when every window burns, overall and in the cohort', () => {
    const decided = verdictAfter(
      traffic(30, () => 60),
      30,
    );
    expect(decided).toMatchObject({ kind: 'roll_back', reason: 'guardrail_failed', action: { kind: 'roll_back' } });
    const [overall] = decided.outcomes;
    expect(overall).toMatchObject({ outcome: 'fail', limit: 14.4, baseline: null, candidate: { n: 30_000, k: 1800 } });
    expect(overall?.estimate).toBeCloseTo(60, 6);
    expect(decided.outcomes.map((o) => o.cohort)).toEqual([null, 'eu']);
  });

  it('lets the gate hold where nothing burns', () => {
    const decided = verdictAfter(
      traffic(60, () => 1),
      60,
    );
    expect(decided.outcomes[0]).toMatchObject({ outcome: 'pass', reason: 'decided' });
    expect(decided.kind).toBe('widen');
  });

  it('does not roll back for harm that is over, or that the baseline has as well', () => {
    const over = verdictAfter(
      traffic(60, (i) => (i < 30 ? 60 : 0)),
      60,
    );
    expect(over.outcomes[0]?.outcome).not.toBe('fail');
    const both = verdictAfter(
      traffic(30, () => 60, 60),
      30,
      ', against: baseline',
    );
    expect(both.kind).toBe('widen');
    expect(both.outcomes[0]?.estimate).toBeCloseTo(0, 6);
  });
});
