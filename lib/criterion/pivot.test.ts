import { describe, expect, test } from 'vitest';
import type { Stretch } from '@/lib/stats/evidence';
import { boundsOf, deviationNeeded } from '@/lib/stats/evidence';
import { valueAbove } from '@/lib/stats/quantile';
import { scoreAt } from '@/lib/stats/score';
import { countBin, countBinAlone } from '@/lib/stats/sums';
import { quantileEffect, quantileOf } from './effect';
import { type Arm, type Bin, type CriterionInput, criterionInput } from './model';
import { addShapes, histogramOf, noShapes, pivotsFrom, remember, type Shapes, shapesOf } from './pivot';
import { questionOf } from './question';

const questionFor = (over: Partial<CriterionInput> = {}) =>
  questionOf(
    criterionInput.parse({
      name: 'c',
      kind: 'guardrail',
      measure: 'quantile',
      q: 0.9,
      metric: 'm',
      better: 'lower',
      ...over,
    }),
    'ms',
  );
const p90 = questionFor();
const threshold = questionFor({ against: { threshold: '15ms' } });
const h = (...counts: number[]): Arm => ({ bounds: [10, 20, 40], counts });
const bin = (candidate: Arm | null, baseline?: Arm | null): Bin => ({ at: '', candidate, baseline });

describe('the histogram of an arm', () => {
  test.each<[string, Arm | null | undefined, unknown]>([
    ['none', null, null],
    ['none at all', undefined, null],
    ['of another kind', { n: 1, k: 1 }, null],
    ['explicit', h(1, 2, 3, 4), { edges: [10, 20, 40], counts: [1, 2, 3, 4] }],
    ['exponential', { scale: 0, zeroCount: 0, offset: 0, counts: [5] }, { edges: [0, 1, 2], counts: [0, 0, 5, 0] }],
  ])('%s', (_, arm, want) => expect(histogramOf(arm)).toEqual(want));
});

describe('the shapes of a bin', () => {
  test('both arms have the weight of Mantel and Haenszel', () => {
    const shapes = shapesOf([bin(h(30, 0, 0, 0), h(5, 5, 0, 0))], p90) as Shapes;
    expect(shapes.weight).toBe(7.5);
    expect(shapes.candidate.counts).toEqual([7.5, 0, 0, 0]);
    expect(shapes.baseline.counts).toEqual([3.75, 3.75, 0, 0]);
  });
  test('cohorts are added up after they were weighted', () => {
    const shapes = shapesOf([bin(h(30, 0, 0, 0), h(10, 0, 0, 0)), bin(h(0, 5, 0, 0), h(0, 5, 0, 0))], p90) as Shapes;
    expect(shapes.weight).toBe(10);
    expect(shapes.candidate.counts).toEqual([7.5, 2.5, 0, 0]);
  });
  test('one arm weighs what it has', () => {
    const shapes = shapesOf([bin(h(1, 2, 3, 4))], threshold) as Shapes;
    expect(shapes).toMatchObject({ weight: 10, candidate: { counts: [1, 2, 3, 4] }, baseline: { counts: [0] } });
  });
  test.each([
    [null, h(1, 0, 0, 0)],
    [h(0, 0, 0, 0), h(1, 0, 0, 0)],
    [h(1, 0, 0, 0), null],
    [h(1, 0, 0, 0), h(0, 0, 0, 0)],
  ])('silence has none', (candidate, baseline) => expect(shapesOf([bin(candidate, baseline)], p90)).toBeNull());
  test('and none of no bins', () => expect(shapesOf([], p90)).toBeNull());
});

describe('memory', () => {
  const of = (weight: number): Shapes => ({
    candidate: { edges: [10], counts: [weight, 0] },
    baseline: { edges: [10], counts: [0, weight] },
    weight,
  });
  test('is added and taken away', () => {
    expect(addShapes(of(3), of(2), 1)).toEqual(of(5));
    expect(addShapes(of(3), of(2), -1)).toEqual(of(1));
    expect(addShapes(noShapes, of(2), 1)).toEqual(of(2));
    expect(addShapes(noShapes, of(2), -1).weight).toBe(-2);
  });
  test('begins with what came first, then loses a sixty-fourth a bin', () => {
    expect(remember(noShapes, of(64))).toEqual(of(64));
    expect(remember(of(64), of(1))).toEqual(of(64));
  });
});

describe('pivots', () => {
  const shapes = shapesOf([bin(h(40, 40, 20, 0), h(60, 30, 10, 0))], p90) as Shapes;
  test('without a margin both arms are cut at the quantile of both together', () => {
    const both = { edges: [10, 20, 40], counts: [50, 35, 15, 0] };
    const pivots = pivotsFrom(shapes, p90);
    expect(pivots?.baseline?.value).toBeCloseTo(valueAbove(both, 10, 100), 9);
    expect(pivots?.candidate).toEqual(pivots?.baseline);
  });
  test.each([
    ['5ms', (at: number) => at + 5],
    ['10%', (at: number) => at * 1.1],
  ])('with a margin of %s the candidate is cut that much above the baseline’s own quantile', (margin, moved) => {
    const pivots = pivotsFrom(shapes, questionFor({ margin }));
    expect(pivots?.baseline?.value).toBeCloseTo(20, 9);
    expect(pivots?.candidate.value).toBeCloseTo(moved(20), 9);
  });
  test('against a threshold the candidate is cut there', () =>
    expect(pivotsFrom(shapesOf([bin(h(40, 40, 20, 0))], threshold) as Shapes, threshold)).toMatchObject({
      candidate: { value: 15 },
      baseline: null,
    }));
  test.each([
    ['nothing is known', noShapes, p90],
    ['it is no quantile', shapes, questionFor({ measure: 'mean', q: undefined })],
    ['it lies in the last bucket', shapesOf([bin(h(0, 0, 0, 5), h(0, 0, 0, 5))], p90) as Shapes, p90],
    ['the margin leads into the last bucket', shapes, questionFor({ margin: '25ms' })],
    [
      'the threshold lies in it',
      shapesOf([bin(h(1, 1, 1, 1))], threshold) as Shapes,
      questionFor({ against: { threshold: '50ms' } }),
    ],
  ])('none where %s', (_, known, question) => expect(pivotsFrom(known, question)).toBeNull());
});

