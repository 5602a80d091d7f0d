/** Where a sentence about the decision comes from. Pure. */
import { decisionOf } from '../impact/decided';
import type { Source } from '../model';
import { event, evidence } from './sources';
import type { Told } from './words';

/** The event that the decision made, or the decision itself. */
export function decisionSources(told: Told): Source[] {
  const decision = decisionOf(told.facts);
  const { rollback, events } = told.facts;
  const made = events.find(
    ({ kind, data }) =>
      (kind === 'rollout.rolling_back' || kind === 'rollout.cohort_withdrawn') && data.rollbackId === rollback?.id,
  );
  return [
    ...(made ? [event(made.seq)] : []),
    ...(decision ? [evidence(`decision/${decision.id}`)] : []),
    ...(made || decision || !rollback ? [] : [evidence('rollback')]),
  ];
}
