/**
 * One cohort's (or the overall) memory of a criterion: the sums so far and what they were at each start that is still
 * alive. Plain data; every function answers a new one.
 */
import { dispersion, type Noise } from '@/lib/stats/dispersion';
import { type Shape, scoreAt } from '@/lib/stats/score';
import { isAlive, levelOf } from '@/lib/stats/starts';
import { combine, farBins, noSums, type Sums, withProducts } from '@/lib/stats/sums';
import type { Question } from './question';

export type Start = { at: number; rho: number; before: Sums };
export type Track = {
  sums: Sums;
  starts: Start[];
  /** a1, a0 and w of the newest bins, for the products over neighbouring bins */
  recent: Array<{ a1: number; a0: number; w: number }>;
  /** variance that a bin brings, a running mean over the last few */
  pace: number;
  noise: Noise;
};

export function emptyTrack(): Track {
  return { sums: noSums(), starts: [], recent: [], pace: 0, noise: { leaned: 1, bare: 1, free: 0 } };
}

/** No single bin counts for more than this many of its standard deviations (as Huber's score; it only hides evidence). */
const cap = 4;
const paceBins = 8;
/** A count's precision: at least one event's worth. */
const leastRho = { count: 1, mean: 0 };

export function extend(track: Track, bin: Sums, question: Question): Track {
  const { shape, limit } = question;
  const capped = withCap(track, bin, question);
  const far = capped.w > 0 ? sumOf(track.recent, capped) : capped;
  const v = scoreAt(bin, shape, limit).v;
  const pace = track.sums.bins === 0 ? v : track.pace + (v - track.pace) / Math.min(paceBins, track.sums.bins + 1);
  const at = track.sums.bins;
  const starts = track.starts.filter((s) => isAlive(s.at, at + 1));
  starts.push({ at, rho: rhoFor(shape, at, at === 0 ? v : track.pace), before: track.sums });
  const sums = combine(track.sums, withProducts(capped, far), 1);
  const recent = [...track.recent.slice(-(farBins - 2)), { a1: bin.a1, a0: bin.a0, w: bin.w }];
  return { sums, starts, recent, pace, noise: dispersion([sums], shape) };
}

/** A start looks for harm about as old as its level says: its prior is widest there. */
function rhoFor(shape: Shape, at: number, pace: number): number {
  const bins = at === 0 ? 1.5 : 2 ** levelOf(at);
  return Math.max(leastRho[shape.family], bins * pace) || Number.MIN_VALUE;
}

/** Adds a bin that is still filling: counted, but not yet used to learn the noise. */
export function peek(track: Track, bin: Sums, question: Question): Sums {
  return combine(track.sums, { ...withCap(track, bin, question), bins: 0 }, 1);
}

function withCap(track: Track, bin: Sums, { shape, limit }: Question): Sums {
  const { s, v } = scoreAt(bin, shape, limit);
  const phi = track.sums.bins > 0 ? track.noise.leaned : dispersion([withProducts(bin, bin)], shape).leaned;
  const deviation = Math.sqrt(phi * Math.max(v, track.pace));
  const most = cap * deviation;
  return { ...bin, over: Math.max(0, s - most), under: Math.max(0, -s - most) };
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
