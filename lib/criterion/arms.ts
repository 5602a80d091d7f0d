/** From roll-up rows to what the judge compares. Pure. */
import type { BinRow } from '@/lib/signal/model';
import type { Bin, Criterion } from './model';

export type ArmsByCohort = { unit: string; byCohort: Map<string, Bin[]> };

/**
 * Rows of many series become one arm a version, cohort and bin. `until` (ms) is how far data goes: the rate of a bin
 * that is still filling is taken over the seconds that have passed.
 */
export function toBins(
  _criterion: Criterion,
  _rows: readonly BinRow[],
  _versions: { baseline: string; candidate: string },
  _binMs: number,
  _until?: number,
): ArmsByCohort {
  throw new Error('not yet');
}
