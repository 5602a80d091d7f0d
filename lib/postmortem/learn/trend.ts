/**
 * What reports say over time: how often a rollout had to be taken back, how long it took to notice, decide and recover,
 * which causes came again, which actions were done in time. Pure. What nothing shows is null, never zero.
 *
 * Change-failure rate and the time to restore as DORA counts them (dora.dev, “four keys”), of rollouts for deployments:
 * rolled back of all that ended, and from the onset of harm to the proof of return.
 */
export const clockNames = ['detect', 'decide', 'recover', 'restore'] as const;
export type ClockName = (typeof clockNames)[number];

/** Counted by feature and month of their end: however many there were, these are few. */
export type EndedCount = { feature: string; month: string; ended: number; rolledBack: number; partly: number };
export type ReportFact = {
  id: string;
  title: string;
  feature: string;
  at: Date;
  /** null: not known */
  clocks: Record<ClockName, number | null> | null;
  causes: string[];
};
/** Of those not dropped, by feature and month of the day that is over by now. */
export type DueCount = { feature: string; month: string; due: number; inTime: number };
export type TrendFacts = { rollouts: EndedCount[]; reports: ReportFact[]; actions: DueCount[] };

export type Rate = { n: number; of: number; share: number | null; low: number | null; high: number | null };
export type Median = { n: number; unknown: number; medianMs: number | null };
export type Trend = {
  changeFailure: Rate;
  /** of the rest, those of which a cohort was taken back */
  partly: number;
  reports: number;
  clocks: Record<ClockName, Median>;
  /** of those that were due and not dropped, those that were done by then */
  inTime: Rate;
};
export type Repeat = {
  cause: string;
  features: string[];
  /** how many reports have it */
  count: number;
  /** the newest of them, oldest first */
  reports: Array<{ id: string; title: string; at: string }>;
};
export type Trends = {
  all: Trend;
  months: Array<Trend & { month: string }>;
  features: Array<Trend & { feature: string }>;
  /** the most frequent */
  repeats: Repeat[];
  /** further causes that came again, which are not listed */
  moreRepeats: number;
};

const monthOf = (at: Date): string => at.toISOString().slice(0, 7);

/** @param months each of them, so that one in which nothing happened is there too */
export function trendsOf(facts: TrendFacts, months: readonly string[]): Trends {
  const features = [
    ...new Set([...facts.rollouts, ...facts.reports, ...facts.actions].map(({ feature }) => feature)),
  ].sort();
  return {
    all: trendOf(facts),
    months: months.map((month) => ({
      month,
      ...trendOf({
        rollouts: facts.rollouts.filter((of) => of.month === month),
        reports: facts.reports.filter(({ at }) => monthOf(at) === month),
        actions: facts.actions.filter((of) => of.month === month),
      }),
    })),
    features: features.map((feature) => ({
      feature,
      ...trendOf({
        rollouts: facts.rollouts.filter((of) => of.feature === feature),
        reports: facts.reports.filter((of) => of.feature === feature),
        actions: facts.actions.filter((of) => of.feature === feature),
      }),
    })),
    ...repeatsOf(facts.reports),
  };
}

function trendOf({ rollouts, reports, actions }: TrendFacts): Trend {
  const timed = reports.flatMap(({ clocks }) => (clocks === null ? [] : [clocks]));
  const clock = (name: ClockName) => medianOf(timed.map((clocks) => clocks[name]));
  return {
    changeFailure: rateOf(sum(rollouts, 'rolledBack'), sum(rollouts, 'ended')),
    partly: sum(rollouts, 'partly'),
    reports: reports.length,
    clocks: { detect: clock('detect'), decide: clock('decide'), recover: clock('recover'), restore: clock('restore') },
    inTime: rateOf(sum(actions, 'inTime'), sum(actions, 'due')),
  };
}

const sum = <K extends string>(rows: ReadonlyArray<Record<K, number>>, of: K): number =>
  rows.reduce((all, row) => all + row[of], 0);

export function medianOf(values: ReadonlyArray<number | null>): Median {
  const known = values.filter((v) => v !== null).sort((a, b) => a - b);
  const half = known.length / 2;
  const [low, high] = [known[Math.ceil(half) - 1], known[Math.floor(half)]];
  return {
    n: known.length,
    unknown: values.length - known.length,
    medianMs: low === undefined || high === undefined ? null : (low + high) / 2,
  };
}

const z95 = 1.959963984540054;

/** With its 95 % interval (Wilson 1927): few rollouts say little, and that shows. */
export function rateOf(n: number, of: number): Rate {
  if (of === 0) return { n, of, share: null, low: null, high: null };
  const p = n / of;
  const z2 = (z95 * z95) / of;
  const middle = (p + z2 / 2) / (1 + z2);
  const half = (z95 / (1 + z2)) * Math.sqrt((p * (1 - p)) / of + z2 / (4 * of));
  return { n, of, share: p, low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}

/** Candidates that carried clear excess in more than one report, the most frequent first. */
function repeatsOf(reports: readonly ReportFact[]): Pick<Trends, 'repeats' | 'moreRepeats'> {
  const byCause = new Map<string, ReportFact[]>();
  for (const report of reports)
    for (const cause of new Set(report.causes)) {
      const found = byCause.get(cause);
      if (found) found.push(report);
      else byCause.set(cause, [report]);
    }
  const again = [...byCause]
    .filter(([, found]) => found.length > 1)
    .sort((a, b) => b[1].length - a[1].length || a[0].localeCompare(b[0], 'en'));
  return {
    repeats: again.slice(0, listedCauses).map(([cause, found]) => ({
      cause,
      features: [...new Set(found.map(({ feature }) => feature))].sort(),
      count: found.length,
      reports: found.slice(-listedReports).map(({ id, title, at }) => ({ id, title, at: at.toISOString() })),
    })),
    moreRepeats: Math.max(0, again.length - listedCauses),
  };
}
const listedCauses = 50;
const listedReports = 20;

/** The months from one to another, both among them, as `2026-11`. */
export function monthsBetween(from: Date, to: Date): string[] {
  const months: string[] = [];
  for (let at = new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth(), 1)); at <= to; ) {
    months.push(monthOf(at));
    at = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1));
  }
  return months;
}
