/** What there is to say of a migration step, in plain words. */

import { visible } from '@/app/ui/text/name';
import type { Tone } from '@/app/ui/text/words';
import type { Block, MigrationAction, MigrationKind, MigrationState, MigrationView } from '@/lib/migration/model';

export const kindWords: Record<MigrationKind, { label: string; says: string }> = {
  expand: { label: 'Expand', says: 'adds what the candidate needs' },
  backfill: { label: 'Backfill', says: 'fills it' },
  switch: { label: 'Switch', says: 'makes use of it' },
  contract: { label: 'Contract', says: 'takes away what the version before needed' },
};

export const migrationStateWords: Record<MigrationState, { label: string; tone: Tone }> = {
  pending: { label: 'Not applied', tone: 'plain' },
  applying: { label: 'Applying', tone: 'warn' },
  applied: { label: 'Applied', tone: 'good' },
  reverting: { label: 'Reverting', tone: 'warn' },
  reverted: { label: 'Reverted', tone: 'plain' },
  failed: { label: 'Failed', tone: 'bad' },
  left: { label: 'Left in place', tone: 'warn' },
};

/** It waits for a person, who then says so. */
export function waitsForPerson({ state, apply, revert, applied }: MigrationView): boolean {
  if (state === 'applying') return apply.kind === 'manual' && !applied;
  return state === 'reverting' && revert?.kind === 'manual';
}

export function canApply({ state, blockedBy }: MigrationView): boolean {
  return blockedBy.length === 0 && (state === 'pending' || state === 'reverted' || state === 'failed');
}

export function canRevert(step: MigrationView): boolean {
  const there = step.applied || (step.state === 'failed' && step.apply.kind !== 'sql');
  const still = step.state === 'applied' || step.state === 'failed' || step.state === 'left';
  return there && still && step.revertBlockedBy.length === 0;
}

/** The part of a sentence before the name of a step, or the whole of it. */
export function blockWords({ reason, step }: Block): string {
  switch (reason) {
    case 'depends_on':
      return 'Waits for';
    case 'not_started':
      return 'A later stage needs it: it can be applied once the rollout has started';
    case 'before_graduation':
      return 'Waits until the rollout has completed, for the version before still needs what it takes away';
    case 'stands_on':
      return step === null
        ? 'Cannot be reverted now: the candidate is served and needs it'
        : 'Cannot be reverted under';
    case 'rolled_back':
      return 'The rollout was rolled back: it is not applied any more';
    case 'running':
      return 'Is under way';
    case 'no_way_back':
      return 'There is no way back, as it was declared';
  }
}

/** In one line, without the statements themselves. */
export function actionWords(action: MigrationAction): string {
  if (action.kind === 'manual') return 'by a person';
  return action.kind === 'sql' ? `statements in ${visible(action.database)}` : `a call to ${visible(action.webhook)}`;
}

/** `rol_…/name` → what is read, given the rollout that the reader looks at. */
export function stepName(ref: string, from: string): string {
  const cut = ref.lastIndexOf('/');
  const [rollout, name] = [ref.slice(0, cut), ref.slice(cut + 1)];
  return rollout === from ? visible(name) : visible(ref);
}
