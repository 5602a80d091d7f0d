/** When the candidate became worse than the baseline beside it, as its cells say. Pure. */
import { type Change, changeOf } from '@/lib/stats/change';
import { dispersionOf, standardised } from '@/lib/stats/standardised';
import { decisionOf, failedIn } from './decided';
import type { Facts, Measured } from './facts';
import { countingOf, metOf, versionsOf } from './strata';

export const onsetLevel = 0.95;
export type Onset =
  | {
      known: true;
      criterion: string;
      cohort: string | null;
      /** as it was found, in whole steps: what is counted from it begins with a step */
      change: Change;
      /** the estimate and its interval, none of it before the candidate was served */
      at: number;
      earliest: number;
      latest: number;
      why: string;
    }
  | { known: false; why: string };

/**
 * When the candidate was served first, as the record says; null: nothing tells. A stage may begin later: what was served
 * in the one before may have become worse there.
 */
export function servedFrom({ rollout, decisions }: Pick<Facts, 'rollout' | 'decisions'>): number | null {
  const begun = decisions.filter((d) => d.acted && (d.action === 'start' || d.action === 'widen')).map((d) => d.at);
  const all = [...begun, ...(rollout?.startedAt ? [rollout.startedAt] : [])].map((at) => Date.parse(at));
  return all.length === 0 ? null : Math.min(...all);
}

/** By the criterion that decided; else by one that failed. What was detected had begun before. */
export function onsetOf(facts: Facts, detectedAt: string | null): Onset {
  const deciding = decisionOf(facts)?.evidence?.deciding ?? null;
  const failed = failedIn(facts);
  const rank = ({ criterion: c }: Measured) =>
    c.name === deciding?.criterion ? 0 : failed.has(c.name) && c.kind === 'guardrail' ? 1 : failed.has(c.name) ? 2 : 3;
  const asked = facts.measured.filter((m) => rank(m) < 3).sort((a, b) => rank(a) - rank(b));
  if (asked.length === 0)
    return { known: false, why: 'No criterion failed, so there is no harm of which to find the beginning' };
  const whys: string[] = [];
  for (const measured of asked) {
    const cohort = measured.criterion.name === deciding?.criterion ? deciding.cohort : null;
    const found = onsetIn(facts, measured, cohort, detectedAt);
    if (found.known) return found;
    whys.push(`${measured.criterion.name}: ${found.why}`);
  }
  return { known: false, why: whys.join('; ') };
}

function onsetIn(facts: Facts, measured: Measured, cohort: string | null, detectedAt: string | null): Onset {
  const versions = versionsOf(facts);
  const counting = countingOf(measured, versions);
  if (counting.count === null) return { known: false, why: counting.why };
  if (counting.sums)
    return { known: false, why: 'a mean sums values and counts nothing, so no change of a share can be found' };
  const until = detectedAt === null ? Number.POSITIVE_INFINITY : Date.parse(detectedAt);
  const of = <T extends { cohort: string }>(all: T[]) =>
    cohort === null ? all : all.filter((s) => s.cohort === cohort);
  const met = metOf(measured, versions, counting.count, { spanMs: measured.stepMs });
  // A step that ended before then tells of somebody else, or of clocks that disagree.
  const served = servedFrom(facts) ?? Number.NEGATIVE_INFINITY;
  const strata = of(met.strata).filter((s) => s.at <= until && s.at + met.stepMs > served);
  if (strata.length === 0) return { known: false, why: 'at no time were both versions seen beside each other' };
  const minutes = metOf(measured, versions, counting.count);
  const beside = of(minutes.strata);
  const even = standardised(beside, of(minutes.minutes), { level: onsetLevel, stepMs: minutes.stepMs });
  const worse = measured.criterion.better === 'lower' ? 'above' : 'below';
  const dispersion = dispersionOf(beside, even);
  const change = changeOf(strata, { worse, dispersion, level: onsetLevel });
  if (change === null) return { known: false, why: 'no change stands out from the noise' };
  // The step in which it was served first has begun before.
  const since = (ms: number) => Math.max(ms, served);
  const found = { change, at: since(change.at), earliest: since(change.low), latest: change.high + met.stepMs };
  return { known: true, criterion: measured.criterion.name, cohort, ...found, why: said(measured, cohort, found) };
}

function said(
  { criterion, stepMs }: Measured,
  cohort: string | null,
  { change, at, earliest, latest }: Pick<Extract<Onset, { known: true }>, 'change' | 'at' | 'earliest' | 'latest'>,
): string {
  const time = (ms: number) => new Date(ms).toISOString().slice(11, 19);
  const where = cohort === null ? '' : ` in ${cohort}`;
  const between = `estimated from ${criterion.name}${where} in steps of ${stepMs / 1000} s: ${100 * onsetLevel} % between ${time(earliest)} and ${time(latest)} UTC`;
  const first = change.first ? '; worse from the first step in which both versions were seen' : '';
  const clamped =
    at > change.at ? '; its step began earlier, and nobody was served the candidate before this moment' : '';
  return `${between}${first}${clamped}`;
}
