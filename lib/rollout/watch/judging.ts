/**
 * What a rollout's judging remembers between looks. Closed bins are absorbed once; open ones are looked at as they
 * fill. Everything here follows from the plan and the bins, so after a crash it is made again from the roll-ups. Pure.
 */
import { toBins } from '@/lib/criterion/arms';
import { alphaFor } from '@/lib/criterion/budget';
import { absorb, type JudgeState, look, startJudge } from '@/lib/criterion/judge';
import type { Arm, Bin, Criterion, Look } from '@/lib/criterion/model';
import type { BinRow } from '@/lib/signal/model';
import type { SplitCounts } from '@/lib/stats/split';
import type { Plan } from '../model';
import { exposureOver, type StageWindow } from './windows';

export const binMs = 10_000;
/** A bin closes this long after its end, so that what was on its way is in it. */
export const latenessMs = 5_000;
export const binOf = (ms: number, width = binMs): number => Math.floor(ms / width) * width;

export type Counts = SplitCounts;
/** Newest bin in which a version reported, and the longest of the last few gaps between its reports. */
export type Reports = { last: number | null; gapsMs: number[] };

export type CriterionJudging = {
  criterion: Criterion;
  /** null until the unit is known, that is until the first row */
  state: JudgeState | null;
  /** what went wrong, if judging this criterion threw */
  error: unknown;
  /** observations in closed bins since the stage began, by cohort */
  counts: Map<string, Counts>;
  reports: { baseline: Reports; candidate: Reports };
  /** the candidate's observations in the newest closed bins, by cohort: the rate that a forecast goes by */
  recent: Recent;
};
export type Recent = Array<{ at: number; samples: Array<[cohort: string, n: number]> }>;

export type Judging = {
  plan: Plan;
  /** how long a bin is; the watch has `binMs`, old telemetry is left in longer ones only */
  width: number;
  /** cohorts that were taken back: their traffic is judged no more, from the start of the rollout on */
  without: string[];
  /** when each stage began, oldest first: what share of a bin's traffic the candidate was to have */
  windows: readonly StageWindow[];
  /** start of the first bin that is not absorbed */
  openFrom: number;
  /** start of the first whole bin of the stage: in the one that it began in, some were still served by the one before */
  stageFrom: number;
  criteria: CriterionJudging[];
  /** what the newest closed bins held when they were absorbed: late data shows as a difference */
  sums: Map<number, number>;
};

export type Looked = {
  criterion: Criterion;
  /** how long a bin is */
  width: number;
  overall: Look | null;
  byCohort: Map<string, Look>;
  counts: Map<string, Counts>;
  reports: { baseline: Reports; candidate: Reports };
  /** the candidate's observations a second of late, by cohort */
  pace: Map<string, number>;
  error: unknown;
};

const keptGaps = 8;
const keptSums = 60;
/** Two minutes of the watch's bins: senders that report once a minute are in it twice. */
const paceBins = 12;

export function startJudging(
  plan: Plan,
  startedAt: Date,
  stageSince: Date,
  width = binMs,
  without: string[] = [],
): Judging {
  const noReports = (): Reports => ({ last: null, gapsMs: [] });
  return {
    plan,
    width,
    without,
    windows: [],
    openFrom: binOf(startedAt.getTime(), width),
    stageFrom: firstWhole(stageSince, width),
    criteria: plan.criteria.map((criterion) => ({
      criterion,
      state: null,
      error: null,
      counts: new Map(),
      reports: { baseline: noReports(), candidate: noReports() },
      recent: [],
    })),
    sums: new Map(),
  };
}

const firstWhole = (since: Date, width: number): number => binOf(since.getTime() + width - 1, width);

/** A new stage counts its own samples; what is known of the criteria stays. */
export function enterStage(judging: Judging, stageSince: Date, windows = judging.windows): void {
  judging.windows = windows;
  const stageFrom = firstWhole(stageSince, judging.width);
  if (stageFrom === judging.stageFrom) return;
  judging.stageFrom = stageFrom;
  for (const c of judging.criteria) c.counts = new Map();
}

