/** Which candidates a reader is shown first. Pure. */
import type { Candidate } from '../model';

const most = 5;

/** Those of the criterion that decided come first; what others say is much the same. */
export function foremost(candidates: readonly Candidate[]): { shown: Candidate[]; rest: Candidate[] } {
  const own = candidates.filter((c) => c.criterion === candidates[0]?.criterion);
  const telling = own.filter((c) => c.clear && !c.symptom);
  const shown = (telling.length > 0 ? telling : own).slice(0, most);
  return { shown, rest: candidates.filter((c) => !shown.includes(c)) };
}

/** The first that chance does not explain and that points somewhere: wherever one is named, it is this one. */
export const standingOut = (candidates: readonly Candidate[]): Candidate | undefined =>
  candidates.find((c) => c.clear && !c.symptom && c.key !== 'cohort');
