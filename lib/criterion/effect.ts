/** The effect on a quantile, in the unit of the metric. Pure. */
import { type Bounds, deviationNeeded, type Side, type Stretch } from '@/lib/stats/evidence';
import { valueAbove } from '@/lib/stats/quantile';
import { scoreAt } from '@/lib/stats/score';
import type { Shapes } from './pivot';
import type { Question } from './question';

export type Effect = { estimate: number | null; low: number | null; high: number | null };

/**
 * A deviation s moves s/2 of the weight above the candidate's quantile and takes s/2 away above the baseline's; the
 * ends of the interval are the quantiles moved by the deviation that the evidence needs. (With one arm it moves s.)
 */
export function quantileEffect(
  ends: Record<Side, Stretch>,
  shapes: Shapes | null,
  bounds: Record<Side, Bounds>,
  question: Question,
): Effect {
  if (!shapes || !(shapes.weight > 0)) return { estimate: null, low: null, high: null };
  const score = scoreAt(ends.above.sums, question.shape, question.scoreLimit);
  return {
    estimate: effectAt(shapes, 0, question),
    low: effectAt(shapes, deviationNeeded(ends.above, score, 'above', bounds.above), question),
    high: effectAt(shapes, deviationNeeded(ends.below, score, 'below', bounds.below), question),
  };
}

function effectAt(shapes: Shapes, deviation: number, { q, shape, relativeQuantile }: Question): number | null {
  if (!Number.isFinite(deviation)) return null;
  const above = (1 - (q as number)) * shapes.weight;
  if (shape.against === 'threshold') return finite(valueAbove(shapes.candidate, above + deviation, shapes.weight));
  const candidate = valueAbove(shapes.candidate, above + deviation / 2, shapes.weight);
  const baseline = valueAbove(shapes.baseline, above - deviation / 2, shapes.weight);
  if (!Number.isFinite(candidate) || !Number.isFinite(baseline)) return null;
  return finite(relativeQuantile ? candidate / baseline - 1 : candidate - baseline);
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** The quantile of each arm, to show. */
export function quantileOf(shapes: Shapes | null, side: 'candidate' | 'baseline', q: number): number | null {
  if (!shapes || !(shapes.weight > 0)) return null;
  return finite(valueAbove(shapes[side], (1 - q) * shapes.weight, shapes.weight));
}
