/**
 * From the memory of one strand to the outcome of a burn rate. Pure.
 *
 * It fails where two things hold:
 * - every window really burns faster than its rate, all of it that is there: the alert of the workbook. So harm that
 *   ended stops failing once it has left the shortest window, and a short burst never stands for a long window.
 * - that is not chance: for the rate of each window, a stretch that began inside the longest one and lasts until now is
 *   evidence beyond the bound; each stretch has its own part of α (`lib/stats/starts.ts`). As every rate must be
 *   exceeded this is an intersection-union test (Berger, Technometrics 24, 1982), so each rate has the whole α.
 *
 * A short window holds too little to prove anything late in a rollout, so it only says that the harm goes on: whoever
 * never burned faster than some window's rate fails with a probability of at most α, ever; whoever just did, and is now
 * about at the rate, may fail until the longest window has forgotten it.
 *
 * It passes where one window is at or below its rate, because then the alert is silent: a union, so the part of α for
 * passing is split over the windows. The evidence is the longest stretch that began inside that window, three quarters
 * of it or more. The window must also be covered (`heldBy`) and hold the minimum sample, and no stretch may lean to
 * failing at its rate.
 */
import { exponent } from '@/lib/stats/boundary';
import { noiseOf, partOf } from '@/lib/stats/dispersion';
import { type Bounds, boundsOf, intervalEnd, reach, type Stretch } from '@/lib/stats/evidence';
import { deviationAt, estimateOf, scoreAt } from '@/lib/stats/score';
import { farBins, type Sums, since } from '@/lib/stats/sums';
import { atLimit, type BurnQuestion, type BurnWindow, emptyBurn, type Held, heldBy, timeOf } from './burn';
import type { Heard, Strand } from './judge';
import { agreeing, blankLook, failPart, leaning, silence, whatIsMissing, workingOf } from './look';
import type { Bin, Look } from './model';
import type { Question } from './question';
import { emptyTrack, nextStart, type Peeked, peek, type Start } from './track';

type Given = { strand: Strand; seen: Peeked; heard: Heard; question: Question; open: Bin[] };
type Part = { stretch: Stretch; bounds: Bounds; reach: number; fromBin: number };
type View = {
  window: BurnWindow;
  held: Held;
  /** how fast it burns, null while it is empty */
  burn: number | null;
  /** the stretch that speaks most for failing, and the longest of the window, which may pass */
  worst: Part | null;
  longest: Part | null;
  /** 1 and more: it fails */
  failing: number;
  samples: number;
  /** evidence that it is at or below its rate */
  clear: boolean;
  /** 1: it passes */
  passing: number;
};

export function lookAtBurn(given: Given, burn: BurnQuestion): Look {
  const { heard, question } = given;
  const missing = whatIsMissing(heard, question);
  const evidence = burn.limits.map((_, i) => evidenceOf(given, burn, i));
  const views = burn.windows.map((window, i) => viewOf(given, burn, evidence[window.track] as Evidence, i));
  const slowest = views.reduce((least, view) => (share(view) < share(least) ? view : least));
  if (missing) return { ...blank(given, burn, slowest), outcome: 'no_data', reason: missing };

  const silent = silence(heard, question);
  const fail = Math.min(...views.map((view) => view.failing));
  const best = views.reduce((most, view) => (view.passing > most.passing ? view : most));
  const failed = fail >= 1;
  const passed = !failed && best.passing >= 1 && silent === null;
  const shown = passed ? best : slowest;
  const progress = Math.max(fail, Math.min(1, best.passing));
  // Below its rate for certain, but of too short a part of the window.
  const short = best.samples < 1 || best.clear ? 'too_few' : 'not_yet_clear';
  return {
    ...blank(given, burn, shown),
    outcome: failed ? 'fail' : passed ? 'pass' : 'inconclusive',
    reason: failed || passed ? 'decided' : (silent ?? short),
    ...intervalOf(shown, burn, question, { failed, passes: !failed && shown.clear }),
    progress: failed || passed ? 1 : Math.min(0.99, progress),
    moreSamples: failed || passed ? 0 : forecast(shown, progress),
    working: workings(failed || (!passed && fail >= best.passing), failed ? slowest : shown),
  };
}

