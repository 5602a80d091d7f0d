/**
 * What simulated requests have to look like for a plan to be able to judge them: which metrics, in which unit, how much
 * of them and how good, while all is well and under the fault. Pure.
 *
 * Well is inside every threshold by a wide berth and the same for both versions. Under the fault the candidate lies
 * clearly past the limit of every guardrail and success criterion. Where two criteria of one metric want its values on
 * opposite sides the first one counts, guardrails before the rest.
 */
import { type Criterion, metricsOf } from '@/lib/criterion/model';
import { parseMargin, parseQuantity } from '@/lib/criterion/quantity';
import { questionOf, unitOf } from '@/lib/criterion/question';
import { matchesWhere } from '@/lib/signal/where';
import { type Profile, profilesOf } from './profile';

/** While all is well, and of the candidate under the fault. */
export type Pair = { well: number; faulty: number };
export type MixMetric = {
  name: string;
  unit: string;
  kinds: Array<'sum' | 'histogram' | 'gauge'>;
  /** observations a second of one user and profile */
  perUser: Pair;
  /** what is observed: the middle of a histogram's values, or a gauge's */
  level: Pair;
  bounds: number[];
};
export type Mix = { profiles: Profile[]; bad: Pair; metrics: MixMetric[] };

/** `candidates`: users who have the candidate; `all`: of the same cohort, on either version. */
export type Crowd = { candidates: number; all: number };

const usualShare = 0.01;
const usualPerSecond = 40;
const clearly = 2.5;
const byTimes = 4;

/** `units`: of metrics that were seen before; others have what the criteria write. */
export function mixOf(criteria: readonly Criterion[], units: ReadonlyMap<string, string>, crowd: Crowd): Mix {
  const order = { guardrail: 0, success: 1, diagnostic: 2 } as const;
  const sorted = [...criteria].sort((a, b) => order[a.kind] - order[b.kind]);
  const unit = (metric: string) => units.get(metric) ?? writtenUnit(sorted.filter((c) => c.metric === metric));
  const judged = sorted.filter((c) => isJudgeable(c, unit(c.metric)));
  const profiles = profilesOf(judged);
  const bad = badShares(judged.filter((c) => c.measure === 'share' || c.measure === 'burn_rate'));
  const volumes = volumesOf(judged, unit, profiles, crowd);
  const metrics = metricsOf(judged).map((name) => {
    const own = judged.filter((c) => c.metric === name);
    const level = levelsOf(own, unit(name));
    return { name, unit: unit(name), kinds: kindsOf(own), perUser: volumes(name), level, bounds: boundsOf(level) };
  });
  return { profiles, bad, metrics };
}

/** A margin that does not fit the metric's unit is an error of the plan, in the rehearsal as in earnest. */
function isJudgeable(criterion: Criterion, unit: string): boolean {
  try {
    questionOf(criterion, unitOf(criterion, unit));
    return true;
  } catch {
    return false;
  }
}

const dimensions: Array<[units: string[], base: string]> = [
  [['ns', 'us', 'µs', 'ms', 's', 'min', 'h'], 's'],
  [['By', 'kBy', 'MBy', 'GBy'], 'By'],
];

function writtenUnit(criteria: readonly Criterion[]): string {
  for (const { against, margin } of criteria)
    for (const text of [against === 'baseline' ? '' : against.threshold, margin]) {
      const written = /[^\d.\s-]+$/.exec(String(text).trim())?.[0] ?? '';
      const base = dimensions.find(([units]) => units.includes(written))?.[1];
      if (base) return base;
    }
  return criteria.some((c) => c.metric.endsWith('duration')) ? 's' : '1';
}

function kindsOf(criteria: readonly Criterion[]): MixMetric['kinds'] {
  const kinds: MixMetric['kinds'] = [];
  if (criteria.some((c) => c.measure === 'quantile' || c.measure === 'mean')) kinds.push('histogram');
  if (criteria.some((c) => c.measure === 'value')) kinds.push('gauge');
  // The metric below the line of a ratio, or counted: it has no values of its own.
  return kinds.length > 0 ? kinds : ['sum'];
}

/** The limit on the criterion's own scale where all is well at `well`. */
function limitAt(criterion: Criterion, unit: string, well: number): number {
  const { limit } = questionOf(criterion, unitOf(criterion, unit));
  if (criterion.against !== 'baseline') return limit;
  return parseMargin(criterion.margin, unit).kind === 'relative' ? well + Math.abs(well) * limit : well + limit;
}

/** Of all requests: few enough for every threshold; under the fault at least half way from the farthest limit to all. */
function badShares(criteria: readonly Criterion[]): Pair {
  const inBad = (c: Criterion, share: number) => (c.better === 'lower' ? share : 1 - share);
  const limits = (c: Criterion, well: number): number[] => {
    const { burn } = questionOf(c, '1');
    if (burn) return c.against === 'baseline' ? burn.limits.map((l) => well + l) : burn.limits;
    return [inBad(c, limitAt(c, '1', inBad(c, well)))];
  };
  const thresholds = criteria.filter((c) => c.against !== 'baseline').flatMap((c) => limits(c, 0));
  const well = Math.max(0, Math.min(usualShare, ...thresholds.map((l) => l / byTimes)));
  // A burn rate is that of its whole window, in which all was well before.
  const past = (c: Criterion, l: number) => (c.measure === 'burn_rate' ? (l + 9) / 10 : (l + 1) / 2);
  const faulty = Math.max(0.5, ...criteria.flatMap((c) => limits(c, well).map((l) => past(c, Math.min(l, 1)))));
  return { well, faulty };
}

