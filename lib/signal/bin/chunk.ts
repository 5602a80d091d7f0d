/** Coarser roll-ups: how long a bin is and how many share a row. A bin never spans two rows of the level below. */
import { type Bin, emptyBin, mergeBin } from './bin';

export type Level = { seconds: 60 | 300 | 3600; binMs: number; perChunk: number };

const level = (seconds: Level['seconds'], perChunk: number): Level => ({ seconds, binMs: seconds * 1000, perChunk });
export const minute = level(60, 20);
export const fiveMinutes = level(300, 24);
export const hour = level(3600, 24);
/** Finest first; each is made from the one before. */
export const levels = [minute, fiveMinutes, hour] as const;

export type Changed = { seriesId: number /** bins of its level since the epoch */; index: number; bin: Bin };
/** Whole chunks by series and number of the chunk; within one, bins by their place in it. */
export type Chunks = Map<string, Map<number, Bin>>;

export function chunkKey(seriesId: number, chunk: number): string {
  return `${seriesId} ${chunk}`;
}

/** The bins of `to` that changed bins of `from` lie in, made again from all that `from` has for them. */
export function coarser(from: Level, to: Level, changed: Changed[], chunks: Chunks): Changed[] {
  const times = to.binMs / from.binMs;
  const out: Changed[] = [];
  const done = new Set<string>();
  for (const { seriesId, index } of changed) {
    const coarse = Math.floor(index / times);
    const key = chunkKey(seriesId, coarse);
    if (done.has(key)) continue;
    done.add(key);
    const first = coarse * times;
    const chunk = chunks.get(chunkKey(seriesId, Math.floor(first / from.perChunk)));
    const bin = emptyBin();
    for (let i = first; i < first + times; i++) {
      const fine = chunk?.get(i % from.perChunk);
      if (fine) mergeBin(bin, fine);
    }
    out.push({ seriesId, index: coarse, bin });
  }
  return out;
}