/** How far towards its rate a window burns: the one that stops an alert is the least. */
function share(view: View): number {
  return (view.burn ?? 0) / view.window.rate;
}

/** What is asked at one rate: all that is known, and the beginnings inside the longest window, oldest first. */
type Evidence = {
  question: Question;
  alpha: number;
  now: number;
  sums: Sums;
  closed: Sums;
  starts: Start[];
  /** when each of them was */
  times: number[];
  worst: Part | null;
};

function evidenceOf({ strand, seen, question: asked, open }: Given, burn: BurnQuestion, index: number): Evidence {
  const memory = strand.burn ?? emptyBurn;
  const question = atLimit(asked, burn.limits[index] as number);
  const track = index === 0 ? strand.track : (memory.tracks[index - 1] ?? emptyTrack());
  const sums = index === 0 ? seen.sums : open.length > 0 ? peek(track, open, question).sums : track.sums;
  const now = Math.max(timeOf(open) ?? Number.NEGATIVE_INFINITY, memory.newest ?? Number.NEGATIVE_INFINITY);
  const from = now - Math.max(...burn.windows.map((w) => w.ms));
  // The times are of the same starts, in the same order.
  const first = memory.starts.findIndex((start) => start.time > from);
  const starts = first < 0 ? [] : track.starts.slice(first);
  const times = first < 0 ? [] : memory.starts.slice(first).map((start) => start.time);
  // What is still open is a beginning as well, the one that it will be once it is closed.
  if (sums.w > track.sums.w) {
    starts.push(nextStart(track, question, sums));
    times.push(now);
  }
  const evidence = { question, alpha: strand.alpha, now, sums, closed: track.sums, starts, times };
  return { ...evidence, worst: worstOf(evidence) };
}

function viewOf({ strand, question }: Given, burn: BurnQuestion, evidence: Evidence, index: number): View {
  const window = burn.windows[index] as BurnWindow;
  const { now, sums, closed, worst } = evidence;
  const held = heldBy(strand.burn ?? emptyBurn, index, { ms: window.ms, sums, closed, now });
  const { tally } = held;
  const rate = tally.w > 0 ? (tally.a1 - tally.a0) / tally.w / burn.budget : null;
  const longest = rate === null ? null : longestOf(evidence, window, burn.windows.length);
  const above = rate !== null && rate > window.rate;
  const fewest = question.shape.against === 'baseline' ? Math.min(tally.n1, tally.n0) : tally.n1;
  const samples = question.minSamples > 0 ? fewest / question.minSamples : 1;
  const speaks = worst?.reach ?? 0;
  return {
    window,
    held,
    burn: rate,
    worst,
    longest,
    failing: above ? speaks : Math.min(0.99, speaks, Math.max(0, (rate ?? 0) / window.rate)),
    samples,
    clear: !above && speaks < leaning && (longest?.reach ?? 0) >= 1,
    passing: above ? 0 : Math.min(longest?.reach ?? 0, samples, held.covered, speaks < leaning ? 1 : 0.99),
  };
}

type Asked = Omit<Evidence, 'worst'>;

/**
 * The noise is learned inside the longest window only, before and after the beginning apart: what was before would make
 * noise of a change of level that is long past.
 */
function stretchOf({ sums, question, closed, starts }: Asked, start: Start): Stretch | null {
  const { shape } = question;
  const own = since(sums, start.before, start.firstRun);
  if (!(own.w > 0)) return null;
  const first = starts[0] as Start;
  const ran = start.at - first.at >= farBins - 1 ? first.firstRun : null;
  const before = start.at > first.at ? partOf(since(start.before, first.before, ran), shape) : null;
  // Nothing is closed yet: what is open is all that there is to learn the noise from.
  const part = partOf(closed.bins > 0 ? own : { ...own, bins: 1 }, shape);
  return { sums: own, shape, noise: noiseOf(part, before, shape), rho: start.rho };
}

