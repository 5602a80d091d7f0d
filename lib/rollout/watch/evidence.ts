/** From looks to what a decision may rest on: silence and doubtful telemetry take the green away here. Pure. */
import type { Criterion, CriterionOutcome, Look, OutcomeReason } from '@/lib/criterion/model';
import type { Finding, FindingKind, Freshness } from '@/lib/signal/model';
import { splitLook } from '@/lib/stats/split';
import { notYetReasons, type Plan, type Verdict } from '../model';
import { cohortOrder, everybodyOnly, shareOf } from '../plan/exposure';
import type { Counts, Looked, Reports } from './judging';

export type Health = {
  findings: Finding[];
  freshness: Freshness;
  startedAt: Date;
  now: Date;
};

/** Silence for longer is stale: at least this, or three times the usual gap between reports. */
const staleMs = 30_000;
/** The receiver beats every second or two; past this it is down, or nobody can tell. */
const receiverDownMs = 15_000;
/** A forecast that goes further than this says nothing: nobody's traffic stays the same for so long. */
const farMs = 90 * 86_400_000;
/** A finding counts for so long after it was last seen. */
const findingMs = 10 * 60_000;

const reasonOf: Partial<Record<FindingKind, OutcomeReason>> = {
  overflow: 'overflow',
  series_budget: 'overflow',
  unit_conflict: 'unit_conflict',
  single_writer_violation: 'writers_overlap',
};

export function outcomesOf(looked: Looked[], health: Health): CriterionOutcome[] {
  return looked.flatMap((l) => {
    const doubt = doubtOf(l.criterion, health);
    const silence = silenceOf(l, health);
    const outcome = (found: Look, cohort: string | null): CriterionOutcome => ({
      ...(l.error === null
        ? unsure(unknownShare(found, l), doubt, silence)
        : { ...found, outcome: 'inconclusive', reason: 'errored' }),
      expectedAt: expectedAt(found, l.pace, cohort, health.now),
      criterion: l.criterion.name,
      kind: l.criterion.kind,
      measure: l.criterion.measure,
      cohort,
    });
    return [
      outcome(l.overall ?? nothingSeen(l.criterion), null),
      // Points without a cohort are part of the overall look; they have no cell of their own.
      ...[...l.byCohort].filter(([cohort]) => cohort !== '').map(([cohort, found]) => outcome(found, cohort)),
    ];
  });
}

/** When that many more samples will be there, if they go on coming as of late; null where nobody can say. */
function expectedAt(found: Look, pace: Map<string, number>, cohort: string | null, now: Date): string | null {
  if (found.moreSamples === null || found.outcome === 'pass' || found.outcome === 'fail') return null;
  const perSecond = cohort === null ? [...pace.values()].reduce((a, b) => a + b, 0) : (pace.get(cohort) ?? 0);
  const inMs = (1000 * found.moreSamples) / perSecond;
  return inMs < farMs ? new Date(now.getTime() + inMs).toISOString() : null;
}

/**
 * Untrustworthy data decides nothing, either way. Silence keeps what is green from being green; a failure stands. What
 * is open already gets the graver reason, for "not yet" may be let through and "nobody can know" may not.
 */
function unsure(found: Look, doubt: OutcomeReason | null, silence: OutcomeReason | null): Look {
  if (found.outcome === 'no_data') return silence === 'receiver_down' ? { ...found, reason: silence } : found;
  const open = found.outcome === 'inconclusive' && (notYetReasons as readonly OutcomeReason[]).includes(found.reason);
  const decided = found.outcome === 'pass' || found.outcome === 'fail';
  if (doubt && (decided || open)) return { ...found, outcome: 'inconclusive', reason: doubt };
  if (silence && (found.outcome === 'pass' || open)) return { ...found, outcome: 'inconclusive', reason: silence };
  return found;
}

/** Events a second of a small arm are few because it is small: where nobody planned its part, no rates compare. */
function unknownShare(found: Look, { criterion, reports }: Looked): Look {
  if (criterion.measure !== 'rate' || criterion.against !== 'baseline') return found;
  const spoke = reports.candidate.last !== null && reports.baseline.last !== null;
  if (!spoke || found.reason !== 'no_observations') return found;
  return { ...found, outcome: 'inconclusive', reason: 'not_measurable' };
}

