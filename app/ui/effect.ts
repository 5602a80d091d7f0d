/** How the numbers of one criterion read: its values, its difference, its limit. */
import { formatNumber, formatValue, scaleOf } from '@/lib/chart/format';
import type { Scale } from '@/lib/chart/model';
import type { Criterion } from '@/lib/criterion/model';

export type CriterionScale = {
  value: Scale;
  against: 'baseline' | 'threshold';
  /** what estimate, low, high and limit are printed as */
  difference: (value: number | null) => string;
};

function signed(text: string, value: number): string {
  return value > 0 ? `+${text}` : text;
}

export function criterionScale(criterion: Criterion, unit: string): CriterionScale {
  const value = scaleOf(criterion.measure, unit);
  if (criterion.against !== 'baseline')
    return { value, against: 'threshold', difference: (v) => formatValue(v, value) };
  const margin = String(criterion.margin);
  const difference = (v: number | null): string => {
    if (v === null || Number.isNaN(v)) return '–';
    if (margin.endsWith('%')) return signed(`${formatNumber(v * 100)}\u202f%`, v);
    if (margin.endsWith('pp') || value.kind === 'share') return signed(`${formatNumber(v * 100)}\u202fpp`, v);
    return signed(formatValue(v, value), v);
  };
  return { value, against: 'baseline', difference };
}

/** "p99 of http.server.request.duration where http.route is /checkout" */
export function criterionRule(criterion: Criterion): string {
  const where = conditions(criterion.where);
  const suffix = where ? ` where ${where}` : '';
  const metric = criterion.metric;
  switch (criterion.measure) {
    case 'quantile':
      return `p${formatNumber((criterion.q ?? 0) * 100)} of ${metric}${suffix}`;
    case 'share':
      return `share of ${metric} with ${conditions(criterion.of ?? {})}${suffix}`;
    case 'ratio':
      return `${metric} per ${criterion.per}${suffix}`;
    case 'rate':
      return `${metric} per second${suffix}`;
    default:
      return `${criterion.measure.replace('_', ' ')} of ${metric}${suffix}`;
  }
}

function conditions(where: Criterion['where']): string {
  return Object.entries(where)
    .map(([key, value]) => `${key} ${Array.isArray(value) ? `in ${value.join(', ')}` : `is ${value}`}`)
    .join(' and ');
}

/** "at most 10 % above the baseline" */
export function limitSentence(criterion: Criterion): string {
  if (criterion.against !== 'baseline')
    return `${criterion.better === 'lower' ? 'at most' : 'at least'} ${criterion.against.threshold}`;
  const margin = String(criterion.margin).replace(/(\d)(%|pp)/, '$1\u202f$2');
  if (Number.parseFloat(margin) === 0)
    return criterion.better === 'lower' ? 'not above the baseline' : 'not below the baseline';
  return `at most ${margin} ${criterion.better === 'lower' ? 'above' : 'below'} the baseline`;
}
