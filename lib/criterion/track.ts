/**
 * One cohort's (or the overall) memory of a criterion: the sums so far and what they were at each start that is still
 * alive. Plain data; every function answers a new one.
 */
import { type Noise, noiseOf, type Part, partOf } from '@/lib/stats/dispersion';
import { type Shape, scoreAt } from '@/lib/stats/score';
import { isAlive, levelOf, startShare } from '@/lib/stats/starts';
import { addProducts, combine, farBins, noSums, type Sums } from '@/lib/stats/sums';
import { incrementOf } from './increment';
import type { Bin } from './model';
import { addShapes, noShapes, type Pivots, pivotsFrom, remember, type Shapes, shapesOf } from './pivot';
import type { Question } from './question';

/** `firstRun`: the sums just before the first run of bins that lies wholly after the start. */
export type Start = {
  at: number;
  share: number;
  rho: number;
  before: Sums;
  /** what `before` adds to the noise */
  part: Part | null;
  firstRun: Sums | null;
  shapes: Shapes | null;
};
export type Track = {
  sums: Sums;
  starts: Start[];
  /** shares of all starts so far, the forgotten ones too */
  spent: number;
  /** a1, a0 and w of the newest bins, for the products over neighbouring bins */
  recent: Array<{ a1: number; a0: number; w: number }>;
  /** variance that a bin brings, a running mean over the last few */
  pace: number;
  noise: Noise;
  /** what `sums` add to the noise */
  part: Part | null;
  /** quantiles only: everything so far, and what of it the pivots still remember */
  shapes: Shapes | null;
  memory: Shapes | null;
};
/** A track with its newest, still open bin. */
export type Peeked = { sums: Sums; shapes: Shapes | null };

export function emptyTrack(): Track {
  return {
    sums: noSums(),
    starts: [],
    spent: 0,
    recent: [],
    pace: 0,
    noise: { leaned: 1, bare: 1, free: 0 },
    part: null,
    shapes: null,
    memory: null,
  };
}

/** No single bin counts for more than this many of its standard deviations (as Huber's score; it only hides evidence). */
const cap = 4;
const paceBins = 8;
/** A count's precision: at least one event's worth. */
const leastRho = { count: 1, mean: 0 };

/** The closed bins of one time, one a cohort. */
export function extend(track: Track, bins: Bin[], question: Question): Track {
  if (question.q === null) {
    const added = incrementOf(bins, question.shape, null);
    return added ? withBin(track, added, question) : track;
  }
  const shapes = shapesOf(bins, question);
  if (!shapes) return track;
  const pivots = pivotsOf(track, shapes, question);
  const added = pivots && incrementOf(bins, question.shape, pivots);
  const next = added ? withBin(track, added, question) : track;
  return {
    ...next,
    shapes: addShapes(track.shapes ?? noShapes, shapes, 1),
    memory: remember(track.memory ?? noShapes, shapes),
  };
}

/** Adds bins that are still filling: counted, but not yet used to learn the noise. */
export function peek(track: Track, bins: Bin[], question: Question): Peeked {
  const shapes = question.q === null ? null : shapesOf(bins, question);
  const pivots = shapes && pivotsOf(track, shapes, question);
  const added = question.q === null || pivots ? incrementOf(bins, question.shape, pivots) : null;
  if (added) {
    addCap(track, added, question);
    added.bins = 0;
  }
  return {
    sums: added ? combine(track.sums, added, 1) : track.sums,
    shapes: shapes ? addShapes(track.shapes ?? noShapes, shapes, 1) : track.shapes,
  };
}

/** The start that the next bin will be. */
export function nextStart(track: Track, { shape, scoreLimit }: Question, bin?: Sums): Start {
  const at = track.sums.bins;
  const rho = rhoFor(shape, at, at === 0 && bin ? scoreAt(bin, shape, scoreLimit).v : track.pace);
  const { sums: before, part, shapes } = track;
  return { at, share: startShare(at), rho, before, part, firstRun: null, shapes };
}

function pivotsOf(track: Track, shapes: Shapes, question: Question): Pivots | null {
  return pivotsFrom(track.memory ?? shapes, question);
}

function withBin(track: Track, bin: Sums, question: Question): Track {
  const { shape, scoreLimit } = question;
  addCap(track, bin, question);
  addProducts(bin, track.recent.length === farBins - 1 ? sumOf(track.recent, bin) : null);
  const v = scoreAt(bin, shape, scoreLimit).v;
  const pace = track.sums.bins === 0 ? v : track.pace + (v - track.pace) / Math.min(paceBins, track.sums.bins + 1);
  const at = track.sums.bins;
  const starts: Start[] = [];
  for (const start of track.starts) {
    if (!isAlive(start.at, at + 1)) continue;
    starts.push(start.at === at - farBins + 1 ? { ...start, firstRun: track.sums } : start);
  }
  const start = nextStart(track, question, bin);
  starts.push(start);
  const sums = combine(track.sums, bin, 1);
  const recent = [...track.recent.slice(-(farBins - 2)), { a1: bin.a1, a0: bin.a0, w: bin.w }];
  const part = partOf(sums, shape);
  const { memory, shapes, spent } = track;
  return {
    sums,
    starts,
    spent: spent + start.share,
    recent,
    pace,
    noise: noiseOf(part, null, shape),
    part,
    shapes,
    memory,
  };
}

/** A start looks for harm about as old as its level says: its prior is widest there. */
function rhoFor(shape: Shape, at: number, pace: number): number {
  const bins = at === 0 ? 3 : 2 ** levelOf(at);
  return Math.max(leastRho[shape.family], bins * pace) || Number.MIN_VALUE;
}

function addCap(track: Track, bin: Sums, { shape, scoreLimit }: Question): void {
  const { s, v } = scoreAt(bin, shape, scoreLimit);
  // Nothing is known before the first bin but what services usually do.
  const phi = track.sums.bins > 0 ? track.noise.leaned : noiseOf(partOf(bin, shape), null, shape).leaned;
  const deviation = Math.sqrt(phi * Math.max(v, track.pace));
  const most = cap * deviation;
  bin.over = Math.max(0, s - most);
  bin.under = Math.max(0, -s - most);
}

function sumOf(recent: Track['recent'], bin: Sums): { a1: number; a0: number; w: number } {
  const out = { a1: bin.a1, a0: bin.a0, w: bin.w };
  for (const r of recent) {
    out.a1 += r.a1;
    out.a0 += r.a0;
    out.w += r.w;
  }
  return out;
}
