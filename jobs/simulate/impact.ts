/**
 * How often the interval of the impact covers the truth, how wide it is against that of somebody who knows every rate
 * and the noise, and how far off the onset is. The same seed gives the same table.
 */
import { type Change, changeOf } from '@/lib/stats/change';
import { normalQuantile } from '@/lib/stats/special';
import { dispersionOf, type Standardised, standardised } from '@/lib/stats/standardised';
import { type Drawn, drawn, type Incident, minuteMs } from './impact-cases';
import { randomFrom } from './random';
import { moreThan } from './tally';

export const level = 0.95;
/** What is simulated; another one must miss. */
export type Estimator = (given: Drawn) => Pick<Standardised, 'low' | 'high'>;
export const estimator = ({ strata, minutes }: Drawn): Standardised =>
  standardised(strata, minutes, { level, stepMs: minuteMs });

export type Covered = {
  name: string;
  runs: number;
  /** the truth lay above the interval, or below it */
  above: number;
  below: number;
  /** median of the width over that of the oracle's */
  width: number;
};

export function cover(given: Incident, seed: number, runs: number, of: Estimator = estimator): Covered {
  const z = normalQuantile((1 + level) / 2);
  const widths: number[] = [];
  const missed = { above: 0, below: 0 };
  for (let i = 0; i < runs; i++) {
    const incident = drawn(given, randomFrom(seed, i));
    const { low, high } = of(incident);
    if (incident.truth > high) missed.above++;
    if (incident.truth < low) missed.below++;
    widths.push((high - low) / (2 * z * incident.oracle));
  }
  return { name: given.name, runs, ...missed, width: at(widths, 0.5) };
}

/** An interval that covers as often as it says misses more than this once in a thousand. */
export function mostMisses(runs: number): number {
  let k = 0;
  while (moreThan(k, runs, 1 - level) > 0.001) k++;
  return k;
}

export type Onsets = {
  name: string;
  runs: number;
  found: number;
  /** of those that were found: error in steps, and how often the interval holds the true step */
  median: number;
  p90: number;
  held: number;
  /** how often the interval of the excess covers the truth where counting begins at the early end of the onset's */
  covered: number;
};

export function onsets(given: Incident, seed: number, runs: number): Onsets {
  const errors: number[] = [];
  const count = { held: 0, covered: 0 };
  for (let i = 0; i < runs; i++) {
    const incident = drawn(given, randomFrom(seed, i));
    const change = changeIn(incident);
    if (!change) continue;
    const truth = (incident.incident.onset + incident.incident.around) * minuteMs;
    errors.push(Math.abs(change.at - truth) / minuteMs);
    if (change.low <= truth && truth <= change.high) count.held++;
    if (coversSince(incident, change.low)) count.covered++;
  }
  return { name: given.name, runs, found: errors.length, median: at(errors, 0.5), p90: at(errors, 0.9), ...count };
}

function changeIn(incident: Drawn): Change | null {
  const dispersion = dispersionOf(incident.strata, estimator(incident));
  return changeOf(incident.strata, { worse: incident.incident.times < 1 ? 'below' : 'above', dispersion, level });
}

function coversSince({ strata, minutes, expected }: Drawn, from: number): boolean {
  const kept = strata.map((s, i) => ({ s, e: expected[i] as number })).filter(({ s }) => s.at >= from);
  const truth = kept.reduce((sum, { s, e }) => sum + s.k1 - e, 0);
  const { low, high } = standardised(
    kept.map(({ s }) => s),
    minutes,
    { level, stepMs: minuteMs },
  );
  return low <= truth && truth <= high;
}

function at(values: number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
}
