/**
 * What rehearsals say of a feature in an environment: a vector, never one number for all of it. Pure.
 *
 * What was never measured is `unknown`. Times come from runs that were restored and from clocks that were recorded;
 * whether an objective was met is counted over all that came to an end of their own, so that a run which failed, or
 * which did not measure what it should have, never makes anything look better.
 *
 * Staleness of a proof of age a is 1 − 2^(−a/h): 0 when it was just proven, 0.5 after one half-life h, towards 1. h is
 * how often the drills of the feature are due by their schedules (the soonest), a day at least; 30 days without any.
 */
import {
  type ClockName,
  clockNames,
  type DrillLevel,
  type DrillView,
  endStates,
  isDrillEnvironment,
  type RunView,
} from '../model';
import { nextRuns } from '../schedule/schedule';

export type ReadRun = Pick<
  RunView,
  'id' | 'feature' | 'environment' | 'level' | 'state' | 'clocks' | 'proof' | 'endedAt'
>;
export type ReadDrill = Pick<DrillView, 'feature' | 'environment' | 'schedule' | 'archivedAt'>;
export type Place = { feature: string; environment: string };

const unknown = 'unknown' as const;
type Known<T> = T | typeof unknown;

export type ClockReadiness = {
  name: ClockName;
  /** of restored runs, newest first, the last ten */
  values: Array<{ runId: string; at: string; ms: number; objectiveMs: number | null; met: boolean | null }>;
  recorded: number;
  medianMs: Known<number>;
  /** the newest against the median of those before it; null under three */
  trend: { newestMs: number; beforeMs: number; toward: 'faster' | 'slower' | 'same' } | null;
  /** by the newest run that had one for it; unknown: it did not measure it, or none had one */
  objectiveMet: Known<boolean>;
  /** of the runs that had an objective for it, the part that showed that it was met */
  shareMet: Known<number>;
  /** runs that had an objective for it */
  judged: number;
};

export type Readiness = Place & {
  lastProven: { runId: string; at: string; level: DrillLevel } | null;
  staleness: Known<number>;
  halfLifeDays: number;
  clocks: ClockReadiness[];
  ends: Record<(typeof endStates)[number], number>;
  running: number;
  /** how the newest that has ended came to its end */
  last: { runId: string; at: string; state: (typeof endStates)[number]; level: DrillLevel } | null;
  /** what nothing is known of */
  unknown: Array<ClockName | 'proof' | 'objectives'>;
};

const dayMs = 86_400_000;
const usualHalfLifeMs = 30 * dayMs;
const shown = 10;
/** Of a schedule, to tell how often it comes. */
const gaps = 8;

type Ended = ReadRun & { state: (typeof endStates)[number]; endedAt: string };

/** Of every place that a run, a drill or `places` names; those of drills themselves are left out. */
export function readinessOf(
  runs: readonly ReadRun[],
  drills: readonly ReadDrill[],
  now: Date,
  places: readonly Place[] = [],
): Readiness[] {
  const all = new Map<string, Place>();
  for (const { feature, environment } of [...places, ...drills.filter((d) => d.archivedAt === null), ...runs])
    if (!isDrillEnvironment(environment)) all.set(keyOf({ feature, environment }), { feature, environment });
  return [...all.entries()]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, place]) => {
      const here = (of: Place) => keyOf(of) === key;
      return readPlace(place, runs.filter(here), { drills: drills.filter(here), now });
    });
}

const keyOf = ({ feature, environment }: Place) => `${environment}\u0000${feature}`;

function readPlace(place: Place, runs: ReadRun[], { drills, now }: { drills: ReadDrill[]; now: Date }): Readiness {
  const ended = runs.filter(hasEnded).toSorted(newestFirst);
  const proven = ended.find(isProven);
  const halfLifeMs = halfLifeOf(drills, now);
  const clocks = clockNames.map((name) => readClock(name, ended));
  const last = ended[0];
  return {
    ...place,
    lastProven: proven ? { runId: proven.id, at: proven.endedAt, level: proven.level } : null,
    staleness: proven ? stalenessOf(now.getTime() - Date.parse(proven.endedAt), halfLifeMs) : unknown,
    halfLifeDays: halfLifeMs / dayMs,
    clocks,
    ends: countEnds(ended),
    running: runs.length - ended.length,
    last: last ? { runId: last.id, at: last.endedAt, state: last.state, level: last.level } : null,
    unknown: [
      ...(proven ? [] : ['proof' as const]),
      ...clocks.filter((c) => c.recorded === 0).map((c) => c.name),
      ...(clocks.every((c) => c.judged === 0) ? ['objectives' as const] : []),
    ],
  };
}

