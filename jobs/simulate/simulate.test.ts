import { describe, expect, test } from 'vitest';
import { type Case, caseNamed } from './cases';
import { runOne } from './run';
import { assess, moreThan, mostFalseAlarms, tally, wrongBlame } from './tally';

function simulated(given: Case, rollouts: number) {
  return tally(
    given,
    Array.from({ length: rollouts }, (_, i) => runOne(given, 11, i)),
  );
}

/**
 * Fewer and shorter rollouts than `npm run simulate`: most false alarms come early. At a true rate of 1 % a row fails
 * with a probability below `wrongBlame`; at 3 % a row of 800 fails with one of 94 %. (Seeds are fixed: nothing flickers.)
 */
describe('false alarms stay within the bound', () => {
  test('and the bound is what it is called', () => {
    for (const rollouts of [100, 300, 800]) {
      const most = mostFalseAlarms(rollouts);
      expect(moreThan(most, rollouts, 0.01)).toBeLessThanOrEqual(wrongBlame);
      expect(moreThan(most - 1, rollouts, 0.01)).toBeGreaterThan(wrongBlame);
    }
    expect(moreThan(mostFalseAlarms(800), 800, 0.03)).toBeGreaterThan(0.94);
    expect(mostFalseAlarms(10_000)).toBe(83);
  });
  test.each([
    ['A/A independent', 800],
    ['A/A over-dispersed, sd 0.45', 800],
    ['A/A autocorrelated, AR(1) 0.5', 800],
    ['A/A bursts common to both arms', 800],
    ['A/A 0 to 5 events a bin', 300],
    ['A/A ramp 5 to 50 %, cohorts differ', 100],
    ['A/A four criteria, five cohorts', 20],
    ['A/A open bin, over-dispersed', 100],
    ['A/A arms 5 to 95, over-dispersed', 300],
    ['A/A higher is better, over-dispersed', 300],
    ['at the margin: 1 % against 1.5 %, 0.5 pp', 800],
    ['at the threshold 1 %, one arm, over-dispersed', 800],
    ['A/A mean, heavy tail, over-dispersed', 100],
    ['A/A p99, 14 buckets, over-dispersed, sd 0.3', 60],
    ['A/A rate, over-dispersed, sd 0.45', 300],
    ['at the burn rate, over-dispersed', 300],
  ])('%s, %i rollouts', (name, rollouts) => {
    const given = { ...caseNamed(name), looks: 120 };
    expect(simulated(given, rollouts).early.length).toBeLessThanOrEqual(mostFalseAlarms(rollouts));
  });
});

describe('harm is found, and soon', () => {
  test.each([
    ['errors 1 % to 2 %', 100],
    ['errors 1 % to 5 % after 480 healthy looks', 10],
    ['candidate fails every request', 60],
    ['pass: B equals A, margin 1 pp', 40],
  ])('%s', (name, rollouts) => {
    const { published: _, ...given } = caseNamed(name);
    // Medians of so few wander by a look or two.
    const must = given.must.kind === 'power' ? { ...given.must, median: (given.must.median ?? 3) + 2 } : given.must;
    expect(assess({ ...given, must }, simulated(given, rollouts))).toMatchObject({ good: true });
  });
});

test('the same seed draws the same rollout', () => {
  const given = caseNamed('A/A over-dispersed, sd 0.45');
  expect(runOne(given, 3, 4)).toEqual(runOne(given, 3, 4));
});
