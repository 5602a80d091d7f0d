/** A criterion as the statistics see it: what is compared, on which scale, and where the margin lies. Pure. */
import type { Shape } from '@/lib/stats/score';
import type { Criterion } from './model';
import { parseMargin, parseQuantity } from './quantity';

export type Question = {
  shape: Shape;
  /** the margin or threshold on the scale of the effect */
  limit: number;
  /** on which side of the limit it is worse */
  worse: 'above' | 'below';
  minSamples: number;
  /** a rate: its sample is counted in events, its arms in seconds */
  unitPerSecond: boolean;
};

/** Shares and ratios have no unit of their own; everything else has the metric's. */
export function unitOf(criterion: Criterion, metricUnit: string): string {
  return criterion.measure === 'share' || criterion.measure === 'ratio' ? '1' : metricUnit;
}

/** @throws BelayError bad_input where a margin or threshold does not fit the unit */
export function questionOf(criterion: Criterion, unit: string): Question {
  const margin = parseMargin(criterion.margin, unit);
  const worse = criterion.better === 'lower' ? 'above' : 'below';
  const sign = worse === 'above' ? 1 : -1;
  const counts = criterion.measure === 'share' || criterion.measure === 'ratio' || criterion.measure === 'rate';
  const shape: Shape = {
    family: counts ? 'count' : 'mean',
    against: criterion.against === 'baseline' ? 'baseline' : 'threshold',
    relative: criterion.against === 'baseline' && margin.kind === 'relative',
    modelled: criterion.measure !== 'value',
  };
  let limit = sign * margin.value;
  if (criterion.against !== 'baseline') {
    const threshold = parseQuantity(criterion.against.threshold, unit);
    limit = margin.kind === 'relative' ? threshold * (1 + limit) : threshold + limit;
  }
  return { shape, limit, worse, minSamples: criterion.minSamples ?? 0, unitPerSecond: criterion.measure === 'rate' };
}
