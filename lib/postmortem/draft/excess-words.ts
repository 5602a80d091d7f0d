/** What the candidate cost, in words. Pure. */
import { formatValue, scaleOf } from '@/lib/chart/format';
import type { Facts } from '../facts';
import type { Figure } from '../model';
import { type Part, plain, said } from './sentence';
import { figure } from './sources';
import { count, name, percent, plural, quoted, signed, type Told, within } from './words';

/** What the candidate cost by one criterion; less than nothing is said as such. */
export function excessParts({ facts }: Told, f: Figure): Part[] {
  const of = quoted(String(f.inputs.criterion));
  if (f.value === null)
    return [said(`What it cost by ${of} is not known: ${within(plain(f.why, 300))}`, figure(f.id)), '.'];
  const better = f.value < 0;
  const range =
    f.low === null || f.high === null || f.level === null
      ? ''
      : ` (${percent(f.level)} interval ${amount(f, better ? -f.high : f.low)} to ${amount(f, better ? -f.low : f.high)})`;
  const chance = f.low !== null && f.high !== null && f.low <= 0 && f.high >= 0;
  return [
    said(
      `${counted(facts, f, amount(f, Math.abs(f.value)), better)}, by its rate at the same times${range}`,
      figure(f.id),
    ),
    chance ? '; chance alone could explain that.' : '.',
  ];
}

const amount = ({ unit }: Figure, value: number): string => (unit === 'ms' ? signed(value) : count(value));

function counted(facts: Facts, { unit, value, inputs }: Figure, n: string, better: boolean): string {
  const baseline = name(facts.baseline ?? 'the baseline');
  const requests = plural(Math.abs(value ?? 0), 'request');
  const criterion = facts.measured.find((m) => m.criterion.name === inputs.criterion)?.criterion;
  const [more, fewer] = better ? ['fewer', 'more'] : ['more', 'fewer'];
  if (unit === 'errors')
    return better
      ? `About ${n} fewer ${requests} failed than would have on ${baseline}`
      : `About ${n} of these requests would not have failed on ${baseline}`;
  if (unit === 'conversions') return `About ${n} ${fewer} ${plural(value ?? 0, 'conversion')} came than on ${baseline}`;
  if (unit === 'ms')
    return `The requests took about ${n} ${better ? 'less' : 'longer'} in all than they would have on ${baseline}`;
  if (criterion?.measure === 'mean')
    return `About ${n} ${more} of ${name(criterion.metric)} in all was measured than on ${baseline}`;
  if (unit === 'count') return `About ${n} ${more} events of ${name(criterion?.metric ?? '')} came than on ${baseline}`;
  if (typeof inputs.boundary !== 'number') return `About ${n} ${fewer} ${requests} were good than on ${baseline}`;
  const slow = formatValue(inputs.boundary, scaleOf('value', String(inputs.boundaryUnit ?? '')));
  return `About ${n} ${criterion?.better === 'higher' ? fewer : more} ${requests} took longer than ${slow} than would have on ${baseline}`;
}
