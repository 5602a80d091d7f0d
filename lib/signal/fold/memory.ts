/**
 * What the fold remembers of every stream, in typed arrays indexed by stream id: about 60 bytes and the bucket
 * counts. Start and time are two 32-bit words each, because nanoseconds exceed 2^53 and a start that differs by
 * one nanosecond is another sequence.
 */
export type Memory = {
  capacity: number;
  /** 1: a point was seen */
  seen: Uint8Array;
  startHigh: Uint32Array;
  startLow: Uint32Array;
  timeHigh: Uint32Array;
  timeLow: Uint32Array;
  /** last value of a sum, last count of a histogram or summary */
  value: Float64Array;
  sum: Float64Array;
  /** bounds of a histogram: index into `bounds` plus 1; 0 is no buckets */
  grid: Int32Array;
  /** where the record of the stream starts in `heap`; -1 is none */
  record: Int32Array;
  recordSize: Int32Array;
  heap: Heap;
  bounds: Float64Array[];
  boundsIds: Map<string, number>;
  /** the sequence before (or beside) the current one, of the few streams that had one */
  others: Map<number, Sequence>;
  /** a start at or after this counts from zero; before it, Belay may have missed a part */
  originHigh: number;
  originLow: number;
};

export type Sequence = {
  startHigh: number;
  startLow: number;
  timeHigh: number;
  timeLow: number;
  value: number;
  sum: number;
  grid: number;
  record: Float64Array | null;
};

/** Records of a few size classes, reused when freed. */
export type Heap = { data: Float64Array; end: number; free: Map<number, number[]> };

export function openMemory(originMs: number): Memory {
  const [originHigh, originLow] = wordsOf(originMs);
  return {
    capacity: 0,
    seen: new Uint8Array(0),
    startHigh: new Uint32Array(0),
    startLow: new Uint32Array(0),
    timeHigh: new Uint32Array(0),
    timeLow: new Uint32Array(0),
    value: new Float64Array(0),
    sum: new Float64Array(0),
    grid: new Int32Array(0),
    record: new Int32Array(0),
    recordSize: new Int32Array(0),
    heap: { data: new Float64Array(1024), end: 0, free: new Map() },
    bounds: [],
    boundsIds: new Map(),
    others: new Map(),
    originHigh,
    originLow,
  };
}

/** Milliseconds as the two words of nanoseconds. */
export function wordsOf(ms: number): [high: number, low: number] {
  const ns = BigInt(Math.max(0, Math.floor(ms))) * 1_000_000n;
  return [Number(ns >> 32n), Number(ns & 0xffffffffn)];
}

export function msOf(high: number, low: number): number {
  return (high * 4294967296 + low) / 1e6;
}

export function reserveMemory(m: Memory, stream: number): void {
  if (stream < m.capacity) return;
  const capacity = Math.max(1024, Math.ceil(m.capacity * 1.4), stream + 1);
  const grow = <A extends Uint8Array | Uint32Array | Int32Array | Float64Array>(from: A, to: A): A => {
    to.set(from);
    return to;
  };
  m.seen = grow(m.seen, new Uint8Array(capacity));
  m.startHigh = grow(m.startHigh, new Uint32Array(capacity));
  m.startLow = grow(m.startLow, new Uint32Array(capacity));
  m.timeHigh = grow(m.timeHigh, new Uint32Array(capacity));
  m.timeLow = grow(m.timeLow, new Uint32Array(capacity));
  m.value = grow(m.value, new Float64Array(capacity));
  m.sum = grow(m.sum, new Float64Array(capacity));
  m.grid = grow(m.grid, new Int32Array(capacity));
  m.record = grow(m.record, new Int32Array(capacity).fill(-1));
  m.recordSize = grow(m.recordSize, new Int32Array(capacity));
  m.capacity = capacity;
}

/** Gives the stream a record of `size` numbers and answers where it starts. What was in it is gone. */
export function ownRecord(m: Memory, stream: number, size: number): number {
  const had = m.record[stream] as number;
  const hadSize = classOf(m.recordSize[stream] as number);
  m.recordSize[stream] = size;
  const wanted = classOf(size);
  if (had >= 0 && hadSize === wanted) return had;
  const heap = m.heap;
  if (had >= 0) {
    const list = heap.free.get(hadSize);
    if (list) list.push(had);
    else heap.free.set(hadSize, [had]);
  }
  let at = heap.free.get(wanted)?.pop();
  if (at === undefined) {
    at = heap.end;
    heap.end += wanted;
    if (heap.end > heap.data.length) {
      const larger = new Float64Array(Math.max(Math.ceil(heap.data.length * 1.4), heap.end));
      larger.set(heap.data);
      heap.data = larger;
    }
  }
  m.record[stream] = at;
  return at;
}

/** Multiples of 4 up to 64, then of 32: few enough classes that freed records are found again. */
function classOf(size: number): number {
  return size <= 64 ? (size + 3) & ~3 : (size + 31) & ~31;
}

/** Bounds come from outside and are never forgotten: a sender that makes up new ones gets count and sum only. */
const mostGrids = 50_000;

/** 0 stands for no buckets; equal bounds get equal ids. */
export function gridOf(m: Memory, bounds: Float64Array | null): number {
  if (bounds === null) return 0;
  const key = bounds.join();
  const known = m.boundsIds.get(key);
  if (known !== undefined) return known;
  if (m.bounds.length >= mostGrids) return 0;
  m.bounds.push(bounds);
  m.boundsIds.set(key, m.bounds.length);
  return m.bounds.length;
}

export function boundsOf(m: Memory, grid: number): Float64Array | null {
  return grid === 0 ? null : (m.bounds[grid - 1] ?? null);
}
