/** When each stage began, and so what share of a cohort was planned to have the candidate in a bin. Pure. */
import type { Exposure } from '@/lib/criterion/arms';
import type { DecisionView, Plan } from '../model';
import { everybodyOnly, shareOf } from '../plan/exposure';

export type StageWindow = { at: number; stage: number };

/** People keep a version for a while after their share has changed, and senders report once a minute. */
const settlesMs = 60_000;

/** Oldest first, as `decisions` need not be. */
export function windowsOf(decisions: readonly DecisionView[]): StageWindow[] {
  return decisions
    .filter((d) => d.acted && (d.action === 'start' || d.action === 'widen'))
    .map((d) => ({ at: Date.parse(d.at), stage: d.toStage }))
    .sort((a, b) => a.at - b.at);
}

/** Whether anything is judged that needs to know it: events a second of two arms. */
export function needsWindows(plan: Plan): boolean {
  return plan.criteria.some((c) => c.measure === 'rate' && c.against === 'baseline');
}

/** Null for a bin in which the share changed, or where nobody planned one. */
export function exposureOver(
  plan: Plan,
  windows: readonly StageWindow[],
  { width, without }: { width: number; without: readonly string[] },
): Exposure {
  const planned = (cohort: string, window: StageWindow | undefined) =>
    window ? shareOf(plan, window.stage, cohort, without) / 100 : 0;
  return (cohort, at) => {
    // Who is in no cohort that telemetry names may be in any that the plan does.
    if (cohort === '' && !everybodyOnly(plan)) return null;
    const before = windows.filter((w) => w.at <= at - settlesMs).at(-1);
    const share = planned(cohort, before);
    const changed = windows.some((w) => w.at > at - settlesMs && w.at < at + width && planned(cohort, w) !== share);
    return changed || share <= 0 ? null : share;
  };
}