/** The first closed bin that holds something else now than when it was absorbed, or null. `rows` may reach back. */
export function lateData(judging: Judging, rows: BinRow[], from: number): number | null {
  const now = sumsOf(judged(judging, rows));
  const changed = [...judging.sums].filter(([at, sum]) => {
    const found = now.get(at) ?? 0;
    return at >= from && Math.abs(found - sum) > 1e-6 * Math.max(1, Math.abs(sum));
  });
  // A bin that was empty when it closed.
  const filled = [...now].filter(([at]) => at >= from && at < judging.openFrom && !judging.sums.has(at));
  return [...changed, ...filled].reduce<number | null>((first, [at]) => Math.min(first ?? at, at), null);
}

/** To go back to when late data comes. States are never changed, so this copies little. */
export function snapshotOf(judging: Judging): Judging {
  return {
    ...judging,
    criteria: judging.criteria.map((c) => ({
      ...c,
      counts: new Map([...c.counts].map(([cohort, n]) => [cohort, { ...n }])),
      reports: { baseline: { ...c.reports.baseline }, candidate: { ...c.reports.candidate } },
    })),
    sums: new Map(judging.sums),
  };
}

/** Absorbs every bin that ended before `closedBefore`; `rows` must hold all rows of those bins. */
export function close(judging: Judging, rows: BinRow[], closedBefore: number): void {
  const until = binOf(closedBefore, judging.width);
  if (until <= judging.openFrom) return;
  const closing = judged(judging, rows).filter((r) => r.at >= judging.openFrom && r.at < until);
  for (const c of judging.criteria) absorbBins(judging, c, closing);
  for (const [at, sum] of sumsOf(closing)) judging.sums.set(at, sum);
  for (const at of judging.sums.keys()) if (at < until - keptSums * judging.width) judging.sums.delete(at);
  judging.openFrom = until;
}

function absorbBins(judging: Judging, c: CriterionJudging, rows: BinRow[]): void {
  if (rows.length === 0 || c.error !== null) return;
  try {
    const { times, unit } = byTime(judging, c.criterion, rows, undefined);
    for (const [at, bins] of times) {
      c.state = absorb(c.state ?? begin(judging, c.criterion, unit), bins);
      if (at >= judging.stageFrom) count(c.counts, bins);
      report(c.reports, bins, at);
      c.recent = [...c.recent.slice(1 - paceBins), { at, samples: samplesOf(bins) }];
    }
  } catch (error) {
    c.error = error;
  }
}

/** What is known now, with the bins that are still filling. Changes nothing. */
export function lookNow(judging: Judging, rows: BinRow[], dataUntil: number): Looked[] {
  const open = judged(judging, rows).filter((r) => r.at >= judging.openFrom);
  return judging.criteria.map((c): Looked => {
    const counts = new Map([...c.counts].map(([cohort, n]) => [cohort, { ...n }]));
    const reports = {
      baseline: { ...c.reports.baseline, gapsMs: [...c.reports.baseline.gapsMs] },
      candidate: { ...c.reports.candidate, gapsMs: [...c.reports.candidate.gapsMs] },
    };
    const nothing: Looked = {
      criterion: c.criterion,
      width: judging.width,
      overall: null,
      byCohort: new Map(),
      counts,
      reports,
      pace: paceOf(c.recent, judging),
      error: c.error,
    };
    if (c.error !== null) return nothing;
    try {
      const { times, unit } = byTime(judging, c.criterion, open, dataUntil);
      for (const [at, bins] of times) {
        if (at >= judging.stageFrom) count(counts, bins);
        report(reports, bins, at);
      }
      if (!c.state && times.length === 0) return nothing;
      let state = c.state ?? begin(judging, c.criterion, unit);
      for (const [, bins] of times.slice(0, -1)) state = absorb(state, bins);
      return { ...nothing, ...look(state, times.at(-1)?.[1]) };
    } catch (error) {
      return { ...nothing, error };
    }
  });
}

const judged = ({ without }: Judging, rows: BinRow[]): BinRow[] =>
  without.length === 0 ? rows : rows.filter((r) => !without.includes(r.cohort));