describe('the effect on a quantile', () => {
  const bounds = { above: boundsOf(0.01), below: boundsOf(0.05) };
  const noise = { leaned: 1, bare: 1, free: 0 };
  const shapes = shapesOf([bin(h(400, 400, 200, 0), h(600, 300, 100, 0))], p90) as Shapes;
  const sums = countBin({ n1: 1000, k1: 200, n0: 1000, k0: 100, bounded: true });
  const stretch: Stretch = { sums, shape: p90.shape, noise, rho: 5 };
  const ends = { above: stretch, below: stretch };
  const at = (deviation: number) =>
    valueAbove(shapes.candidate, 50 + deviation / 2, 500) - valueAbove(shapes.baseline, 50 - deviation / 2, 500);
  test('is the difference of the arms’ quantiles, moved by the deviation that each side needs', () => {
    const effect = quantileEffect(ends, shapes, bounds, p90);
    const score = scoreAt(sums, p90.shape, 0);
    expect(effect.estimate).toBeCloseTo(at(0), 9);
    expect(effect.low).toBeCloseTo(at(deviationNeeded(stretch, score, 'above', bounds.above)), 9);
    expect(effect.high).toBeCloseTo(at(deviationNeeded(stretch, score, 'below', bounds.below)), 9);
    expect(effect.low as number).toBeLessThan(effect.estimate as number);
    expect(effect.high as number).toBeGreaterThan(effect.estimate as number);
  });
  test('relative, where the margin is', () => {
    const relative = questionFor({ margin: '10%' });
    const { estimate } = quantileEffect(ends, shapes, bounds, relative);
    expect(estimate).toBeCloseTo(valueAbove(shapes.candidate, 50, 500) / valueAbove(shapes.baseline, 50, 500) - 1, 9);
  });
  test('of one arm is its quantile', () => {
    const one = shapesOf([bin(h(400, 400, 200, 0))], threshold) as Shapes;
    const own: Stretch = {
      sums: countBinAlone({ n1: 1000, k1: 300, bounded: true }),
      shape: threshold.shape,
      noise,
      rho: 5,
    };
    const effect = quantileEffect({ above: own, below: own }, one, bounds, threshold);
    const score = scoreAt(own.sums, own.shape, threshold.scoreLimit);
    expect(effect.estimate).toBeCloseTo(valueAbove(one.candidate, 100, 1000), 9);
    expect(effect.low).toBeCloseTo(
      valueAbove(one.candidate, 100 + deviationNeeded(own, score, 'above', bounds.above), 1000),
      9,
    );
  });
  test('is not known without shapes, nor where a quantile is not', () => {
    const unknown = { estimate: null, low: null, high: null };
    expect(quantileEffect(ends, null, bounds, p90)).toEqual(unknown);
    expect(quantileEffect(ends, noShapes, bounds, p90)).toEqual(unknown);
    const open = shapesOf([bin(h(0, 0, 0, 9), h(9, 0, 0, 0))], p90) as Shapes;
    expect(quantileEffect(ends, open, bounds, p90).estimate).toBeNull();
    const undecided: Stretch = { ...stretch, shape: { ...p90.shape, modelled: false } };
    expect(quantileEffect({ above: undecided, below: undecided }, shapes, bounds, p90)).toMatchObject({
      low: null,
      high: null,
    });
  });
  test.each([
    ['the baseline’s', h(9, 0, 0, 0), h(0, 0, 0, 9)],
    ['the candidate’s', h(0, 0, 0, 9), h(9, 0, 0, 0)],
    ['both', h(0, 0, 0, 9), h(0, 0, 0, 9)],
  ])('relative to nothing that is known: %s lies beyond the last bucket', (_, candidate, baseline) => {
    const open = shapesOf([bin(candidate, baseline)], p90) as Shapes;
    expect(quantileEffect(ends, open, bounds, questionFor({ margin: '10%' })).estimate).toBeNull();
  });
  test('each arm is shown as it is', () => {
    expect(quantileOf(shapes, 'baseline', 0.9)).toBeCloseTo(20, 9);
    expect(quantileOf(shapes, 'candidate', 0.9)).toBeCloseTo(valueAbove(shapes.candidate, 50, 500), 9);
    expect(quantileOf(null, 'candidate', 0.9)).toBeNull();
    expect(quantileOf(noShapes, 'candidate', 0.9)).toBeNull();
    expect(quantileOf(shapesOf([bin(h(0, 0, 0, 9), h(9, 0, 0, 0))], p90), 'candidate', 0.9)).toBeNull();
  });
});
