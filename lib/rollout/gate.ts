/** What must hold to leave a stage, line by line, and what is done about what is not known. Pure. */
import type { CriterionOutcome, OutcomeReason } from '@/lib/criterion/model';
import type { Evidence } from './decide';
import { type GateItem, notYetReasons, type Stage, type UnknownPolicy, unknownReasons, type Verdict } from './model';
import { durationMs } from './plan/duration';
import { asksForDrill, staleFor } from './plan/rehearsed';

/** Reasons that say that nothing can be known, as opposed to not yet: even a lenient gate does not let them through. */
const unknowable: readonly OutcomeReason[] = unknownReasons.filter(
  (r) => !(notYetReasons as readonly string[]).includes(r),
);

export function elapsed(e: Evidence): number {
  return Math.max(0, e.now.getTime() - e.stageSince.getTime());
}
export function isLast(e: Evidence): boolean {
  return e.stage === e.plan.stages.length - 1;
}

export function gateItems(e: Evidence): GateItem[] {
  const stage = e.plan.stages[e.stage];
  if (!stage) return [];
  const neededMs = durationMs(stage.minDuration);
  const items: GateItem[] = [
    ...criterionItems(e, stage),
    splitItem(e.split),
    {
      reason: 'min_samples',
      met: e.stageSamples >= stage.minSamples,
      detail: { n: e.stageSamples, needed: stage.minSamples },
    },
    { reason: 'min_duration', met: elapsed(e) >= neededMs, detail: { elapsedMs: elapsed(e), neededMs } },
  ];
  if (e.unapplied && e.plan.migrations.some((m) => m.kind !== 'contract'))
    items.push({
      reason: 'migration_pending',
      met: e.unapplied.length === 0,
      detail: { count: e.unapplied.length, steps: e.unapplied.join(', ') },
    });
  const drill = drillItem(e);
  if (drill) items.push(drill);
  if (stage.approval) items.push({ reason: 'approval', met: e.approved, detail: { stage: stage.name } });
  if (isLast(e)) items.push({ reason: 'last_stage', met: true, detail: { stage: stage.name } });
  return items;
}

/** Of the next stage: nobody enters it before its rollback was shown to work, lately enough. */
function drillItem(e: Evidence): GateItem | null {
  const { plan, now, lastProven } = e;
  const action = { kind: 'widen' as const, toStage: e.stage + 1 };
  if (lastProven === undefined || !asksForDrill(plan, e.stage, action)) return null;
  const next = plan.stages[e.stage + 1];
  return {
    reason: 'drill_stale',
    met: staleFor(plan, { stage: e.stage, action, lastProven, now }) === null,
    detail: {
      stage: next?.name ?? null,
      within: next?.requireDrill ?? null,
      lastProven: lastProven?.toISOString() ?? null,
    },
  };
}

/** With less than this part of all requests a cohort moves no figure of the rollout, however its own are split. */
const trifling = 0.01;

/**
 * A share that is not known yet is not green: where a cohort has traffic the gate waits until enough of it was seen.
 * A cohort without any, or with a trifle of what there is, is named and does not block, for that might last for ever;
 * a share that is seen to be wrong blocks in any case. That nobody at all is seen is for the criteria to say.
 */
function splitItem(split: Verdict['split']): GateItem {
  const named = (of: Verdict['split']) => of.map((s) => s.cohort).join(', ');
  const wrong = split.filter((s) => s.ok === false);
  const least = trifling * split.reduce((n, s) => n + s.n, 0);
  const open = split.filter((s) => s.ok === null && s.n > 0 && s.n >= least);
  const idle = split.filter((s) => s.ok === null && !open.includes(s));
  return {
    reason: 'split',
    met: wrong.length === 0 && open.length === 0,
    detail: { cohorts: named(wrong), unknown: open.length, unclear: named(open), idle: named(idle) },
  };
}

/** The outcomes that still count: those of cohorts that were taken back are history. */
export function counting(e: Evidence): CriterionOutcome[] {
  const gone = e.withdrawn ?? [];
  return e.outcomes.filter((o) => o.cohort === null || !gone.includes(o.cohort));
}

/** Criteria as three lines of the gate: which fail, which are not clear yet, which say nothing. */
function criterionItems(e: Evidence, stage: Stage): GateItem[] {
  const failing: string[] = [];
  const unclear: string[] = [];
  const silent: string[] = [];
  const through: string[] = [];
  const all = counting(e);
  for (const criterion of e.plan.criteria) {
    if (criterion.kind === 'diagnostic') continue;
    const of = all.filter((o) => o.criterion === criterion.name);
    const overall = of.find((o) => o.cohort === null);
    if (of.some((o) => o.outcome === 'fail')) failing.push(criterion.name);
    else if (!overall || overall.outcome === 'no_data') silent.push(criterion.name);
    else if (overall.outcome === 'pass') continue;
    else if (unknowable.includes(overall.reason)) unclear.push(criterion.name);
    else if (policyOf(e, overall.reason) === 'let_through') through.push(criterion.name);
    else if (stage.gate === 'pass') unclear.push(criterion.name);
  }
  const line = (reason: GateItem['reason'], names: string[]): GateItem => ({
    reason,
    met: names.length === 0,
    detail: { count: names.length, criteria: names.join(', ') },
  });
  const open = line('criterion_inconclusive', unclear);
  return [
    line('criterion_failing', failing),
    line('criterion_no_data', silent),
    through.length === 0 ? open : { ...open, detail: { ...open.detail, letThrough: through.join(', ') } },
  ];
}

function policyOf(e: Evidence, reason: OutcomeReason): UnknownPolicy {
  return reason === 'decided' ? 'wait' : (e.plan.onUnknown[reason] ?? 'wait');
}

/**
 * The first criterion, in the order of the plan, that has no answer for a reason on which the plan wants to stand
 * still. At the beginning of a stage nothing is known of anything: what is only missing yet is held against nobody
 * before `minDuration` is over. What was there and went away, or cannot be trusted, is at once.
 */
export function unknownToHold(e: Evidence): Verdict['deciding'] {
  const stage = e.plan.stages[e.stage];
  const begun = stage !== undefined && elapsed(e) >= durationMs(stage.minDuration);
  for (const criterion of e.plan.criteria) {
    if (criterion.kind === 'diagnostic') continue;
    const overall = e.outcomes.find((o) => o.criterion === criterion.name && o.cohort === null);
    if (!overall || overall.outcome === 'pass' || overall.outcome === 'fail') continue;
    const missing = overall.outcome === 'no_data' || !unknowable.includes(overall.reason);
    if (policyOf(e, overall.reason) === 'hold' && (begun || !missing))
      return { criterion: criterion.name, cohort: null };
  }
  return null;
}
