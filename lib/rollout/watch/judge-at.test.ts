/** One look, from the bins to what is to be done: what of it comes from where. */
import { describe, expect, test } from 'vitest';
import { outcome } from '@/e2e/design-plan';
import type { BinRow } from '@/lib/signal/model';
import { parsePlan } from '../plan/plan';
import { outcomesOf, splitOf, stageSamples } from './evidence';
import { judgeAt, type Standing } from './judge-at';
import { binMs, close, lookNow, startJudging } from './judging';
import { toKept } from './kept';

const common = { kind: 'guardrail', metric: 'requests', better: 'lower' } as const;
const plan = parsePlan({
  feature: 'f',
  environment: 'e',
  owner: 'o',
  baseline: 'control',
  candidate: 'treatment',
  stages: [
    { name: 'few', exposure: { eu: 20, us: 20 }, minSamples: 10 },
    { name: 'half', exposure: { eu: 50, us: 50 } },
  ],
  criteria: [
    { ...common, name: 'errors', measure: 'share', of: { status: '5xx' }, margin: '5pp' },
    { ...common, name: 'calls', measure: 'rate', against: { threshold: 1000 } },
  ],
});
const start = new Date('2026-01-01T00:00:00Z');
const at = (bin: number) => start.getTime() + bin * binMs;
const rows = (bin: number, n: number): BinRow[] =>
  ['control', 'treatment'].flatMap((version) =>
    ['eu', 'us'].map((cohort) => ({
      at: at(bin),
      version,
      cohort,
      metric: 'requests',
      kind: 'sum' as const,
      unit: '1',
      attributes: { status: '200' },
      aggregate: { kind: 'sum' as const, n, sum: n, sum2: n, min: 0, max: 1, last: 1 },
    })),
  );
const judging = () => {
  const of = startJudging(plan, start, start);
  close(of, Array.from({ length: 30 }, (_, i) => rows(i, 500)).flat(), at(30));
  return of;
};
const open = rows(30, 40);
const lastAt = new Date(at(30) + 4_000);
const standing = (over: Partial<Standing> = {}): Standing => ({
  plan,
  state: 'running',
  stage: 1,
  stageSince: start,
  heldReason: null,
  approved: false,
  automationStopped: false,
  switchable: true,
  now: new Date(at(30) + 8_000),
  findings: [],
  freshness: { lastAt, receiverAliveAt: new Date(at(30) + 8_000) },
  startedAt: start,
  ...over,
});

describe('a look', () => {
  test('is what the bins say, and what follows from it', () => {
    const of = judging();
    const { decided, looked } = judgeAt(of, open, standing());
    expect(looked).toEqual(lookNow(of, open, lastAt.getTime()));
    expect(decided.outcomes).toEqual(outcomesOf(looked, standing()));
    expect(decided.outcomes.map((o) => [o.criterion, o.cohort])).toEqual(
      ['errors', 'calls'].flatMap((name) => [null, 'eu', 'us'].map((cohort) => [name, cohort])),
    );
    expect(decided.split).toEqual(splitOf(plan, 1, looked));
    expect(decided.split.map((s) => s.planned)).toEqual([50, 50]);
    expect(decided).toMatchObject({ kind: 'widen', reason: 'finished', dataUntil: lastAt.toISOString() });
  });
  test('at another stage is held to another split, and to its samples', () => {
    const { decided, looked } = judgeAt(judging(), open, standing({ stage: 0 }));
    expect(decided.split.map((s) => [s.planned, s.ok])).toEqual([
      [20, false],
      [20, false],
    ]);
    expect(decided).toMatchObject({ kind: 'hold', reason: 'gate_waits' });
    const samples = decided.gate.find((item) => item.reason === 'min_samples');
    expect(Object.values(samples?.detail ?? {})).toContain(stageSamples(looked));
    expect(stageSamples(looked)).toBe(30_080);
  });
  test('of the open bin is of the seconds that there is data of, all of them where nobody knows', () => {
    const calls = (over: Partial<Standing>) =>
      judgeAt(startJudging(plan, start, start), rows(0, 40), standing(over)).decided;
    const freshness = (lastAt: Date | null) => ({ freshness: { lastAt, receiverAliveAt: null } });
    const now = new Date(at(0) + 8_000);
    const until = new Date(at(0) + 4_000);
    const rate = (d: ReturnType<typeof calls>) => d.outcomes.find((o) => o.criterion === 'calls' && o.cohort === 'eu');
    expect(rate(calls({ now, ...freshness(until) }))?.candidate.value).toBe(10);
    expect(rate(calls({ now, ...freshness(null) }))?.candidate.value).toBe(5);
    expect(calls({ now, ...freshness(null) }).dataUntil).toBeNull();
  });
  test('what was seen of the cohorts that left is shown behind the rest', () => {
    const parted = [outcome('errors', 'fail', 'asia')];
    const { decided } = judgeAt(judging(), open, standing({ parted, withdrawn: ['asia'] }));
    expect(decided.outcomes).toHaveLength(7);
    expect(decided.outcomes.at(-1)).toBe(parted[0]);
    expect(decided.kind).toBe('widen');
  });
  test('whoever was taken back is in no split', () => {
    const { decided, looked } = judgeAt(judging(), open, standing({ withdrawn: ['us'] }));
    expect(decided.split).toEqual(splitOf(plan, 1, looked, ['us']));
    expect(decided.split.map((s) => s.cohort)).not.toContain('us');
  });
  test('does not go by telemetry that is in doubt', () => {
    const finding = { kind: 'overflow', environment: 'e', feature: 'f', metric: 'requests', detail: '', count: 1 };
    const { decided } = judgeAt(judging(), open, {
      ...standing(),
      findings: [{ ...finding, firstAt: start, lastAt } as Standing['findings'][number]],
    });
    expect(decided.outcomes[0]).toMatchObject({ outcome: 'inconclusive', reason: 'overflow' });
    expect(decided.kind).toBe('hold');
  });
  test('changes nothing', () => {
    const of = judging();
    const before = JSON.stringify(toKept(of));
    judgeAt(of, open, standing());
    expect(JSON.stringify(toKept(of))).toBe(before);
  });
});
