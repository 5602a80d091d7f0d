import { describe, expect, test } from 'vitest';
import { type Published, publishedMean, publishedQuantile } from './published';
import { randomFrom } from './random';
import { mostFalseAlarms } from './tally';

const decided = ({ run }: Published, rollouts: number, looks: number) =>
  Array.from({ length: rollouts }, (_, i) => run(randomFrom(7, i), looks, 0.01)).filter((at) => at !== null);

/** What we compare with must be right itself: within its bound where nothing differs, and quick where something does. */
describe('published methods', () => {
  test('the mean: within its bound at no difference', () => {
    // Tuned to + 5 %, drawn at none.
    const tuned = publishedMean({ kind: 'exponential', from: 1, to: 1.05 });
    const flat: Published = {
      ...tuned,
      run: (random, looks, alpha) =>
        tuned.run({ ...random, gamma: (shape) => random.gamma(shape) * level() }, looks, alpha),
    };
    let first = false;
    // Every second draw is the baseline's: the candidate's is brought back to the same level.
    function level(): number {
      first = !first;
      return first ? 1 / 1.05 : 1;
    }
    expect(decided(flat, 300, 120).length).toBeLessThanOrEqual(mostFalseAlarms(300));
  });
  test('the quantile: within its bound at no difference', () =>
    expect(decided(publishedQuantile(0.99, 1), 60, 40).length).toBeLessThanOrEqual(mostFalseAlarms(60)));
  test('both find what they are tuned to', () => {
    expect(decided(publishedMean({ kind: 'share', from: 0.01, to: 0.02 }), 40, 60)).toHaveLength(40);
    expect(decided(publishedMean({ kind: 'exponential', from: 1, to: 1.05 }), 40, 120)).toHaveLength(40);
    expect(decided(publishedQuantile(0.99, 1.2), 20, 60)).toHaveLength(20);
  });
});
