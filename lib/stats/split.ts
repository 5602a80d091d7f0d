/** Is the split that is seen the split that was planned? Pure. */
import { boundOf, exponentNeeded } from './boundary';

export type SplitLook = { ok: boolean | null; low: number; high: number };

/**
 * What is counted are requests, not people: one person sends many, and a version may send a few more or fewer. So
 * `clump` requests count as one draw, and a split within `tolerance` (a part of the smaller planned share) of the plan
 * is the planned one.
 */
const clump = 20;
const tolerance = 0.1;

/**
 * Sequential sample-ratio test: the always-valid normal-mixture interval of the candidate's share (Lindon & Malek,
 * arXiv 2011.03567, with the mixture of `boundary.ts`), `alpha` over both sides and all looks.
 * `planned` is the candidate's share, 0..1, as are `low` and `high`; `ok: null` while the interval is too wide to say.
 */
export function splitLook(seen: { planned: number; candidate: number; baseline: number; alpha: number }): SplitLook {
  const draws = (seen.candidate + seen.baseline) / clump;
  if (!(draws > 0)) return { ok: null, low: 0, high: 1 };
  const share = seen.candidate / (seen.candidate + seen.baseline);
  // Half a draw either way keeps the variance above zero when one arm has not been seen at all.
  const smoothed = (share * draws + 0.5) / (draws + 1);
  const v = draws * smoothed * (1 - smoothed);
  const needed = exponentNeeded(v, 10, boundOf(seen.alpha / 2));
  const half = Math.sqrt(2 * needed * v) / draws;
  const low = Math.max(0, share - half);
  const high = Math.min(1, share + half);
  const room = tolerance * Math.min(seen.planned, 1 - seen.planned);
  if (low > seen.planned + room || high < seen.planned - room) return { ok: false, low, high };
  const known = high - low <= 2 * room + Math.min(seen.planned, 1 - seen.planned);
  return { ok: known ? true : null, low, high };
}
