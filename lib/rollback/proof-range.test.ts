import { describe, expect, it } from 'vitest';
import { type Criterion, criterionInput } from '@/lib/criterion/model';
import type { CriterionReading } from '@/lib/snapshot/model';
import { type Window, windowMs } from '@/lib/snapshot/windows';
import { inUnit, type Range, rangeOf, returned, thresholdOf } from './proof-range';

const criterion = (over: Record<string, unknown> = {}): Criterion =>
  criterionInput.parse({
    name: 'errors',
    kind: 'guardrail',
    measure: 'share',
    metric: 'm',
    of: { status: '5xx' },
    better: 'lower',
    ...over,
  });
const p99 = { measure: 'quantile', q: 0.99, of: undefined };
const orders = { kind: 'success', measure: 'ratio', of: undefined, per: 'started', better: 'higher' };
const reading = (low: number | null, high: number | null, unit = '1'): CriterionReading => ({
  criterion: 'errors',
  cohort: null,
  version: 'control',
  unit,
  value: high,
  low,
  high,
  n: 100,
  windows: 5,
  from: '',
  to: '',
});
const at = { from: 0, until: 0 };
const windows = (...values: Array<number | null>): [Window[], { from: number; until: number }] => [
  values.flatMap((value, i) => (value === null ? [] : [{ at: i * windowMs, value, n: 100 }])),
  { from: 0, until: values.length * windowMs },
];

describe('the range of a snapshot', () => {
  it.each([
    ['as it was, without a margin', {}, reading(0.001, 0.01), 0.01],
    ['share points', { margin: '0.5pp' }, reading(0.001, 0.01), 0.015],
    ['relative', { margin: '10%' }, reading(0.001, 0.01), 0.011],
    ['absolute, in another unit', { ...p99, margin: '20ms' }, reading(0.2, 0.3, 's'), 0.32],
    ['relative, of less than nothing', { ...p99, margin: '10%' }, reading(-30, -20, ''), -18],
    ['higher is better: the lowest counts, and less of it', { ...orders, margin: '10%' }, reading(0.8, 0.9), 0.72],
    ['a margin that does not fit the unit widens nothing', { ...p99, margin: '20ms' }, reading(1, 5, 'By'), 5],
    ['a burn rate', { measure: 'burn_rate', objective: 0.99, margin: '50%' }, reading(0, 2), 3],
    ['too few windows', {}, reading(null, null), null],
    ['NaN', {}, reading(Number.NaN, Number.NaN), null],
    ['nothing was recorded', {}, undefined, null],
  ] as const)('%s', (_what, over, found, worst) => {
    const range = rangeOf(criterion(over), found, 'the snapshot');
    if (worst === null) expect(range).toBeNull();
    else expect(range?.worst).toBeCloseTo(worst, 9);
  });

  it('is told in the unit of what is measured now, or not at all', () => {
    const range = rangeOf(criterion(p99), reading(0.2, 0.3, 's'), 'the snapshot') as Range;
    expect(inUnit(range, 'ms')?.worst).toBeCloseTo(300, 9);
    expect(inUnit(range, 'By')).toBeNull();
  });

  it('is the threshold of a criterion that is against one', () => {
    const threshold = { ...p99, against: { threshold: '300ms' } };
    expect(thresholdOf(criterion(threshold), 's')?.worst).toBeCloseTo(0.3, 9);
    expect(thresholdOf(criterion(threshold), 'By')).toBeNull();
    expect(thresholdOf(criterion(p99), 's')).toBeNull();
    const burn = { measure: 'burn_rate', objective: 0.99, against: { threshold: 6 } };
    expect(thresholdOf(criterion(burn), '1')?.worst).toBe(6);
  });
});

