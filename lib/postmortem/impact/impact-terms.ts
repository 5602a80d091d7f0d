/** One criterion's excess, overall and by cohort, with everything that a reader needs to compute it again. Pure. */
import { formatValue, scaleOf } from '@/lib/chart/format';
import type { Criterion } from '@/lib/criterion/model';
import { unitFactor } from '@/lib/criterion/quantity';
import type { Baseline, Standardised, Stratum } from '@/lib/stats/standardised';
import { standardised } from '@/lib/stats/standardised';
import { standardisedSum } from '@/lib/stats/standardised-sum';
import type { Facts, Measured } from '../facts';
import type { Figure } from '../model';
import { type Counting, countingOf, type Met, metOf, versionsOf } from './strata';

export const impactLevel = 0.95;

/** `compared`, or why there is nothing: each has its name. */
export const results = [
  'compared',
  'not_measured',
  'not_countable',
  'too_few_minutes',
  'candidate_silent',
  'baseline_silent',
  'both_silent',
  'never_together',
  'unreadable',
] as const;
type Inputs = Figure['inputs'];
export type Result =
  | { known: true; value: number; low: number; high: number; why: string; inputs: Inputs }
  | { known: false; why: string; inputs: Inputs };
export type Terms = {
  label: string;
  unit: Figure['unit'];
  method: string;
  stepMs: number;
  strata: number;
  all: Result;
  cohorts: Map<string, Result>;
  /** null: nothing was counted at all */
  uncompared: number | null;
  uncomparedBy: Inputs;
  unreadable: number;
};

export function termsOf(facts: Facts, measured: Measured, from: number): Terms {
  const versions = versionsOf(facts);
  const { criterion } = measured;
  const counting = countingOf(measured, versions);
  const worded = wordingOf(criterion, counting, measured.unit);
  const blank = {
    ...worded,
    stepMs: 0,
    strata: 0,
    cohorts: new Map(),
    uncompared: null,
    uncomparedBy: {},
    unreadable: 0,
  };
  const none = (result: (typeof results)[number], why: string): Terms => ({
    ...blank,
    all: { known: false, why, inputs: { result } },
  });
  if (measured.missing !== '' || measured.cells.length === 0)
    return none('not_measured', measured.missing || 'Nothing was measured in this stretch');
  if (counting.count === null) return none('not_countable', counting.why);
  const met = metOf(measured, versions, counting.count, { from });
  const { minutes } = metOf(measured, versions, counting.count);
  const sign = criterion.better === 'lower' ? 1 : -1;
  const extra = { boundary: counting.boundary, boundaryUnit: counting.boundary === null ? null : measured.unit };
  const scale = counting.sums ? (unitFactor(measured.unit, 'ms') ?? 1) : 1;
  const result = (cohort: string | null) => resultOf({ met, minutes, cohort, sign, scale, sums: counting.sums, extra });
  const cohorts = [...new Set([...met.exposed.keys(), ...met.strata.map((s) => s.cohort)])].sort();
  return {
    ...worded,
    stepMs: met.stepMs,
    strata: met.strata.length,
    all: result(null),
    cohorts: new Map(cohorts.map((cohort) => [cohort, result(cohort)])),
    uncompared: sumOf(met.uncompared),
    uncomparedBy: Object.fromEntries([...met.uncompared].map(([cohort, n]) => [`uncompared of ${cohort}`, n])),
    unreadable: met.unreadable.cells,
  };
}

type Wording = Pick<Terms, 'label' | 'unit' | 'method'>;

function wordingOf(criterion: Criterion, counting: Counting, unit: string): Wording {
  const { measure, better } = criterion;
  const lost = better === 'higher';
  const formula = (counted: string) =>
    `${lost ? 'Σ n₁·k₀/n₀ − k₁' : 'Σ k₁ − n₁·k₀/n₀'} over cohorts and minutes in which both versions answered (direct standardisation); k: ${counted}, n: ${measure === 'ratio' ? criterion.per : 'requests'}, 1: candidate, 0: baseline. Interval: gamma interval of Fay & Feuer, Statistics in Medicine 16 (1997), for Σ n₁·k₀/n₀, its variance with what the baseline's minutes vary more than chance (Paule & Mandel, J. Res. NBS 87, 1982)`;
  if (measure === 'quantile') {
    const boundary = counting.boundary === null ? null : formatValue(counting.boundary, scaleOf('value', unit));
    const above = boundary === null ? '' : ` above ${boundary}`;
    return {
      label: `${lost ? 'Requests lost' : 'Slowed requests'}${above === '' ? '' : ` (${above.trim()})`}`,
      unit: 'requests',
      method: formula(
        `requests${above}, the boundary of the histogram nearest at or above ${pivotOf(criterion)}; buckets are not divided`,
      ),
    };
  }
  if (measure === 'ratio')
    return lost
      ? { label: 'Lost conversions', unit: 'conversions', method: formula(criterion.metric) }
      : { label: 'Excess events', unit: 'count', method: formula(criterion.metric) };
  if (measure === 'share' || measure === 'burn_rate')
    return lost
      ? { label: 'Good requests lost', unit: 'requests', method: formula('requests that count as good') }
      : { label: 'Excess errors', unit: 'errors', method: formula('requests that count as bad') };
  if (measure === 'mean') return meanWording(criterion, unit);
  return { label: 'Requests harmed', unit: 'count', method: 'None: this measure counts no requests' };
}

