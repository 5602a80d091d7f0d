/**
 * Burn rates: how many times faster than an objective allows its error budget is spent, (bad/total)/(1 − objective),
 * in several windows at once (Google, The Site Reliability Workbook, "Alerting on SLOs", §6: multiwindow, multi-burn-rate
 * alerts). Here is what is remembered of the windows; `burn-look.ts` judges them. Plain data, never changed in place.
 *
 * A window is what its newest bins hold: those that began less than its length before the newest one did. Its beginning
 * moves in steps of a sixtieth of its length (or of a bin, where that is longer), so a month costs what an hour costs.
 */
import { isAlive } from '@/lib/stats/starts';
import type { Sums } from '@/lib/stats/sums';
import { type Bin, burnMargin, type Criterion } from './model';
import type { Question } from './question';
import { emptyTrack, extend, type Track } from './track';

/** `rate`: with the margin; `limit`: the same as a share; `track`: which of `limits` it is. */
export type BurnWindow = { ms: number; rate: number; limit: number; track: number };
export type BurnQuestion = { budget: number; windows: BurnWindow[]; limits: number[] };

export function burnQuestionOf(criterion: Criterion): BurnQuestion {
  // What 1 − 0.999 leaves behind the twelfth digit is no part of a budget.
  const budget = Number((1 - (criterion.objective ?? 0)).toPrecision(12));
  const margin = burnMargin(criterion.margin) ?? { times: 1, plus: 0 };
  const rated = (criterion.windows ?? []).map(({ minutes, rate }) => {
    const most = rate * margin.times + margin.plus;
    return { ms: minutes * 60_000, rate: most, limit: most * budget };
  });
  const limits = [...new Set(rated.map((w) => w.limit))];
  return { budget, limits, windows: rated.map((w) => ({ ...w, track: limits.indexOf(w.limit) })) };
}

/** The question as a window with this limit asks it: a share against a number, or a difference of shares. */
export function atLimit(question: Question, limit: number): Question {
  return limit === question.scoreLimit ? question : { ...question, scoreLimit: limit };
}

/** What a window has to show exactly. */
type Tally = Pick<Sums, 'n1' | 'y1' | 'n0' | 'y0' | 'w' | 'a1' | 'a0'>;
/** The sums before the first bin of a step of a window, and when that bin began. */
type Cell = { time: number; before: Tally };

export type BurnMemory = {
  /** when the newest bin began, and the shortest time from one bin to the next */
  newest: number | null;
  width: number | null;
  /** of every limit but the first, which is the strand's own */
  tracks: Track[];
  /** when the first bin of each start that is alive began, in the order of the track's own */
  starts: Array<{ at: number; time: number }>;
  /** one a window, oldest cell first */
  rings: Cell[][];
};

const cellsPerWindow = 60;

export const emptyBurn: BurnMemory = { newest: null, width: null, tracks: [], starts: [], rings: [] };

/** The closed bins of one time; `before` and `after` are the strand's track without and with them. */
export function extendBurn(
  memory: BurnMemory,
  of: { before: Track; after: Track; bins: Bin[]; question: Question; burn: BurnQuestion },
): BurnMemory {
  const { before, after, bins, question, burn } = of;
  const time = timeOf(bins);
  if (time === null) return memory;
  const grew = after.sums.bins > before.sums.bins;
  const gap = memory.newest === null ? 0 : time - memory.newest;
  return {
    newest: Math.max(time, memory.newest ?? time),
    width: gap > 0 ? Math.min(gap, memory.width ?? gap) : memory.width,
    tracks: burn.limits
      .slice(1)
      .map((limit, i) => extend(memory.tracks[i] ?? emptyTrack(), bins, atLimit(question, limit))),
    starts: grew
      ? [...memory.starts.filter((s) => isAlive(s.at, after.sums.bins)), { at: before.sums.bins, time }]
      : memory.starts,
    rings: burn.windows.map((window, i) => turned(memory.rings[i] ?? [], window, time, grew ? before.sums : null)),
  };
}

/** What has left the window is forgotten; `before`, where something was added, opens a cell once the last is full. */
function turned(ring: Cell[], { ms }: BurnWindow, time: number, before: Sums | null): Cell[] {
  const gone = ring.findIndex((cell) => cell.time > time - ms);
  const kept = gone === 0 ? ring : gone < 0 ? [] : ring.slice(gone);
  const last = kept.at(-1);
  if (!before || (last && time < last.time + ms / cellsPerWindow)) return kept;
  return [...kept, { time, before: tallyOf(before) }];
}

/** When the bins of one time began; null without bins. */
export function timeOf(bins: Bin[]): number | null {
  return bins.length === 0 ? null : Math.max(...bins.map((bin) => Date.parse(bin.at)));
}

function tallyOf({ n1, y1, n0, y0, w, a1, a0 }: Tally): Tally {
  return { n1, y1, n0, y0, w, a1, a0 };
}

/** How much of a window there is data of, 1 for enough to call it watched. */
export type Held = { tally: Tally; covered: number; whole: boolean };

/**
 * Exactly what the window holds, with what is still open. It counts as covered once data reaches over half of it
 * and no silence in it is longer than half; a nearly empty window passes nothing.
 */
export function heldBy(
  memory: BurnMemory,
  window: number,
  of: { ms: number; sums: Sums; closed: Sums; now: number },
): Held {
  const { ms, sums, closed, now } = of;
  const cells = (memory.rings[window] ?? []).filter((cell) => cell.time > now - ms);
  const before = cells[0]?.before ?? tallyOf(closed);
  const width = Math.min(ms, memory.width ?? 0);
  const times = [...cells.map((cell) => cell.time), now];
  const silence = Math.max(0, ...times.slice(1).map((time, i) => time - (times[i] as number)));
  const reach = (now - (times[0] as number) + width) / (ms / 2);
  return {
    tally: minus(sums, before),
    covered: silence <= Math.max(ms / 2, width) ? Math.min(1, reach) : 0,
    whole: before.n1 > 0,
  };
}

function minus(a: Tally, b: Tally): Tally {
  return {
    n1: a.n1 - b.n1,
    y1: a.y1 - b.y1,
    n0: a.n0 - b.n0,
    y0: a.y0 - b.y0,
    w: a.w - b.w,
    a1: a.a1 - b.a1,
    a0: a.a0 - b.a0,
  };
}