function nothingSeen(criterion: Criterion): Look {
  return {
    outcome: 'no_data',
    reason: 'no_observations',
    estimate: null,
    low: null,
    high: null,
    limit: null,
    baseline: criterion.against === 'baseline' ? { n: 0, value: null } : null,
    candidate: { n: 0, value: null },
    progress: 0,
    moreSamples: null,
    alpha: 0,
    spent: 0,
    working: null,
  };
}

function doubtOf(criterion: Criterion, health: Health): OutcomeReason | null {
  const since = Math.max(health.startedAt.getTime(), health.now.getTime() - findingMs);
  for (const finding of health.findings) {
    const concerns = finding.metric === '' || finding.metric === criterion.metric || finding.metric === criterion.per;
    const reason = reasonOf[finding.kind];
    if (concerns && reason && finding.lastAt.getTime() >= since) return reason;
  }
  return null;
}

function silenceOf(looked: Looked, health: Health): OutcomeReason | null {
  const now = health.now.getTime();
  const silent = (reports: Reports) =>
    reports.last === null || now - (reports.last + looked.width) > Math.max(staleMs, 3 * median(reports.gapsMs));
  const candidate = silent(looked.reports.candidate);
  const baseline = looked.criterion.against === 'baseline' && silent(looked.reports.baseline);
  if (!candidate && !baseline) return null;
  const alive = health.freshness.receiverAliveAt;
  if (alive !== null && now - alive.getTime() > receiverDownMs) return 'receiver_down';
  // Against a threshold there is one arm, and what it says is old.
  if (looked.criterion.against !== 'baseline') return 'stale';
  if (candidate && baseline) return 'both_silent';
  return candidate ? 'candidate_silent' : 'baseline_silent';
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

const total = (counts: Map<string, Counts>, arm: 'candidate' | 'baseline') =>
  [...counts.values()].reduce((n, c) => n + c[arm], 0);

/** Candidate observations since the stage began, of the criterion that sees most. */
export function stageSamples(looked: Looked[]): number {
  return Math.max(0, ...looked.map((l) => total(l.counts, 'candidate')));
}

/** The bound for calling a healthy split wrong, for the whole rollout. */
const splitAlpha = 0.01;
const nobody: Counts = { candidate: 0, baseline: 0, bins: 0, squares: 0 };

/** A union bound over stages and, in each, over cohorts: 1/((i+1)(i+2)) of the whole for number i sums to one. */
function splitAlphaOf(stage: number, cohort: number): number {
  return splitAlpha / ((stage + 1) * (stage + 2) * (cohort + 1) * (cohort + 2));
}

/** Planned and seen share by cohort, on the widest criterion. A cohort that the plan cannot know of is left out. */
export function splitOf(
  plan: Plan,
  stage: number,
  looked: Looked[],
  withdrawn: readonly string[] = [],
): Verdict['split'] {
  const counted = looked.filter((l) => l.criterion.measure !== 'value');
  const size = (l: Looked) => total(l.counts, 'candidate') + total(l.counts, 'baseline');
  const widest = counted.reduce<Looked | null>((best, l) => (best && size(best) >= size(l) ? best : l), null);
  const named = cohortOrder(plan);
  const seen = [...(widest?.counts.keys() ?? [])];
  const cohorts = [...named.filter((c) => c !== '*'), ...seen.filter((c) => !named.includes(c))];
  const rows: Verdict['split'] = [];
  for (const [order, cohort] of cohorts.entries()) {
    if (cohort === '' && !everybodyOnly(plan)) continue;
    const planned = shareOf(plan, stage, cohort, withdrawn);
    if (planned <= 0) continue;
    const counts = widest?.counts.get(cohort) ?? nobody;
    const n = counts.candidate + counts.baseline;
    rows.push({
      cohort: cohort === '' ? '*' : cohort,
      planned,
      observed: n > 0 ? (100 * counts.candidate) / n : null,
      n,
      ok: splitLook({ ...counts, planned: planned / 100, alpha: splitAlphaOf(stage, order) }).ok,
    });
  }
  return rows;
}
