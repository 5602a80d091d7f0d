/**
 * The life of a rollout, as one table:
 *
 *   draft ──start──▶ running ◀──resume── held
 *                    running ──hold────▶ held
 *   running, held ──roll_back──▶ rolling_back ──confirm_rolled_back──▶ rolled_back
 *   running, held ──complete───▶ completed
 *
 * `widen` stays in running; `withdraw` takes some cohorts back and stays where it is. rolled_back and completed are final. rolling_back exposes nothing from the moment
 * that it is committed; what is left is to prove it.
 */
import { conflict } from '@/lib/errors';
import type { Action, RolloutState } from './model';

type Kind = Action['kind'];

const table: Record<RolloutState, Partial<Record<Kind, RolloutState>>> = {
  draft: { start: 'running' },
  running: {
    widen: 'running',
    hold: 'held',
    roll_back: 'rolling_back',
    withdraw: 'running',
    complete: 'completed',
  },
  held: { resume: 'running', roll_back: 'rolling_back', withdraw: 'held', complete: 'completed' },
  rolling_back: { confirm_rolled_back: 'rolled_back' },
  rolled_back: {},
  completed: {},
};

export function nextState(state: RolloutState, kind: Kind): RolloutState | null {
  return table[state][kind] ?? null;
}

export type Position = { state: RolloutState; stage: number };

/** @throws BelayError conflict when the table, or the number of stages, does not allow it */
export function transition(from: Position, action: Action, stages: number): Position {
  // Whoever held it, from now on it is held because Belay asks.
  if (action.kind === 'hold' && action.reason === 'rollback_cap' && from.state === 'held') return from;
  const state = nextState(from.state, action.kind);
  if (state === null) throw conflict(`A rollout that is ${words[from.state]} cannot ${verbWords[action.kind]}`);
  if (action.kind === 'start') return { state, stage: 0 };
  if (action.kind !== 'widen') return { state, stage: from.stage };
  if (action.toStage !== from.stage + 1 || action.toStage >= stages)
    throw conflict(
      from.stage + 1 >= stages ? 'There is no stage after the last' : 'A rollout widens one stage at a time',
    );
  return { state, stage: action.toStage };
}

const words: Record<RolloutState, string> = {
  draft: 'a draft',
  running: 'running',
  held: 'held',
  rolling_back: 'rolling back',
  rolled_back: 'rolled back',
  completed: 'completed',
};
const verbWords: Record<Kind, string> = {
  start: 'be started',
  widen: 'be widened',
  hold: 'be held',
  resume: 'be resumed',
  roll_back: 'be rolled back',
  withdraw: 'be taken back from a cohort',
  confirm_rolled_back: 'be confirmed as rolled back',
  complete: 'be completed',
};
