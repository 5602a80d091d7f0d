/** Where an excess is, in words. */

import { short } from '@/app/ui/text/name';
import { formatCount, formatNumber, formatValue } from '@/lib/chart/format';
import type { Excess, Excesses } from '@/lib/criterion/excess';
import type { Criterion } from '@/lib/criterion/model';
import { criterionScale } from './effect';
import { percentOf } from './working';

export function excessName({ key, value }: { key: string; value: string | null }): string {
  return value === null ? `${short(key)} not set` : `${short(key)} = ${short(value)}`;
}

/** "all", "93 %": of more than all is all, because other values make up for it. */
export function carriedWords(share: number | null): string {
  if (share === null) return 'none';
  return share >= 0.995 ? 'all' : percentOf(Math.max(0, share));
}

/** "about 312 more than control would have had", in what the criterion counts. */
export function totalWords(
  criterion: Criterion,
  total: NonNullable<Excesses['total']>,
  of: { unit: string; baseline: string },
): string {
  const than =
    criterion.against === 'baseline'
      ? `than ${short(of.baseline)} would have had with the same traffic`
      : criterion.measure === 'burn_rate'
        ? 'than the objective allows'
        : 'than the limit allows';
  const less = criterion.better === 'higher';
  const size = Math.abs(total.excess);
  const [counted, fewer] = countedAs(criterion, size, of.unit);
  const direction = total.excess >= 0 ? (less ? fewer : 'more') : less ? 'more' : fewer;
  return `about ${counted.replace('…', direction)} ${than}`;
}

/** What is counted, and how less of it is called. */
function countedAs(criterion: Criterion, size: number, unit: string): [text: string, less: string] {
  switch (criterion.measure) {
    case 'mean':
      return [`${formatValue(size, criterionScale(criterion, unit).value)} … in all`, 'less'];
    case 'quantile': {
      const tail = `p${formatNumber((criterion.q ?? 0) * 100)}`;
      const above = criterion.against === 'baseline' ? `above the baseline’s own ${tail}` : 'above the threshold';
      return [`${formatCount(size)} … ${above}`, 'fewer'];
    }
    case 'ratio':
      return [`${formatCount(size)} … of ${short(criterion.metric)}`, 'fewer'];
    case 'rate':
      return [`${formatCount(size)} … events`, 'fewer'];
    default:
      return [`${formatCount(size)} … that count as ${short(countsAs(criterion))}`, 'fewer'];
  }
}

function countsAs(criterion: Criterion): string {
  return Object.entries(criterion.of ?? {})
    .map(([, value]) => (Array.isArray(value) ? value.join(' or ') : String(value)))
    .join(' and ');
}

/** "2 of 512 (0.4 %)"; a mean's is the value, a part without traffic of its own the count. */
export function armWords(criterion: Criterion, arm: Excess['candidate'], unit: string): string {
  if (arm.n === null) return formatCount(arm.y);
  if (!(arm.n > 0)) return 'none';
  const value = formatValue(arm.y / arm.n, shareOrMean(criterion, unit));
  if (criterion.measure === 'mean') return `${value} (n ${formatCount(arm.n)})`;
  return `${formatNumber(arm.y, 4)} of ${formatCount(arm.n)} (${value})`;
}

function shareOrMean(criterion: Criterion, unit: string) {
  return criterion.measure === 'mean' ? criterionScale(criterion, unit).value : ({ kind: 'share' } as const);
}

/** What a reader must know before believing it, or null. */
export function cautionWords(excess: Excess, of: { baseline: string; candidate: string }): string | null {
  if (excess.newHere)
    return (
      `New here is not yet caused here: ${short(of.baseline)} never had this value, so nobody knows how it would have ` +
      `fared there. It may be where the trouble is, or only what comes with ${short(of.candidate)}.`
    );
  if (excess.goneHere) return `Only ${short(of.baseline)} has this value; ${short(of.candidate)} has lost it.`;
  return null;
}

/** Why a value that is not the first may only seem to carry something. */
export function echoWords({ echoes }: Excess): string | null {
  if (!echoes) return null;
  return echoes.same
    ? `the same observations as ${excessName(echoes)}: telemetry cannot tell the two apart`
    : `carries it because of ${excessName(echoes)}: hardly anything is left without that`;
}

/** Where nothing stands out. */
export function nothingTelling(excess: Excesses): string {
  if (!excess.total) return 'This measure has no parts that can be told apart, or there was nothing to compare.';
  if (excess.keys.length === 0)
    return (
      'The metric has no attributes beside those that segment it. Add what tells one request from another (route, ' +
      'region, payment method) to its attributes, and Belay can look there.'
    );
  if (excess.total.excess <= 0) return 'There is no excess in this stretch.';
  return (
    'No attribute value carries more of it than of the traffic: the trouble is everywhere alike, or in something that ' +
    'telemetry does not say.'
  );
}
