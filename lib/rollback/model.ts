/** A rollback: from the decision to the proof. Safe in a browser. */
export const rollbackStates = [
  'decided',
  'intent',
  'calling',
  'called',
  'verifying',
  'verified',
  'unconfirmed',
] as const;
export type RollbackState = (typeof rollbackStates)[number];

export type RollbackStep = {
  name: 'flags_switched' | 'listeners_serving' | 'exposure_gone';
  state: 'pending' | 'done' | 'failed';
  at: string | null;
  detail: string;
};

export type RollbackView = {
  id: string;
  rolloutId: string;
  epoch: number;
  state: RollbackState;
  /** whom it takes back; empty: everybody */
  cohorts: string[];
  steps: RollbackStep[];
  reason: string;
  decidedAt: string;
  endedAt: string | null;
  attempts: number;
};
