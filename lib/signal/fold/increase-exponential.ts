/** Cumulative exponential histograms: the increase is exact whatever scale and offset each point chose. */
import { type Exponential, subtractExponential } from '../bin/buckets';
import { grownMax, grownMin, grownN, grownSum, type Increase } from './increase';
import { type Memory, ownRecord } from './memory';
import { otherOf, overlaps, place, placeOf, setAside, setTimes } from './sequence';

const header = 7;

/** What a point adds beside its count and sum, which are in `inc`; null: nothing. */
export function addCumulativeExponential(
  m: Memory,
  s: number,
  count: number,
  sum: number,
  x: Exponential,
  inc: Increase,
  sh: number,
  sl: number,
  th: number,
  tl: number,
): Exponential | null {
  const found = placeOf(m, s, sh, sl, th, tl);
  inc.violation = found >= overlaps;
  inc.grown[grownMin] = inc.grown[grownMax] = Number.NaN;
  const where = found & (overlaps - 1);
  if (where === place.nothing) return null;
  inc.grown[grownN] = count;
  inc.grown[grownSum] = sum;
  if (where >= place.lateDifference) {
    const other = otherOf(m, s, sh, sl, th, tl);
    const before = where === place.lateDifference && other.record ? read(other.record, 0) : null;
    if (before) {
      inc.grown[grownN] = count - other.value;
      inc.grown[grownSum] = sum - other.sum;
    }
    other.value = count;
    other.sum = sum;
    other.record = new Float64Array(sizeOf(x));
    write(other.record, 0, x);
    if (where === place.lateBaseline) return null;
    return before ? subtractExponential(x, before) : x;
  }
  const same = where >= place.difference;
  if (!same) setAside(m, s, sh, sl);
  let out: Exponential | null = where === place.fromZero ? x : null;
  if (same) {
    out = count >= (m.value[s] as number) ? subtractExponential(x, read(m.heap.data, m.record[s] as number)) : null;
    if (out) {
      inc.grown[grownN] = count - (m.value[s] as number);
      inc.grown[grownSum] = sum - (m.sum[s] as number);
    } else if (where === place.differenceOrReset) out = x;
    else inc.violation = true;
  }
  setTimes(m, s, sh, sl, th, tl);
  m.value[s] = count;
  m.sum[s] = sum;
  const at = ownRecord(m, s, sizeOf(x));
  write(m.heap.data, at, x);
  return out;
}

const sizeOf = (x: Exponential) => header + x.positive.counts.length + x.negative.counts.length;

function write(data: Float64Array, at: number, x: Exponential): void {
  data[at] = x.scale;
  data[at + 1] = x.zeroCount;
  data[at + 2] = x.zeroThreshold;
  data[at + 3] = x.positive.offset;
  data[at + 4] = x.positive.counts.length;
  data[at + 5] = x.negative.offset;
  data[at + 6] = x.negative.counts.length;
  data.set(x.positive.counts, at + header);
  data.set(x.negative.counts, at + header + x.positive.counts.length);
}

/** A view, not a copy: only good until the stream's memory changes. */
function read(data: Float64Array, at: number): Exponential {
  const positives = data[at + 4] as number;
  const negatives = data[at + 6] as number;
  const split = at + header + positives;
  return {
    scale: data[at] as number,
    zeroCount: data[at + 1] as number,
    zeroThreshold: data[at + 2] as number,
    positive: { offset: data[at + 3] as number, counts: data.subarray(at + header, split) },
    negative: { offset: data[at + 5] as number, counts: data.subarray(split, split + negatives) },
  };
}
