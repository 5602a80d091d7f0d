/** Is the split that is seen the split that was planned? Pure. */
import { boundOf, exponentNeeded } from './boundary';

/** Observations of both arms; `squares`: the sum over `bins` time bins of candidate²/(candidate + baseline). */
export type SplitCounts = { candidate: number; baseline: number; bins: number; squares: number };
export type SplitLook = { ok: boolean | null; low: number; high: number };

/** So many requests of one person in one bin are expected before anything was seen, and this is worth so many bins. */
const clumpAtFirst = 10;
const worthBins = 8;
const clumpAtLeast = 2;
/**
 * Past so many draws the same people have come back so often that their requests say nothing new. The interval is then
 * never narrower than about what a thousand people allow.
 */
const mostDraws = 3_600;
/** In standard deviations of one draw: a version may need a few more or fewer requests for the same work. */
const tolerance = 0.03;
/** A share is known when the interval reaches no further than this, or than the smaller of the planned shares. */
const knownWithin = 0.25;

/**
 * Sequential sample-ratio test: the always-valid normal-mixture interval of the candidate's share (Lindon & Malek,
 * arXiv 2011.03567, with the mixture of `boundary.ts`), `alpha` over both sides and all looks. What is split are people
 * and what is counted are their requests, so a draw is as many requests as the share varies more from bin to bin than
 * single requests would (the dispersion of a quasi-binomial model: McCullagh & Nelder, section 4.5). Fewer draws than
 * there are only widen the interval.
 *
 * What requests cannot tell: a crowd of a few hundred whose split happens to be uneven for good, and a version for
 * which a person sends a quarter more or fewer of them. Both can be taken for a wrong split, which blocks widening and
 * does nothing else.
 *
 * `planned` is the candidate's share, 0..1, as are `low` and `high`; `ok: null` while the interval is too wide to say.
 */
export function splitLook(seen: SplitCounts & { planned: number; alpha: number }): SplitLook {
  const { planned, alpha } = seen;
  const n = seen.candidate + seen.baseline;
  if (!(n > 0)) return { ok: null, low: 0, high: 1 };
  const share = seen.candidate / n;
  const draws = n / clumpOf(seen);
  const half = halfWidth(share, Math.min(draws, mostDraws), alpha);
  const low = Math.max(0, share - half);
  const high = Math.min(1, share + half);
  const room = tolerance * Math.sqrt(planned * (1 - planned));
  if (low > planned + room || high < planned - room) return { ok: false, low, high };
  const known = halfWidth(share, draws, alpha) <= Math.min(planned, 1 - planned, knownWithin);
  return { ok: known ? true : null, low, high };
}

/** How many requests count as one draw: what the bins show, more and more in place of what is expected at first. */
function clumpOf({ candidate, baseline, bins, squares }: SplitCounts): number {
  const n = candidate + baseline;
  const share = candidate / n;
  const scatter = Math.max(0, squares - share * candidate);
  const shown = candidate > 0 && baseline > 0 ? scatter / (share * (1 - share)) : 0;
  const degrees = shown > 0 ? bins - 1 : 0;
  return Math.max(clumpAtLeast, (worthBins * clumpAtFirst + shown) / (worthBins + degrees));
}

function halfWidth(share: number, draws: number, alpha: number): number {
  // Half a draw either way keeps the variance above zero when one arm has not been seen at all.
  const smoothed = (share * draws + 0.5) / (draws + 1);
  const v = draws * smoothed * (1 - smoothed);
  return Math.sqrt(2 * exponentNeeded(v, 10, boundOf(alpha / 2)) * v) / draws;
}