function begin({ plan, without }: Judging, criterion: Criterion, unit: string): JudgeState {
  // Diagnostics are never acted on, so they take nothing from the bound.
  const acting = plan.criteria.filter((c) => c.kind !== 'diagnostic').length;
  const rate = (plan.falseRollbackRate / 100) * partOf(plan, without.length);
  return startJudge(criterion, { alpha: alphaFor({ falseRollbackRate: rate, criteria: acting, cohort: null }), unit });
}

/**
 * Where cohorts may leave, the rest is judged again from the start, on data that was looked at before. Each judging has
 * a part of the rate of its own: three quarters the first, and after the k-th cohort 1/(4·k·(k+1)), which sum to one
 * (a union bound over k). Where the plan does not provide for it but a person takes a cohort back, what is judged
 * after that may add an eighth.
 */
function partOf(plan: Plan, gone: number): number {
  if (gone > 0) return 1 / (4 * gone * (gone + 1));
  return plan.onRegressionScope === 'cohort' ? 3 / 4 : 1;
}

type Times = Array<[at: number, bins: Map<string, Bin>]>;

/** Cohorts of one bin in alphabetical order: the order of appearance is then the same after every rebuild. */
function byTime(
  judging: Judging,
  criterion: Criterion,
  rows: BinRow[],
  until: number | undefined,
): { times: Times; unit: string } {
  const { plan, width, windows } = judging;
  const { unit, byCohort } = toBins(criterion, rows, plan, width, until, exposureOver(plan, windows, judging));
  const times = new Map<number, Map<string, Bin>>();
  for (const cohort of [...byCohort.keys()].sort()) {
    for (const bin of byCohort.get(cohort) ?? []) {
      const at = Date.parse(bin.at);
      const bins = times.get(at) ?? new Map<string, Bin>();
      times.set(at, bins.set(cohort, bin));
    }
  }
  return { unit, times: [...times].sort(([a], [b]) => a - b) };
}

function count(into: Map<string, Counts>, bins: Map<string, Bin>): void {
  for (const [cohort, bin] of bins) {
    const n = into.get(cohort) ?? { baseline: 0, candidate: 0, bins: 0, squares: 0 };
    const candidate = observations(bin.candidate);
    const both = candidate + observations(bin.baseline);
    into.set(cohort, n);
    if (!(both > 0)) continue;
    n.baseline += both - candidate;
    n.candidate += candidate;
    n.bins++;
    n.squares += (candidate * candidate) / both;
  }
}

function samplesOf(bins: Map<string, Bin>): Array<[string, number]> {
  return [...bins].map(([cohort, bin]) => [cohort, observations(bin.candidate)]);
}

function paceOf(recent: Recent, { openFrom, width }: Judging): Map<string, number> {
  const from = openFrom - paceBins * width;
  const newest = recent.filter((r) => r.at >= from);
  const seconds = (openFrom - (newest[0]?.at ?? openFrom)) / 1000;
  const pace = new Map<string, number>();
  for (const { samples } of newest)
    for (const [cohort, n] of samples) pace.set(cohort, (pace.get(cohort) ?? 0) + n / seconds);
  return pace;
}

export function observations(arm: Arm | null | undefined): number {
  if (!arm) return 0;
  if ('n' in arm) return arm.n;
  if ('values' in arm) return arm.values.length;
  const sum = arm.counts.reduce((a, b) => a + b, 0);
  return 'scale' in arm ? sum + arm.zeroCount + (arm.negativeCounts ?? []).reduce((a, b) => a + b, 0) : sum;
}

function report(into: { baseline: Reports; candidate: Reports }, bins: Map<string, Bin>, at: number): void {
  for (const arm of ['baseline', 'candidate'] as const) {
    if (![...bins.values()].some((b) => b[arm])) continue;
    const reports = into[arm];
    if (reports.last !== null && at > reports.last)
      reports.gapsMs = [...reports.gapsMs, at - reports.last].slice(-keptGaps);
    reports.last = Math.max(at, reports.last ?? at);
  }
}

function sumsOf(rows: BinRow[]): Map<number, number> {
  const sums = new Map<number, number>();
  for (const r of rows) {
    const { n, sum } = r.aggregate;
    sums.set(r.at, (sums.get(r.at) ?? 0) + n + (Number.isFinite(sum) ? sum : 0));
  }
  return sums;
}
