/** What a stage asks of rehearsals before anybody is in it. Pure. */
import { isDrillEnvironment } from '@/lib/drill/model';
import type { Action, Plan } from '../model';
import { durationMs } from './duration';

export type Stale = { stage: string; within: string };

/** Stages that the action enters. */
function entered({ stages }: Plan, stage: number, action: Action): number[] {
  if (action.kind === 'start') return [0];
  if (action.kind === 'widen') return [action.toStage];
  return action.kind === 'complete' ? stages.map((_, i) => i).filter((i) => i > stage) : [];
}

/** Whether a stage that the action enters asks for a proven drill; in a rehearsal none does. */
export function asksForDrill(plan: Plan, stage: number, action: Action): boolean {
  if (isDrillEnvironment(plan.environment)) return false;
  return entered(plan, stage, action).some((i) => Boolean(plan.stages[i]?.requireDrill));
}

/** The first such stage for which the last proof is too old; null: none is. Never proven is too old for any. */
export function staleFor(
  plan: Plan,
  { stage, action, lastProven, now }: { stage: number; action: Action; lastProven: Date | null; now: Date },
): Stale | null {
  if (!asksForDrill(plan, stage, action)) return null;
  for (const i of entered(plan, stage, action)) {
    const of = plan.stages[i];
    if (!of?.requireDrill) continue;
    const fresh = lastProven !== null && now.getTime() - lastProven.getTime() <= durationMs(of.requireDrill);
    if (!fresh) return { stage: of.name, within: of.requireDrill };
  }
  return null;
}

export function staleWords({ stage, within }: Stale, { feature, environment }: Plan, lastProven: Date | null): string {
  const last = lastProven === null ? 'none ever was' : `the last one was on ${lastProven.toISOString()}`;
  return `The stage ${stage} needs a drill of ${feature} in ${environment} that was proven within ${within}: ${last}`;
}