function worstOf(asked: Asked): Part | null {
  const { shape, scoreLimit } = asked.question;
  const alpha = asked.alpha * failPart;
  const now = deviationAt(asked.sums, shape, scoreLimit);
  let worst: Part | null = null;
  for (const start of asked.starts) {
    // Most stretches lie below the rate, and of the rest most could not win even without noise: cheap to see.
    if (worst && now - deviationAt(start.before, shape, scoreLimit) <= 0) continue;
    const score = worst && scoreAt(since(asked.sums, start.before, start.firstRun), shape, scoreLimit);
    if (worst && score && exponent(score) / -Math.log(alpha * start.share) <= worst.reach) continue;
    const stretch = stretchOf(asked, start);
    if (!stretch) continue;
    const bounds = boundsOf(alpha * start.share);
    const reached = reach(stretch, scoreLimit, 'above', bounds);
    if (!worst || reached > worst.reach) worst = { stretch, bounds, reach: reached, fromBin: start.at };
  }
  return worst;
}

function longestOf(asked: Asked, window: BurnWindow, windows: number): Part | null {
  for (const [i, start] of asked.starts.entries()) {
    const stretch = (asked.times[i] as number) > asked.now - window.ms ? stretchOf(asked, start) : null;
    if (!stretch) continue;
    const bounds = boundsOf((asked.alpha * (1 - failPart) * start.share) / windows);
    const reached = reach(stretch, window.limit, 'below', bounds);
    return { stretch, bounds, reach: reached, fromBin: start.at };
  }
  return null;
}

/**
 * The burn of the whole window as it was seen, and as it would be were its stretch (failing: the one that fails, else
 * the longest) at either end of that one's own interval.
 */
function intervalOf(view: View, burn: BurnQuestion, question: Question, of: { failed: boolean; passes: boolean }) {
  const { burn: estimate, longest, worst, held } = view;
  const part = of.failed ? worst : longest;
  if (estimate === null || !part || !longest || !worst) return { estimate, low: null, high: null };
  const { stretch } = part;
  const at = estimateOf(stretch.sums, stretch.shape) ?? 0;
  const most = 1 / burn.budget;
  const least = question.shape.against === 'baseline' ? -most : 0;
  const moved = (end: number) => estimate + ((end - at) * Math.min(1, stretch.sums.w / held.tally.w)) / burn.budget;
  const low = Math.max(least, moved(intervalEnd(stretch, 'above', worst.bounds) ?? least * burn.budget));
  const high = Math.min(most, moved(intervalEnd(stretch, 'below', longest.bounds) ?? 1));
  const effect = agreeing({ estimate, low, high }, { ...question, limit: view.window.rate }, of.failed, of.passes);
  return { estimate, low: Math.min(effect.low ?? low, estimate), high: Math.max(effect.high ?? high, estimate) };
}

function workings(failing: boolean, view: View) {
  const part = failing ? view.worst : view.longest;
  return part && workingOf(part, failing ? 'above' : 'below', view.window.limit);
}

/** Evidence grows about in proportion to the sample, while the window still grows. */
function forecast({ held }: View, progress: number): number | null {
  if (progress < 1e-3 || progress >= 1 || held.whole) return null;
  return Math.ceil(held.tally.n1 * (1 / progress - 1));
}

/** Counts are those of the window that is shown, values its burn rate. */
function blank(given: Given, burn: BurnQuestion, { held, window }: View): Look {
  const { tally } = held;
  const arm = (n: number, k: number) => ({ n, value: n > 0 ? k / n / burn.budget : null, k });
  const two = given.question.shape.against === 'baseline';
  return {
    ...blankLook(given),
    limit: window.rate,
    baseline: two ? arm(tally.n0, tally.y0) : null,
    candidate: arm(tally.n1, tally.y1),
  };
}
