/** Is the split that is seen the split that was planned? Pure. */

export type SplitLook = { ok: boolean | null; low: number; high: number };

/** `planned` is the candidate's share, 0..1, as are `low` and `high`. */
export function splitLook(_seen: { planned: number; candidate: number; baseline: number; alpha: number }): SplitLook {
  throw new Error('not yet');
}