/** The newest `from` wins; ids tell apart what ended in the same moment, so that the order of the rows never does. */
function newestFirst(a: Ended, b: Ended): number {
  return Date.parse(b.endedAt) - Date.parse(a.endedAt) || (a.id < b.id ? 1 : -1);
}

const hasEnded = (run: ReadRun): run is Ended =>
  run.endedAt !== null && (endStates as readonly string[]).includes(run.state);

/** Nothing is rolled back at a tabletop. */
const isProven = (run: Ended) => run.state === 'restored' && run.level !== 'tabletop' && run.proof?.restored === true;

export function stalenessOf(ageMs: number, halfLifeMs: number): number {
  return 1 - 2 ** (-Math.max(0, ageMs) / halfLifeMs);
}

/** A day at least: a drill every hour does not make one of yesterday worthless. */
function halfLifeOf(drills: ReadDrill[], now: Date): number {
  const intervals = drills.flatMap(({ schedule, archivedAt }) => {
    if (archivedAt !== null || schedule === null || schedule.paused) return [];
    const times = nextRuns(schedule, now, gaps + 1).map((at) => at.getTime());
    // The usual one: neither a holiday nor two days in a row make it jump from one day to the next.
    const usual = medianOf(times.slice(1).map((at, i) => at - (times[i] ?? at)));
    return usual === null ? [] : [usual];
  });
  return intervals.length === 0 ? usualHalfLifeMs : Math.max(dayMs, Math.min(...intervals));
}

/** Aborted and interrupted ones say nothing of the rollback: they are counted as what they are, and nowhere else. */
function readClock(name: ClockName, ended: Ended[]): ClockReadiness {
  const of = ended.flatMap((run) => {
    const clock = run.clocks.find((c) => c.name === name);
    const counts = (run.state === 'restored' || run.state === 'failed') && clock && clock.state !== 'not_applicable';
    return counts ? [{ run, clock }] : [];
  });
  const values = of.flatMap(({ run, clock: { state, ms, objectiveMs, met } }) =>
    run.state === 'restored' && state === 'recorded' && ms !== null
      ? [{ runId: run.id, at: run.endedAt, ms, objectiveMs, met }]
      : [],
  );
  const judged = of.filter(({ clock }) => clock.objectiveMs !== null);
  const met = judged.map(({ run, clock }) => run.state === 'restored' && clock.state === 'recorded' && clock.met);
  return {
    name,
    values: values.slice(0, shown),
    recorded: values.length,
    medianMs: medianOf(values.map((v) => v.ms)) ?? unknown,
    trend: trendOf(values.map((v) => v.ms)),
    objectiveMet: judged[0] ? metBy(judged[0]) : unknown,
    shareMet: met.length === 0 ? unknown : met.filter((m) => m === true).length / met.length,
    judged: judged.length,
  };
}

function metBy({ run, clock }: { run: Ended; clock: ReadRun['clocks'][number] }): Known<boolean> {
  if (run.state === 'failed') return false;
  return clock.state === 'recorded' && clock.met !== null ? clock.met : unknown;
}

function trendOf([newest, ...before]: number[]): ClockReadiness['trend'] {
  const beforeMs = medianOf(before);
  if (newest === undefined || beforeMs === null || before.length < 2) return null;
  const toward = newest === beforeMs ? 'same' : newest < beforeMs ? 'faster' : 'slower';
  return { newestMs: newest, beforeMs, toward };
}

function medianOf(values: number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}

function countEnds(ended: Ended[]): Readiness['ends'] {
  const ends = { restored: 0, failed: 0, aborted: 0, interrupted: 0 };
  for (const { state } of ended) ends[state] += 1;
  return ends;
}
