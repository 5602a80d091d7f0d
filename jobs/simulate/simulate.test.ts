import { describe, expect, test } from 'vitest';
import { cases } from './cases';
import { runOne } from './run';
import { assess, mostFalseAlarms, tally } from './tally';

/** Few rollouts, so the bounds are those of few: a judge that peeks at a fixed test fails 15 to 30 of 100. */
describe('simulated rollouts, fixed seed', () => {
  const quick = (name: string, rollouts: number) => {
    const given = cases.find((c) => c.name.startsWith(name));
    if (!given) throw new Error(`no case ${name}`);
    return {
      given,
      sum: tally(
        given,
        Array.from({ length: rollouts }, (_, i) => runOne(given, 11, i)),
      ),
    };
  };
  test.each([
    ['A/A independent', 100],
    ['A/A over-dispersed', 100],
    ['A/A autocorrelated', 100],
    ['A/A bursts', 60],
    ['A/A 0 to 5', 60],
    ['A/A ramp', 40],
    ['at the margin: 1 %', 60],
    ['A/A rate, over-dispersed', 60],
  ])('%s: false alarms within the bound', (name, rollouts) => {
    expect(quick(name, rollouts).sum.early).toBeLessThanOrEqual(mostFalseAlarms(rollouts));
  });
  test.each([
    ['errors 1 % to 2 %', 60],
    ['errors 1 % to 5 % after', 10],
    ['candidate fails', 60],
  ])('%s: found, and soon', (name, rollouts) => {
    const { given, sum } = quick(name, rollouts);
    // Medians of so few wander by a look or two.
    const eased = given.must.kind === 'power' ? { ...given.must, median: (given.must.median ?? 3) + 2 } : given.must;
    expect(assess({ ...given, must: eased }, sum)).toMatchObject({ good: true });
  });
  test('the same seed draws the same rollout', () => {
    const given = cases[0] as (typeof cases)[number];
    expect(runOne(given, 3, 4)).toEqual(runOne(given, 3, 4));
  });
});
