import { describe, expect, test } from 'vitest';
import { outcome, plan } from '@/e2e/design-plan';
import type { CriterionOutcome, Working } from '@/lib/criterion/model';
import type { Verdict } from '../model';
import { coarseEnough, leansToFail, stretchOf, troubleIn } from './excess';

const working = (over: Partial<Working>) => ({ side: 'above', fromBin: 0, bins: 30, ...over }) as Working;
const leaning = (criterion: string, progress: number, over: Partial<CriterionOutcome> = {}): CriterionOutcome => ({
  ...outcome(criterion, 'inconclusive'),
  progress,
  working: working({}),
  ...over,
});
const verdict = (outcomes: CriterionOutcome[], deciding: Verdict['deciding'] = null) =>
  ({ outcomes, deciding }) as Verdict;
const minute = 60_000;

describe('what is to be explained', () => {
  const { criteria } = plan;
  test('the outcome that decided, whatever else there is', () => {
    const deciding = { criterion: 'orders', cohort: 'beta' };
    expect(troubleIn(criteria, verdict([outcome('errors', 'fail')], deciding))).toEqual(deciding);
  });
  test('else what fails, then what leans most towards failing; all together before a cohort', () => {
    const some = [leaning('errors', 0.7), leaning('errors', 0.7, { cohort: 'beta' }), leaning('checkout p99', 0.6)];
    expect(troubleIn(criteria, verdict(some.reverse()))).toEqual({ criterion: 'errors', cohort: null });
    const failing = { ...outcome('orders', 'fail', 'eu'), progress: 1 };
    expect(troubleIn(criteria, verdict([...some, failing]))).toEqual({ criterion: 'orders', cohort: 'eu' });
  });
  test('not what leans towards passing, is far from either, is unknown, or is only shown', () => {
    expect(leansToFail(criteria, leaning('errors', 0.9))).toBe(true);
    expect(leansToFail(criteria, leaning('errors', 0.9, { working: working({ side: 'below' }) }))).toBe(false);
    expect(leansToFail(criteria, leaning('orders', 0.9))).toBe(false);
    expect(leansToFail(criteria, leaning('orders', 0.9, { working: working({ side: 'below' }) }))).toBe(true);
    expect(leansToFail(criteria, leaning('errors', 0.4))).toBe(false);
    expect(leansToFail(criteria, leaning('errors', 0.9, { working: null }))).toBe(false);
    expect(
      troubleIn(criteria, verdict([leaning('size', 0.9, { kind: 'diagnostic' }), outcome('errors', 'pass')])),
    ).toBeNull();
  });
});

describe('which stretch is read', () => {
  const startedAt = Date.UTC(2026, 0, 1);
  const at = startedAt + 60 * minute + 3_000;
  test('all of the rollout, unless what speaks most began later', () => {
    expect(stretchOf(undefined, startedAt, at)).toEqual({ from: startedAt, to: at });
    expect(stretchOf(leaning('errors', 0.9), startedAt, at)).toEqual({ from: startedAt, to: at });
    const late = leaning('errors', 0.9, { working: working({ fromBin: 300, bins: 12 }) });
    expect(stretchOf(late, startedAt, at)).toEqual({ from: at - 3_000 - 140_000, to: at });
    const longer = leaning('errors', 0.9, { working: working({ fromBin: 1, bins: 500 }) });
    expect(stretchOf(longer, startedAt, at).from).toBe(startedAt);
  });
  test('as fine as can be read, and no more of it than that', () => {
    const span = (minutes: number) => ({ from: at - minutes * minute, to: at });
    expect(coarseEnough(span(60), 100)).toEqual({ from: at - 60 * minute, resolution: 10 });
    expect(coarseEnough(span(60), 400)).toMatchObject({ resolution: 60 });
    expect(coarseEnough(span(60), 0)).toMatchObject({ resolution: 10 });
    const month = coarseEnough(span(30 * 24 * 60), 1_000);
    expect(month.resolution).toBe(3600);
    expect((at - month.from) / 3_600_000).toBeGreaterThanOrEqual(60);
    expect((at - month.from) / 3_600_000).toBeLessThan(62);
  });
});
