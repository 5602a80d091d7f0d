/** A criterion as the statistics see it: what is compared, on which scale, and where the margin lies. Pure. */
import type { Shape } from '@/lib/stats/score';
import { type BurnQuestion, burnQuestionOf } from './burn';
import type { Criterion, Measure } from './model';
import { parseMargin, parseQuantity } from './quantity';

export type Question = {
  shape: Shape;
  /** the margin or threshold on the scale of the effect that is shown */
  limit: number;
  /** the same on the scale of the sums: they differ for a quantile, which is judged as a share (`pivot.ts`) */
  scoreLimit: number;
  /** the quantile, or null for every other measure */
  q: number | null;
  relativeQuantile: boolean;
  /** on which side of the limit it is worse */
  worse: 'above' | 'below';
  minSamples: number;
  /** a rate: its sample is counted in events, its arms in seconds */
  perSecond: boolean;
  /** a burn rate: its windows; `limit` and `scoreLimit` are those of the first */
  burn: BurnQuestion | null;
};

const unitless: readonly Measure[] = ['share', 'ratio', 'burn_rate'];
/** Shares, ratios and burn rates have no unit of their own; everything else has the metric's. */
export function unitOf(criterion: Criterion, metricUnit: string): string {
  return unitless.includes(criterion.measure) ? '1' : metricUnit;
}

/** @throws BelayError bad_input where a margin or threshold does not fit the unit */
export function questionOf(criterion: Criterion, unit: string): Question {
  const margin = parseMargin(criterion.margin, unit);
  const worse = criterion.better === 'lower' ? 'above' : 'below';
  const sign = worse === 'above' ? 1 : -1;
  const against = criterion.against === 'baseline' ? 'baseline' : 'threshold';
  const relative = against === 'baseline' && margin.kind === 'relative' && criterion.measure !== 'burn_rate';
  const q = criterion.measure === 'quantile' ? (criterion.q ?? null) : null;
  const burn = criterion.measure === 'burn_rate' ? burnQuestionOf(criterion) : null;
  let limit = sign * margin.value;
  if (criterion.against !== 'baseline') {
    const threshold = parseQuantity(criterion.against.threshold, unit);
    limit = margin.kind === 'relative' ? threshold * (1 + limit) : threshold + limit;
  }
  return {
    shape: {
      family: criterion.measure === 'mean' || criterion.measure === 'value' ? 'mean' : 'count',
      against,
      relative: relative && q === null,
      modelled: criterion.measure !== 'value',
      tail: q !== null,
    },
    limit: burn?.windows[0]?.rate ?? limit,
    scoreLimit: burn ? (burn.limits[0] ?? 0) : q === null ? limit : against === 'baseline' ? 0 : 1 - q,
    q,
    relativeQuantile: relative && q !== null,
    worse,
    minSamples: criterion.minSamples ?? 0,
    perSecond: criterion.measure === 'rate',
    burn,
  };
}
