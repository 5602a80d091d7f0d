/** When the candidate became worse than the baseline beside it, as its cells say. Pure. */

import { shareOf } from '@/lib/rollout/plan/exposure';
import { beyond, type Change, changeOf } from '@/lib/stats/change';
import { dispersionOf, type Stratum, standardised } from '@/lib/stats/standardised';
import type { Facts, Measured } from '../facts';
import type { Figure } from '../model';
import { decisionOf, failedIn } from './decided';
import { countingOf, type Met, metOf, versionsOf } from './strata';

const onsetLevel = 0.95;
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
 * When the candidate was served first (to a cohort), as the record says; null: nothing tells. A stage may begin later:
 * what was served in the one before may have become worse there.
 */
export function servedFrom(
  { rollout, decisions, plan }: Pick<Facts, 'rollout' | 'decisions' | 'plan'>,
  cohort: string | null = null,
): number | null {
  const begun = decisions.filter((d) => d.acted && (d.action === 'start' || d.action === 'widen'));
  const there = begun.filter((d) => cohort === null || (plan && shareOf(plan, d.toStage, cohort) > 0));
  const whole = cohort === null && rollout?.startedAt ? [rollout.startedAt] : [];
  const all = [...there.map((d) => d.at), ...whole].map((at) => Date.parse(at));
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

/** Of a length of time from the onset to `end`, in milliseconds: as uncertain as the onset is. */
export const sinceOnset = (onset: Onset | null, end: number): Partial<Pick<Figure, 'low' | 'high' | 'level'>> =>
  onset?.known ? { low: Math.max(0, end - onset.latest), high: end - onset.earliest, level: onsetLevel } : {};

function onsetIn(facts: Facts, measured: Measured, cohort: string | null, detectedAt: string | null): Onset {
  const versions = versionsOf(facts);
  const counting = countingOf(measured, versions);
  if (counting.count === null) return { known: false, why: counting.why };
  if (counting.sums)
    return { known: false, why: 'a mean sums values and counts nothing, so no change of a share can be found' };
  const until = detectedAt === null ? Number.POSITIVE_INFINITY : Date.parse(detectedAt);
  const steps = metOf(measured, versions, counting.count, { spanMs: measured.stepMs });
  // A step that ended before then tells of somebody else, or of clocks that disagree.
  const served = servedFrom(facts) ?? Number.NEGATIVE_INFINITY;
  const strata = steps.strata.filter((s) => s.at <= until && s.at + steps.stepMs > served);
  const found = strongest({ measured, strata, minutes: metOf(measured, versions, counting.count) }, cohort);
  if (found === 'nothing beside') return { known: false, why: 'at no time were both versions seen beside each other' };
  if (found === null) return { known: false, why: 'no change stands out from the noise' };
  const { cohort: where, change } = found;
  // The step in which it was served first, or first there, has begun before.
  const there = where === null ? null : servedFrom(facts, where);
  const since = (ms: number) => Math.max(ms, served, there !== null && ms + steps.stepMs > there ? there : ms);
  const moments = { change, at: since(change.at), earliest: since(change.low), latest: change.high + steps.stepMs };
  const why = said(measured, where, moments);
  return { known: true, criterion: measured.criterion.name, cohort: where, ...moments, why };
}

type Beside = { measured: Measured; strata: Stratum[]; minutes: Met };
/** `log`: of the likelihood over that of no change, comparable between places because no place's own noise is in it */
type Place = { cohort: string | null; change: Change; log: number };

/**
 * In the cohort that decided. Where all of them did together, in that one which shows it best, or in all: harm to one
 * cohort is blurred by the others, and those that met the candidate before would draw its beginning forward.
 */
function strongest(beside: Beside, cohort: string | null): Place | 'nothing beside' | null {
  const cohorts = [...new Set(beside.strata.map((s) => s.cohort))];
  const places = cohort !== null ? [cohort] : cohorts.length > 1 ? [null, ...cohorts] : [null];
  const within = (place: string | null) => beside.strata.filter((s) => place === null || s.cohort === place);
  if (places.every((place) => within(place).length === 0)) return 'nothing beside';
  const found = places.flatMap((place): Place[] => {
    const dispersion = dispersionIn(beside, place);
    const worse = beside.measured.criterion.better === 'lower' ? 'above' : 'below';
    const change = changeOf(within(place), { worse, dispersion, level: onsetLevel, places: places.length });
    return change ? [{ cohort: place, change, log: change.strength * dispersion }] : [];
  });
  // Of all it is only where the others add more than chance does.
  const ranked = found.map((f) => ({ ...f, log: f.cohort === null ? f.log - beyond : f.log }));
  return ranked.sort((a, b) => b.log - a.log)[0] ?? null;
}

function dispersionIn({ minutes: { strata, minutes, stepMs } }: Beside, cohort: string | null): number {
  const of = <T extends { cohort: string }>(all: T[]) =>
    cohort === null ? all : all.filter((s) => s.cohort === cohort);
  return dispersionOf(of(strata), standardised(of(strata), of(minutes), { level: onsetLevel, stepMs }));
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
