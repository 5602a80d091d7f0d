/** Which decision a report is about, and which criteria had failed by then. Pure. */
import type { DecisionView, Verdict } from '@/lib/rollout/model';
import type { Facts } from '../facts';

/** That took the candidate back: the one that the rollback names, else the newest within the stretch. */
export function decisionOf({ decisions, rollback, from, to }: Facts): DecisionView | null {
  const back = decisions.filter((d) => d.acted && (d.action === 'roll_back' || d.action === 'withdraw'));
  const named = back.find((d) => rollback && d.epoch === rollback.epoch && d.rolloutId === rollback.rolloutId);
  const end = Date.parse(rollback?.decidedAt ?? to);
  const before = back.findLast((d) => Date.parse(d.at) <= end && Date.parse(d.at) >= Date.parse(from));
  return named ?? before ?? null;
}

/** Whether somebody should have rolled back by it (as a drill's clock sees it). */
export function isFailing({ kind, reason, outcomes }: Verdict): boolean {
  return (
    kind === 'roll_back' ||
    reason === 'guardrail_failed' ||
    reason === 'cohort_regressed' ||
    reason === 'success_failed' ||
    outcomes.some((o) => o.kind === 'guardrail' && o.outcome === 'fail')
  );
}

/** Names of criteria that failed, overall or in a cohort, at any decision that is told of. */
export function failedIn({ decisions }: Facts): Set<string> {
  const failed = new Set<string>();
  for (const { evidence } of decisions)
    for (const { criterion, outcome } of evidence?.outcomes ?? []) if (outcome === 'fail') failed.add(criterion);
  return failed;
}
