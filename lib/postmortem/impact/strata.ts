/**
 * Who was compared with whom: one criterion's cells as cohort and minute, candidate and baseline side by side. Pure.
 *
 * What cannot be compared is kept apart by its reason, never taken for zero.
 */
import { parseQuantity } from '@/lib/criterion/quantity';
import type { Baseline, Stratum } from '@/lib/stats/standardised';
import type { Cell, Facts, Measured } from '../facts';

export const stratumMs = 60_000;

/** What is counted of a cell: how many of how many; null where its numbers are none. */
export type Count = (cell: Cell) => { n: number; k: number } | null;
export type Versions = { baseline: string | null; candidate: string | null };
export type Met = {
  strata: Stratum[];
  /** all that the baseline counted */
  minutes: Baseline[];
  /** the candidate's requests, by cohort: all, and those without a baseline beside them */
  exposed: Map<string, number>;
  uncompared: Map<string, number>;
  /** cells whose numbers are none (NaN, negative, a part larger than the whole), and how many minutes they spoil */
  unreadable: { cells: number; strata: number; requests: number };
  heard: { baseline: boolean; candidate: boolean };
  /** how long a stratum is: a minute, or a cell where that is longer */
  stepMs: number;
};

type Both = { at: number; cohort: string; n1: number; k1: number; n0: number; k0: number; bad: boolean };

/** @param of.from cells that began before are left out; `spanMs`: how long a stratum is at least */
export function metOf(
  measured: Measured,
  { baseline, candidate }: Versions,
  count: Count,
  { spanMs = stratumMs, from = Number.NEGATIVE_INFINITY }: { spanMs?: number; from?: number } = {},
): Met {
  const stepMs = Math.max(spanMs, measured.stepMs);
  const both = new Map<string, Both>();
  const unreadable = { cells: 0, strata: 0, requests: 0 };
  const heard = { baseline: false, candidate: false };
  for (const cell of measured.cells) {
    if ((cell.version !== candidate && cell.version !== baseline) || cell.at < from) continue;
    const own = cell.version === candidate;
    const at = Math.floor(cell.at / stepMs) * stepMs;
    const key = JSON.stringify([at, cell.cohort]);
    const stratum = both.get(key) ?? { at, cohort: cell.cohort, n1: 0, k1: 0, n0: 0, k0: 0, bad: false };
    both.set(key, stratum);
    const seen = readable(count(cell));
    if (own) heard.candidate ||= seen !== null && seen.n > 0;
    else heard.baseline ||= seen !== null && seen.n > 0;
    if (seen === null) {
      unreadable.cells++;
      stratum.bad = true;
      continue;
    }
    stratum[own ? 'n1' : 'n0'] += seen.n;
    stratum[own ? 'k1' : 'k0'] += seen.k;
  }
  const met: Met = {
    strata: [],
    minutes: [],
    exposed: new Map(),
    uncompared: new Map(),
    unreadable,
    heard,
    stepMs,
  };
  for (const stratum of both.values()) sort(stratum, met);
  return met;
}

const readable = (seen: { n: number; k: number } | null): { n: number; k: number } | null =>
  seen && Number.isFinite(seen.n) && Number.isFinite(seen.k) && seen.n >= 0 && seen.k >= 0 ? seen : null;

function sort({ bad, ...stratum }: Both, met: Met): void {
  const { at, cohort, n1, k1, n0, k0 } = stratum;
  if (n1 > 0) add(met.exposed, cohort, n1);
  if (bad) {
    met.unreadable.strata++;
    met.unreadable.requests += n1;
    return;
  }
  if (n0 > 0) met.minutes.push({ at, cohort, n: n0, k: k0 });
  // Events may be counted in the minute after the requests that they belong to: then nothing stands below the line.
  if (n1 === 0 && k1 === 0) return;
  if (n0 > 0) met.strata.push(stratum);
  else if (n1 > 0) add(met.uncompared, cohort, n1);
}

function add(to: Map<string, number>, cohort: string, n: number): void {
  to.set(cohort, (to.get(cohort) ?? 0) + n);
}

/** The boundary from which a request counts as slow; null with `why` where no boundary says it. */
export type Boundary = { index: number; value: number; why: null } | { index: null; value: null; why: string };

/**
 * The nearest boundary at or above the threshold, or at or above the baseline's own quantile in the candidate's mix of
 * cohorts and minutes. Buckets are not divided: what lies between two boundaries is on neither side of the lower one.
 */
export function boundaryOf(measured: Measured, versions: Versions): Boundary {
  const { criterion, bounds, unit } = measured;
  if (!bounds || bounds.length === 0) return none('The histogram has no boundaries that all of its cells share');
  if (criterion.against !== 'baseline') {
    const threshold = parseQuantity(criterion.against.threshold, unit);
    const index = bounds.findIndex((bound) => bound >= threshold * (1 - 1e-9));
    return index < 0 ? none('The threshold lies above the last boundary of the histogram') : at(bounds, index);
  }
  const above = 1 - (criterion.q ?? 0);
  for (const index of bounds.keys()) {
    const { strata } = metOf(measured, versions, overOf(index));
    const expected = strata.reduce((sum, s) => sum + (s.n1 / s.n0) * s.k0, 0);
    const all = strata.reduce((sum, s) => sum + s.n1, 0);
    if (all > 0 && expected <= above * all * (1 + 1e-9)) return at(bounds, index);
  }
  return none('The quantile of the baseline lies above the last boundary of the histogram');
}

const none = (why: string): Boundary => ({ index: null, value: null, why });
const at = (bounds: number[], index: number): Boundary => ({ index, value: bounds[index] as number, why: null });

export const overOf =
  (index: number): Count =>
  ({ n, over }) => {
    const k = over?.[index];
    return k === undefined || k > n ? null : { n, k };
  };

/** What a criterion counts, or why it counts nothing. `sums`: values are summed, not requests counted. */
export type Counting =
  | { count: Count; boundary: number | null; sums: boolean; why: null }
  | { count: null; boundary: null; sums: false; why: string };

export function countingOf(measured: Measured, versions: Versions): Counting {
  switch (measured.criterion.measure) {
    case 'share':
    case 'burn_rate':
      return counts(({ n, k }) => (k === undefined || k > n ? null : { n, k }));
    case 'ratio':
      return counts(({ n, k }) => (k === undefined ? null : { n, k }));
    case 'quantile': {
      const boundary = boundaryOf(measured, versions);
      return boundary.index === null ? nothing(boundary.why) : counts(overOf(boundary.index), boundary.value);
    }
    case 'mean':
      return { ...counts(({ n, sum }) => (sum === undefined ? null : { n, k: sum })), sums: true };
    case 'rate':
      return nothing('A rate counts events and not the requests that they are of, so there is no share to compare');
    case 'value':
      return nothing('A gauge holds a value and counts nothing');
  }
}

const counts = (count: Count, boundary: number | null = null) => ({ count, boundary, sums: false, why: null });
const nothing = (why: string): Counting => ({ count: null, boundary: null, sums: false, why });

export const versionsOf = ({ baseline, candidate }: Facts): Versions => ({ baseline, candidate });
