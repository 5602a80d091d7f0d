/** How the numbers of one criterion read: its values, its difference, its limit. */
import { formatDuration, formatNumber, formatValue, scaleOf } from '@/lib/chart/format';
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
    if (margin.endsWith('%') && criterion.measure !== 'burn_rate') return signed(`${formatNumber(v * 100)}\u202f%`, v);
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
    case 'burn_rate':
      return `burn rate of ${metric} with ${conditions(criterion.of ?? {})}, budget ${budgetOf(criterion)}${suffix}`;
    default:
      return `${criterion.measure} of ${metric}${suffix}`;
  }
}

function conditions(where: Criterion['where']): string {
  return Object.entries(where)
    .map(([key, value]) => `${key} ${Array.isArray(value) ? `in ${value.join(', ')}` : `is ${value}`}`)
    .join(' and ');
}

/** What an objective of 0.999 leaves: "0.1 %" */
function budgetOf({ objective = 1 }: Criterion): string {
  return `${formatNumber(100 * (1 - objective))}\u202f%`;
}

/** "at most 14.4 × over 1 h or 5 min": only all windows together are too much. */
function burnSentence(criterion: Criterion): string {
  const windows = criterion.windows ?? [];
  const rates = [...new Set(windows.map((w) => w.rate))].map((rate) => {
    const lengths = windows.filter((w) => w.rate === rate).map((w) => formatDuration(w.minutes * 60_000));
    return `${formatNumber(rate)}\u202f× over ${lengths.join(' or ')}`;
  });
  const margin = Number.parseFloat(String(criterion.margin)) === 0 ? '' : `, with a margin of ${criterion.margin}`;
  const more = criterion.against === 'baseline' ? ' more than the baseline' : '';
  return `at most ${rates.join(' or ')}${more}${margin}`;
}

/** "at most 10 % above the baseline" */
export function limitSentence(criterion: Criterion): string {
  if (criterion.measure === 'burn_rate') return burnSentence(criterion);
  if (criterion.against !== 'baseline')
    return `${criterion.better === 'lower' ? 'at most' : 'at least'} ${criterion.against.threshold}`;
  const margin = String(criterion.margin).replace(/(\d)(%|pp)/, '$1\u202f$2');
  if (Number.parseFloat(margin) === 0)
    return criterion.better === 'lower' ? 'not above the baseline' : 'not below the baseline';
  return `at most ${margin} ${criterion.better === 'lower' ? 'above' : 'below'} the baseline`;
}
