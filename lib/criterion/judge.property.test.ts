import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BinRow } from '@/lib/signal/model';
import { toBins } from './arms';
import { absorb, look, startJudge } from './judge';
import { type Arm, type Bin, type CriterionInput, criterionInput, type Look } from './model';

function looksOf(
  over: Partial<CriterionInput>,
  bins: Array<{ baseline: Arm | null; candidate: Arm | null; at?: string }>,
) {
  const need = (over.measure ?? 'share') === 'share' ? { of: { status: '5xx' } } : {};
  const input = {
    name: 'c',
    kind: 'guardrail',
    metric: 'm',
    measure: 'share',
    better: 'lower',
    ...need,
    ...over,
  } as const;
  let state = startJudge(criterionInput.parse(input), { alpha: 0.01, unit: 's' });
  return bins.map((bin) => {
    state = absorb(state, new Map<string, Bin>([['', { at: '', ...bin }]]));
    return look(state).overall;
  });
}
const last = (looks: Look[]) => looks.at(-1) as Look;
const countArm = fc
  .record({ n: fc.integer({ min: 1, max: 600 }), rate: fc.double({ min: 0, max: 0.2, noNaN: true }) })
  .map(({ n, rate }) => ({ n, k: Math.round(n * rate) }));
const pairs = fc.array(fc.record({ baseline: countArm, candidate: countArm }), { minLength: 1, maxLength: 40 });
const margin = fc.constantFrom<CriterionInput['margin']>(0, '0.5pp', '10%');
const bare = { name: 'c', kind: 'guardrail', better: 'lower' } as const;
const nothing = { kind: 'histogram', n: 0, sum: 0, sum2: 0, min: 0, max: 0, last: 0 } as const;
const runs = { numRuns: 150, seed: 7 };

describe('judging', () => {
  test('no evidence never passes or fails, whatever the criterion', () => {
    const silent = fc.array(fc.constantFrom<Arm | null>(null, { n: 0, k: 0 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(silent, margin, fc.constantFrom('lower', 'higher'), (arms, m, better) => {
        const bins = arms.map((baseline, i) => ({ baseline, candidate: arms[arms.length - 1 - i] ?? null }));
        for (const l of looksOf({ margin: m, better: better as 'lower' }, bins)) expect(l.outcome).toBe('no_data');
      }),
      runs,
    );
  });

  test('one arm alone never passes or fails against a baseline', () => {
    fc.assert(
      fc.property(pairs, margin, (given, m) => {
        const bins = given.map(({ candidate }) => ({ baseline: null, candidate }));
        for (const l of looksOf({ margin: m }, bins)) expect(l.outcome).toBe('no_data');
      }),
      runs,
    );
  });

  test('the decision does not depend on the clock', () => {
    fc.assert(
      fc.property(pairs, fc.integer({ min: 0, max: 2e9 }), (given, second) => {
        const dated = given.map((bin, i) => ({ ...bin, at: new Date((second + i) * 1000).toISOString() }));
        expect(looksOf({}, dated)).toEqual(looksOf({}, given));
      }),
      runs,
    );
  });

  test('an interval never contradicts its outcome', () => {
    fc.assert(
      fc.property(pairs, margin, (given, m) => {
        for (const l of looksOf({ margin: m }, given)) {
          const limit = l.limit as number;
          if (l.outcome === 'fail') expect(l.low).toBeGreaterThan(limit);
          if (l.outcome === 'pass') expect(l.high).toBeLessThan(limit);
          if (l.outcome === 'inconclusive' && l.low !== null) expect(l.low).toBeLessThanOrEqual(limit);
          if (l.low !== null && l.high !== null) expect(l.low).toBeLessThanOrEqual(l.high);
        }
      }),
      runs,
    );
  });

  // From 8 bins up. In fewer, what differs between the bins is multiplied with the harm and may pass for noise that is
  // not known yet: of 493 failing draws of 1 to 8 bins one was, multiplied, one look short of failing (0.99 of the way).
  test('harm multiplied evenly over all bins never looks better', () => {
    const rare = fc
      .record({ n: fc.integer({ min: 50, max: 600 }), rate: fc.double({ min: 0, max: 0.1, noNaN: true }) })
      .map(({ n, rate }) => ({ n, k: Math.round(n * rate) }));
    const many = fc.array(fc.record({ baseline: rare, candidate: rare }), { minLength: 8, maxLength: 40 });
    fc.assert(
      fc.property(many, fc.integer({ min: 2, max: 4 }), (given, times) => {
        const worse = given.map(({ baseline, candidate }) => ({
          baseline,
          candidate: { n: candidate.n, k: candidate.k * times },
        }));
        const before = last(looksOf({}, given));
        const after = last(looksOf({}, worse));
        if (before.outcome === 'fail') expect(after.outcome).toBe('fail');
        if (after.outcome === 'pass') expect(before.outcome).toBe('pass');
        expect(after.estimate as number).toBeGreaterThanOrEqual((before.estimate as number) - 1e-12);
      }),
      runs,
    );
  });

  test('arms changed over give the mirrored interval', () => {
    fc.assert(
      fc.property(pairs, (given) => {
        const mirrored = given.map(({ baseline, candidate }) => ({ baseline: candidate, candidate: baseline }));
        const a = last(looksOf({ better: 'lower' }, given));
        const b = last(looksOf({ better: 'higher' }, mirrored));
        expect(b.outcome).toBe(a.outcome);
        expect(b.estimate as number).toBeCloseTo(-(a.estimate as number), 9);
      }),
      runs,
    );
  });

  test('merging histograms and then judging is judging the merged data', () => {
    const bounds = [0.1, 0.2, 0.4, 0.8];
    const counts = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 5, maxLength: 5 });
    const three = fc.record({ baseline: counts, one: counts, two: counts });
    const criterion = criterionInput.parse({ ...bare, measure: 'quantile', q: 0.9, metric: 'latency' });
    const judged = (rows: BinRow[]) => {
      const { byCohort } = toBins(criterion, rows, { baseline: 'a', candidate: 'b' }, 10_000);
      let state = startJudge(criterion, { alpha: 0.01, unit: 's' });
      for (const bin of byCohort.get('') ?? []) state = absorb(state, new Map([['', bin]]));
      return look(state);
    };
    const row = (at: number, version: string, of: number[], i = 0): BinRow => ({
      ...{ at, version, cohort: '', metric: 'latency', kind: 'histogram', unit: 's', attributes: { instance: i } },
      aggregate: { ...nothing, explicit: { bounds, counts: of } },
    });
    fc.assert(
      fc.property(fc.array(three, { minLength: 1, maxLength: 20 }), (given) => {
        const apart = given.flatMap(({ baseline, one, two }, i) => [
          row(i * 10_000, 'b', two, 2),
          row(i * 10_000, 'a', baseline),
          row(i * 10_000, 'b', one, 1),
        ]);
        const together = given.flatMap(({ baseline, one, two }, i) => [
          row(i * 10_000, 'a', baseline),
          row(
            i * 10_000,
            'b',
            one.map((c, at) => c + (two[at] as number)),
          ),
        ]);
        expect(judged(apart)).toEqual(judged(together));
      }),
      runs,
    );
  });
});