function meanWording({ better, metric }: Criterion, unit: string): Wording {
  const inTime = unitFactor(unit, 'ms') !== null;
  const lost = better === 'higher';
  return {
    label: inTime
      ? `${lost ? 'Less' : 'More'} time in all (${metric})`
      : `${lost ? 'Lost' : 'Added'} in all: ${metric}${unit === '' ? '' : ` (${unit})`}`,
    unit: inTime ? 'ms' : 'count',
    method: `${lost ? 'Σ n₁·m₀ − sum₁' : 'Σ sum₁ − n₁·m₀'} over cohorts and minutes in which both versions answered (direct standardisation); m₀: the baseline's mean, 1: candidate, 0: baseline; k₁ and k₀ are sums of values${inTime ? ` in ${unit}, the figure in ms` : ''}. Interval: normal, its variance from what the means of neighbouring minutes differ by (von Neumann, Ann. Math. Stat. 12, 1941)`,
  };
}

const pivotOf = ({ against, q }: Criterion): string =>
  against === 'baseline' ? `the baseline's ${q} quantile` : `the threshold ${against.threshold}`;

const sumOf = (all: Map<string, number>): number => [...all.values()].reduce((sum, n) => sum + n, 0);

type Asked = {
  met: Met;
  minutes: Baseline[];
  cohort: string | null;
  sign: 1 | -1;
  scale: number;
  sums: boolean;
  extra: Inputs;
};

function resultOf({ met, minutes, cohort, sign, scale, sums, extra }: Asked): Result {
  const of = <T extends { cohort: string }>(all: T[]) =>
    cohort === null ? all : all.filter((s) => s.cohort === cohort);
  const strata = of(met.strata);
  const left = cohort === null ? sumOf(met.uncompared) : (met.uncompared.get(cohort) ?? 0);
  const seen = { uncompared: left, unreadableCells: met.unreadable.cells, ...extra };
  if (strata.length === 0) return nothing(met, minutes, cohort, seen);
  const estimator = sums ? standardisedSum : standardised;
  const found = estimator(strata, of(minutes), { level: impactLevel, stepMs: met.stepMs });
  if (found === null)
    return {
      known: false,
      why: 'Too few minutes show how much its mean varies by itself',
      inputs: { result: 'too_few_minutes', ...seen },
    };
  const spoilt = met.unreadable.strata;
  return {
    known: true,
    value: scale * sign * found.excess,
    low: scale * (sign > 0 ? found.low : -found.high),
    high: scale * (sign > 0 ? found.high : -found.low),
    why: [
      left > 0 ? `${left} requests had no baseline beside them and are not counted` : '',
      spoilt > 0 ? `${spoilt} spans have numbers that are none and are not counted` : '',
    ]
      .filter(Boolean)
      .join('; '),
    inputs: { result: 'compared', ...numbersOf(found, strata, met.stepMs), ...seen },
  };
}

/** In the letters of the formula. */
function numbersOf(found: Standardised, strata: Stratum[], stepMs: number): Inputs {
  return {
    k1: found.k,
    n1: found.n,
    k0: found.k0,
    n0: found.n0,
    expected: found.expected,
    expectedLow: found.expectedLow,
    expectedHigh: found.expectedHigh,
    ofRequests: found.n > 0 ? found.excess / found.n : null,
    strata: strata.length,
    stratumMs: stepMs,
    countingVariance: found.counting,
    variance: found.variance,
    largestWeight: found.largestWeight,
    tau2: found.scatter.tau2,
    tau2Minutes: found.scatter.lag,
    tau2Pairs: found.scatter.pairs,
  };
}

function nothing(met: Met, minutes: Baseline[], cohort: string | null, seen: Inputs): Result {
  const none = (result: (typeof results)[number], why: string): Result => ({
    known: false,
    why,
    inputs: { result, ...seen },
  });
  const candidate = cohort === null ? met.heard.candidate : (met.exposed.get(cohort) ?? 0) > 0;
  const baseline = cohort === null ? minutes.length > 0 : minutes.some((m) => m.cohort === cohort);
  if (met.unreadable.strata > 0 && met.uncompared.size === 0)
    return none(
      'unreadable',
      'The numbers that were recorded are none: not finite, negative, or a part above its whole',
    );
  if (!candidate && !baseline) return none('both_silent', 'Neither version answered anything that is measured');
  if (!candidate) return none('candidate_silent', 'The candidate answered nothing that is measured');
  if (!baseline) return none('baseline_silent', 'The baseline answered nothing, so there is nothing to compare with');
  return none('never_together', 'At no time did both versions answer, so there is nothing to compare with');
}
