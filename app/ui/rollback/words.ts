/** Rollbacks in plain words. */

import type { IconName } from '@/app/ui/icon';
import type { Tone } from '@/app/ui/text/words';
import type { RollbackState, StepState } from '@/lib/rollback/model';
import type { Difference, SnapshotCause } from '@/lib/snapshot/model';
import type { ProofKind, ProofState } from './reading';

export const rollbackStateWords: Record<RollbackState, { label: string; tone: Tone }> = {
  decided: { label: 'Decided', tone: 'bad' },
  intent: { label: 'About to switch', tone: 'bad' },
  calling: { label: 'Switching', tone: 'bad' },
  called: { label: 'Switched', tone: 'bad' },
  verifying: { label: 'Being verified', tone: 'warn' },
  verified: { label: 'Verified', tone: 'good' },
  unconfirmed: { label: 'Not confirmed', tone: 'bad' },
};

export const stepStateWords: Record<StepState, { label: string; tone: Tone; icon: IconName }> = {
  pending: { label: 'Not begun', tone: 'plain', icon: 'minus' },
  running: { label: 'Under way', tone: 'warn', icon: 'start' },
  waiting: { label: 'Waits', tone: 'warn', icon: 'clock' },
  done: { label: 'Done', tone: 'good', icon: 'pass' },
  failed: { label: 'Failed', tone: 'bad', icon: 'fail' },
  left: { label: 'Left as it is', tone: 'plain', icon: 'no_data' },
};

export const proofWords: Record<ProofKind, string> = {
  read_back: 'Read back',
  exposure: 'Telemetry',
  integrity: 'Integrity checks',
  criteria: 'Criteria',
};

export const proofStateWords: Record<ProofState, string> = {
  proven: 'proven',
  open: 'not yet',
  failed: 'not so',
  left: 'does not apply',
  none: 'none declared',
};

/** When a snapshot was taken, as the beginning of a phrase. */
export const causeWords: Record<SnapshotCause, string> = {
  start: 'before the start',
  widen: 'before a widening',
  change: 'before a change',
  rollback: 'before a rollback',
  demand: 'taken by hand',
};

export const partWords: Record<Difference['part'], string> = {
  baseline: 'Baseline',
  versions: 'Values of versions',
  exposure: 'Exposure',
  overrides: 'Overrides',
  configuration: 'Configuration',
  migrations: 'Migrations',
  criteria: 'Criteria',
};