/** Inside every threshold, on the better side. */
function wellFor(criteria: readonly Criterion[], unit: string, usual: number): number {
  const limits = criteria.filter((c) => c.against !== 'baseline').map((c) => ({ c, at: limitAt(c, unit, 0) }));
  const below = limits.filter(({ c }) => c.better === 'lower').map(({ at }) => at);
  const above = limits.filter(({ c }) => c.better === 'higher').map(({ at }) => at);
  const [low, high] = [Math.max(...above), Math.min(...below)];
  // A quantile has to have what lies about the middle on the better side too.
  const room = criteria.some((c) => c.measure === 'quantile') ? 1.7 : 1.25;
  if (above.length > 0 && below.length > 0) return (low + high) / 2;
  // Not farther than it has to be: what was well counts for a while under the fault.
  if (below.length > 0) return high > 0 ? high / 3 : high - 1 - Math.abs(high);
  if (above.length > 0) return low > 0 ? low * room : low + 1 + Math.abs(low);
  return usual;
}

function faultyFor(criterion: Criterion | undefined, unit: string, well: number): number {
  if (!criterion) return well;
  const limit = limitAt(criterion, unit, well);
  if (criterion.better === 'lower')
    return limit > 0 ? Math.max(byTimes * well, clearly * limit) : limit + byTimes * (1 + Math.abs(limit));
  // A gauge may fall below zero, and has few values to show it by.
  if (criterion.measure === 'value')
    return limit - Math.max(clearly * Math.abs(limit), byTimes * Math.abs(well - limit));
  // Of a rate something is left, for a ratio may stand on it.
  const little = criterion.measure === 'rate' ? clearly : 20;
  return limit > 0 ? Math.min(well / byTimes, limit / little) : limit - byTimes * (1 + Math.abs(limit));
}

function levelsOf(criteria: readonly Criterion[], unit: string): Pair {
  const valued = criteria.filter((c) => c.measure === 'quantile' || c.measure === 'mean' || c.measure === 'value');
  const absolute = valued.flatMap((c) => {
    const margin = parseMargin(c.margin, unit);
    return margin.kind === 'absolute' ? [margin.value] : [];
  });
  const usual = Math.max(parseQuantity(unit === 's' ? '100ms' : 100, unit), ...absolute);
  const well = wellFor(valued, unit, usual);
  return { well, faulty: faultyFor(valued[0], unit, well) };
}

/** One bucket a step of a quarter, from well under the lowest value to well over the highest. */
function boundsOf({ well, faulty }: Pair): number[] {
  const [low, high] = [Math.min(well, faulty), Math.max(well, faulty)].map(Math.abs).sort((a, b) => a - b) as [
    number,
    number,
  ];
  if (!(low > 0)) return [0, well, faulty].sort((a, b) => a - b);
  const bounds: number[] = [];
  for (let bound = low / 3; bound < high * 4 && bounds.length < 150; bound *= 1.25)
    bounds.push(Number(bound.toPrecision(6)));
  return bounds;
}

type Volumes = (metric: string) => Pair;

/**
 * A rate says how much of its own metric there is. What stands above the line of a ratio is a part of what stands below
 * it, in every profile; everything else is as much as usual.
 */
function volumesOf(
  criteria: readonly Criterion[],
  unit: (m: string) => string,
  profiles: Profile[],
  crowd: Crowd,
): Volumes {
  const rated = (metric: string) => criteria.filter((c) => c.metric === metric && c.measure === 'rate');
  const ratioed = (metric: string) => criteria.find((c) => c.metric === metric && c.measure === 'ratio');
  const ratioOf = (c: Criterion): Pair => {
    const all = criteria.filter((o) => o.metric === c.metric && o.per === c.per && o.measure === 'ratio');
    const well = wellFor(all, '1', c.better === 'higher' ? 0.8 : 0.02);
    return { well, faulty: faultyFor(c, '1', well) };
  };
  const volume = (metric: string, seen: string[]): Pair => {
    const own = rated(metric);
    if (own[0]) return rateOf(own, unit(metric), { profiles, crowd });
    const ratio = ratioed(metric);
    if (ratio?.per && !seen.includes(metric)) {
      const below = volume(ratio.per, [...seen, metric]);
      const part = ratioOf(ratio);
      return { well: below.well * part.well, faulty: below.well * part.faulty };
    }
    const above = criteria.find((c) => c.per === metric && rated(c.metric).length > 0);
    if (above && !seen.includes(above.metric)) {
      const rate = rateOf(rated(above.metric), unit(above.metric), { profiles, crowd });
      const all = rate.well / ratioOf(above).well;
      return { well: all, faulty: all };
    }
    const usual = usualPerSecond / crowd.candidates / profiles.length;
    return { well: usual, faulty: usual };
  };
  return (metric) => volume(metric, []);
}

/** Against the baseline a rate is that of the whole traffic, against a number that of the version's own. */
function rateOf(criteria: readonly Criterion[], unit: string, of: { profiles: Profile[]; crowd: Crowd }): Pair {
  const { candidates, all } = of.crowd;
  const own = criteria.map((c) => (c.against === 'baseline' ? { ...c, scale: all / candidates } : { ...c, scale: 1 }));
  const well = wellFor(criteria, unit, usualPerSecond);
  const [first] = own;
  const faulty = first ? faultyFor(first, unit, well * first.scale) / first.scale : well;
  const seen = of.profiles.filter(({ good }) => first && matchesWhere(good, first.where)).length || 1;
  return { well: well / candidates / seen, faulty: Math.max(0, faulty) / candidates / seen };
}