describe('back in the range', () => {
  const range: Range = { worst: 0.01, unit: '1', from: 'the snapshot' };
  it.each([
    ['one window says nothing', [0.005], 'too_early'],
    ['two within', [0.005, 0.006], 'back'],
    ['on the edge is within', [0.01, 0.01], 'back'],
    ['better than ever', [0, 0], 'back'],
    ['one within, then one not', [0.005, 0.02], 'not_yet'],
    ['the newest within, the one before not', [0.02, 0.005], 'not_yet'],
    ['two of three, the newest within', [0.005, 0.02, 0.005], 'back'],
    ['two of three, but not the newest', [0.005, 0.005, 0.02], 'not_yet'],
    ['what was long ago counts no more', [0.005, 0.02, 0.02, 0.005], 'not_yet'],
    ['a silent window is none within', [0.005, null, 0.005], 'back'],
    ['nor when it is the newest', [0.005, 0.005, null], 'not_yet'],
    ['silence', [0.005, null, null, null], 'silent'],
    ['silence from the start', [null, null], 'silent'],
  ] as const)('%s', (_what, values, kind) => {
    expect(returned(criterion(), range, ...windows(...values)).kind).toBe(kind);
  });

  it('is mirrored where higher is better', () => {
    const lowest: Range = { ...range, worst: 0.8 };
    const of = (...values: number[]) => returned(criterion(orders), lowest, ...windows(...values)).kind;
    expect([of(0.85, 0.8), of(0.99, 0.99), of(0.79, 0.79), of(0.79, 0.85)]).toEqual([
      'back',
      'back',
      'not_yet',
      'not_yet',
    ]);
  });

  it('tells the newest value, of before a silence too', () => {
    expect(returned(criterion(), range, ...windows(0.005, 0.03, null))).toEqual({ kind: 'not_yet', value: 0.03 });
    expect(returned(criterion(), range, [], at).kind).toBe('too_early');
  });
});

/** mulberry32: the same numbers every time. */
function random(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
function poisson(mean: number, next: () => number): number {
  const end = Math.exp(-mean);
  let k = 0;
  for (let p = next(); p > end; p *= next()) k++;
  return k;
}

describe('how often it is wrong, over Poisson noise and without a margin', () => {
  /** Windows that are over until the deadline. */
  const looks = 9;
  const rounds = 5_000;

  /** The share of returns that are not called back in time, and how many windows those took that were. */
  function simulate(recorded: number, mean: number, times: number, seed: number): { missed: number; waited: number } {
    const next = random(seed);
    const share = () => poisson(mean, next) / 1000;
    let missed = 0;
    let waited = 0;
    for (let i = 0; i < rounds; i++) {
      let worst = 0;
      for (let w = 0; w < recorded; w++) worst = Math.max(worst, share());
      const range: Range = { worst, unit: '1', from: '' };
      const values: number[] = [];
      let back = false;
      while (!back && values.length < looks) {
        values.push(poisson(times * mean, next) / 1000);
        back = returned(criterion(), range, ...windows(...values)).kind === 'back';
      }
      if (back) waited += values.length;
      else missed++;
    }
    return { missed: missed / rounds, waited: waited / Math.max(1, rounds - missed) };
  }

  // windows that were recorded, events a window, at most so many healthy returns missed, windows waited on average
  it.each([
    [60, 1, 0.0005, 2.1],
    [60, 20, 0.0005, 2.1],
    [10, 1, 0.001, 2.2],
    [10, 20, 0.001, 2.3],
    [3, 1, 0.02, 2.6],
    [3, 20, 0.04, 2.8],
  ])('a healthy version, %i windows recorded of %d events each', (recorded, mean, missed, waited) => {
    const found = simulate(recorded, mean, 1, recorded * 100 + mean);
    expect(found.missed).toBeLessThanOrEqual(missed);
    expect(found.waited).toBeLessThanOrEqual(waited);
  });

  it('what has stayed worse by half, or is three times as bad, is hardly ever called back', () => {
    expect(simulate(60, 80, 1.5, 1).missed).toBeGreaterThan(0.9);
    expect(simulate(60, 20, 3, 2).missed).toBe(1);
  });
});
