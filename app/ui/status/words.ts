/** Moments of a rollout or an incident, in plain words. */

import type { Tone } from '@/app/ui/text/words';
import type { Moment, UpdateState } from '@/lib/status/model';

export const momentWords: Record<Moment, string> = {
  started: 'Rollout started',
  widened: 'Widened',
  held: 'On hold',
  resumed: 'Goes on',
  rolled_back: 'Taken back',
  partly_rolled_back: 'Taken back from some',
  return_proven: 'Return proven',
  return_unconfirmed: 'Return not confirmed',
  finished: 'Finished',
  published: 'Report published',
  marked: 'Incident marked',
  goes_on: 'Still goes on',
  ended: 'Incident over',
  drill_failed: 'Rehearsal failed',
  written: 'Written by a person',
};

export const updateStateWords: Record<UpdateState, { label: string; tone: Tone }> = {
  draft: { label: 'Draft', tone: 'warn' },
  sent: { label: 'Sent', tone: 'good' },
  dropped: { label: 'Not sent', tone: 'plain' },
};
