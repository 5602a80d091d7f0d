/** What is to be done about a rollout, from what is known now. Pure; the order of the rules is the order of the file. */
import type { CriterionOutcome } from '@/lib/criterion/model';
import { counting, elapsed, gateItems, isLast, unknownToHold } from './gate';
import type { Action, GateItem, Plan, RolloutState, Verdict, VerdictKind, VerdictReason } from './model';
import { durationMs } from './plan/duration';
import { cohortsToWithdraw } from './regression';

export type Evidence = {
  plan: Plan;
  state: RolloutState;
  stage: number;
  stageSince: Date;
  /** why it is held; null unless held */
  heldReason: VerdictReason | null;
  /** cohorts that were taken back already */
  withdrawn?: string[];
  /** cohorts that the flags can tell from others, so that they can be taken back alone */
  withdrawable?: string[];
  /** every criterion, overall (`cohort: null`) and by cohort */
  outcomes: CriterionOutcome[];
  /** candidate observations since the stage began, of the criterion with the most */
  stageSamples: number;
  split: Verdict['split'];
  /** migration steps that the next stage needs and that are not applied; left out: not known, as in a backtest */
  unapplied?: string[];
  /** when a drill of it was last proven, null: never; left out: not known, as in a backtest */
  lastProven?: Date | null;
  /** an approval of this stage and of this very plan has been given */
  approved: boolean;
  /** the global stop: nothing automatic acts */
  automationStopped: boolean;
  /** Belay can switch the versions of this feature (a flag, not a deployment) */
  switchable: boolean;
  /** Belay has rolled back as often as it may by itself for now */
  capReached?: boolean;
  /** newest datum that the outcomes used */
  dataUntil: Date | null;
  now: Date;
};

/**
 * `action` is to be carried out by Belay now. `withheld` is what Belay would do but may not:
 * the rollout only observes, or everything automatic is stopped. Never both.
 */
export type Decided = Verdict & { action: Action | null; withheld: Action | null };

const lookEveryMs = 1_000;

export function decide(e: Evidence): Decided {
  const gate = gateItems(e);
  const judged = capped(e, conclude(e, gate));
  const { kind, reason, deciding, wish } = judged;
  const may = e.plan.mode === 'act' && !e.automationStopped;
  // Only a change is an action: what already is (held while held) needs no deed. That people are asked is a change.
  const asks = wish?.kind === 'hold' && wish.reason === 'rollback_cap';
  const action = wish && (asks || !(wish.kind === 'hold' && e.state === 'held')) ? wish : null;
  const stoppedBy = action && e.plan.mode === 'act' && e.automationStopped;
  return {
    kind,
    reason: stoppedBy ? 'automation_stopped' : reason,
    deciding,
    gate,
    outcomes: e.outcomes,
    split: e.split,
    at: e.now.toISOString(),
    dataUntil: e.dataUntil?.toISOString() ?? null,
    nextLookAt: new Date(e.now.getTime() + lookEveryMs).toISOString(),
    action: may ? action : null,
    withheld: may ? null : action,
  };
}

type Conclusion = {
  kind: VerdictKind;
  reason: VerdictReason;
  deciding: Verdict['deciding'];
  /** what Belay would do about it if it may */
  wish: Action | null;
};

function conclude(e: Evidence, gate: GateItem[]): Conclusion {
  if (e.state !== 'running' && e.state !== 'held')
    return { kind: 'hold', reason: 'finished', deciding: null, wish: null };

  const regression = worst(e, 'guardrail');
  if (regression) return retreatFrom(e, regression);
  const unknown = unknownToHold(e);
  if (e.state === 'held') {
    const reason = heldFor(e.heldReason);
    return { kind: 'hold', reason, deciding: reason === 'unknown_held' ? unknown : null, wish: null };
  }
  // A person goes on from here: what was not known is looked at before it is let go.
  if (unknown) return retreat(e, 'unknown_held', unknown, 'hold');

  const holds = gate.every((item) => item.met);
  const stage = e.plan.stages[e.stage];
  if (!holds && stage?.maxDuration !== undefined && elapsed(e) >= durationMs(stage.maxDuration))
    return retreat(e, 'stage_timed_out', null, stage.onTimeout);

  const missed = worst(e, 'success');
  if (missed) return { kind: 'hold', reason: 'success_failed', deciding: missed, wish: null };
  if (!holds) return { kind: 'hold', reason: 'gate_waits', deciding: null, wish: null };
  return isLast(e)
    ? { kind: 'widen', reason: 'finished', deciding: null, wish: { kind: 'complete' } }
    : { kind: 'widen', reason: 'gate_holds', deciding: null, wish: { kind: 'widen', toStage: e.stage + 1 } };
}

/**
 * Past the cap Belay stands still and asks. Once it has asked, the answer is a person's: room in the window is none.
 * Where it may not act at all it does not ask either.
 */
function capped(e: Evidence, found: Conclusion): Conclusion {
  if (found.wish?.kind !== 'roll_back' && found.wish?.kind !== 'withdraw') return found;
  if (e.state === 'held' && e.heldReason === 'rollback_cap') return { ...found, reason: 'rollback_cap', wish: null };
  if (!e.capReached || e.plan.mode !== 'act' || e.automationStopped) return found;
  return { ...found, reason: 'rollback_cap', wish: { kind: 'hold', reason: 'rollback_cap' } };
}

/** From a failing guardrail: with the cohorts that it fails in, where the plan says so and it is only they, or whole. */
function retreatFrom(e: Evidence, failing: Verdict['deciding']): Conclusion {
  const cohorts = cohortsToWithdraw(e);
  if (!cohorts) return retreat(e, 'guardrail_failed', failing, e.plan.onRegression);
  const deciding = failing && { ...failing, cohort: failing.cohort ?? cohorts[0] ?? null };
  return { kind: 'roll_back', reason: 'cohort_regressed', deciding, wish: { kind: 'withdraw', cohorts } };
}

/** Back to the baseline, or standing still where the plan says so or nobody here can switch. */
function retreat(
  e: Evidence,
  reason: VerdictReason,
  deciding: Verdict['deciding'],
  order: 'roll_back' | 'hold',
): Conclusion {
  if (order === 'hold') return { kind: 'hold', reason, deciding, wish: { kind: 'hold', reason } };
  if (!e.switchable)
    return { kind: 'roll_back', reason: 'not_switchable', deciding, wish: { kind: 'hold', reason: 'not_switchable' } };
  return { kind: 'roll_back', reason, deciding, wish: { kind: 'roll_back' } };
}

function heldFor(reason: VerdictReason | null): VerdictReason {
  if (reason === 'guardrail_failed' || reason === 'not_switchable') return 'held_after_regression';
  return reason ?? 'held_by_person';
}

/** The failing criterion that the verdict names: first in the plan; the cohort where exactly one fails, else overall. */
function worst(e: Evidence, kind: 'guardrail' | 'success'): Verdict['deciding'] {
  for (const criterion of e.plan.criteria) {
    if (criterion.kind !== kind) continue;
    const failing = counting(e).filter((o) => o.criterion === criterion.name && o.outcome === 'fail');
    if (failing.length === 0) continue;
    const cohorts = failing.filter((o) => o.cohort !== null);
    const overall = failing.length > cohorts.length;
    const named = cohorts.length === 1 || !overall ? cohorts[0] : undefined;
    return { criterion: criterion.name, cohort: named?.cohort ?? null };
  }
  return null;
}
