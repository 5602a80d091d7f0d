/**
 * How one column becomes bytes that deflate packs well, and back, exactly.
 * Runs of equal deltas for ids and times, varints for whole numbers, byte planes for the other doubles.
 */

export type Writer = { bytes: Uint8Array; view: DataView; at: number };
export type Reader = { bytes: Uint8Array; view: DataView; at: number };

export function newWriter(size = 1 << 16): Writer {
  const bytes = new Uint8Array(size);
  return { bytes, view: new DataView(bytes.buffer), at: 0 };
}

export function newReader(bytes: Uint8Array): Reader {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), at: 0 };
}

function room(w: Writer, size: number): void {
  if (w.at + size <= w.bytes.length) return;
  const bytes = new Uint8Array(Math.max(w.at + size, w.bytes.length * 2));
  bytes.set(w.bytes.subarray(0, w.at));
  w.bytes = bytes;
  w.view = new DataView(bytes.buffer);
}

/** Any whole double from 0 to below 2^64, at most 10 bytes; the caller has made room. */
function varint(w: Writer, value: number): void {
  let v = value;
  const bytes = w.bytes;
  let at = w.at;
  while (v >= 2147483648) {
    bytes[at++] = (v % 128) | 128;
    v = Math.floor(v / 128);
  }
  v |= 0;
  while (v > 127) {
    bytes[at++] = (v & 127) | 128;
    v >>>= 7;
  }
  bytes[at++] = v;
  w.at = at;
}

export function putVarint(w: Writer, value: number): void {
  room(w, 10);
  varint(w, value);
}

export function getVarint(r: Reader): number {
  let byte = next(r);
  if (byte < 128) return byte;
  let value = byte & 127;
  let scale = 128;
  do {
    byte = next(r);
    value += (byte & 127) * scale;
    scale *= 128;
  } while (byte > 127);
  return value;
}

function next(r: Reader): number {
  const byte = r.bytes[r.at++];
  if (byte === undefined) throw new Error('the block ends early');
  return byte;
}

const zigzag = (v: number) => (v < 0 ? -2 * v - 1 : 2 * v);
const unzigzag = (v: number) => (v % 2 === 1 ? -(v + 1) / 2 : v / 2);

/** Signed 32-bit numbers as (run length, delta) pairs: ids that count up, offsets that stay. */
export function putIntegers(w: Writer, column: Int32Array | Uint32Array, length: number): void {
  room(w, length * 15 + 10);
  let last = 0;
  for (let i = 0; i < length; ) {
    const delta = (column[i] as number) - last;
    let run = 1;
    last = column[i] as number;
    while (i + run < length && (column[i + run] as number) - last === delta) {
      last = column[i + run] as number;
      run++;
    }
    varint(w, run);
    varint(w, zigzag(delta));
    i += run;
  }
}

export function getIntegers(r: Reader, column: Int32Array | Uint32Array, length: number): void {
  let last = 0;
  for (let i = 0; i < length; ) {
    const end = i + getVarint(r);
    if (end === i || end > length) throw new Error('the block has a wrong run');
    const delta = unzigzag(getVarint(r));
    while (i < end) {
      last += delta;
      column[i++] = last;
    }
  }
}

const half = 4294967296;

/**
 * 64-bit times as (run length, delta to the time before): a delta below 2^52 as a zigzag varint plus one,
 * any other as 0 and the eight bytes themselves.
 */
export function putTimes(w: Writer, low: Uint32Array, high: Uint32Array, length: number): void {
  room(w, length * 20 + 20);
  let lastLow = 0;
  let lastHigh = 0;
  for (let i = 0; i < length; ) {
    const l = low[i] as number;
    const h = high[i] as number;
    let run = 1;
    while (i + run < length && low[i + run] === l && high[i + run] === h) run++;
    varint(w, run);
    const delta = (h - lastHigh) * half + (l - lastLow);
    if (Math.abs(h - lastHigh) < 1 << 20) {
      varint(w, zigzag(delta) + 1);
    } else {
      varint(w, 0);
      w.view.setUint32(w.at, l, true);
      w.view.setUint32(w.at + 4, h, true);
      w.at += 8;
    }
    lastLow = l;
    lastHigh = h;
    i += run;
  }
}

export function getTimes(r: Reader, low: Uint32Array, high: Uint32Array, length: number): void {
  let lastLow = 0;
  let lastHigh = 0;
  for (let i = 0; i < length; ) {
    const end = i + getVarint(r);
    if (end === i || end > length) throw new Error('the block has a wrong run');
    const code = getVarint(r);
    if (code === 0) {
      lastLow = r.view.getUint32(r.at, true);
      lastHigh = r.view.getUint32(r.at + 4, true);
      r.at += 8;
    } else {
      const delta = unzigzag(code - 1);
      const carry = Math.floor((lastLow + (delta % half)) / half);
      lastHigh += Math.trunc(delta / half) + carry;
      lastLow = lastLow + (delta % half) - carry * half;
    }
    while (i < end) {
      low[i] = lastLow;
      high[i++] = lastHigh;
    }
  }
}

/** Whole numbers that are never negative: counts. */
export function putCounts(w: Writer, column: Float64Array, length: number): void {
  room(w, length * 10);
  for (let i = 0; i < length; i++) varint(w, column[i] as number);
}

export function getCounts(r: Reader, column: Float64Array, length: number): void {
  for (let i = 0; i < length; i++) column[i] = getVarint(r);
}

const asTheyAre = 0;

/**
 * Bucket counts of points one after the other. Where all points have `stride` buckets, a bucket is often near that of
 * the point before: then differences to it are written, if they are no longer. The first number tells which.
 */
export function putBuckets(w: Writer, column: Float64Array, length: number, stride: number): void {
  room(w, length * 10 + 10);
  const by = stride > 0 && stride < length && isShorter(column, length, stride) ? stride : asTheyAre;
  varint(w, by);
  if (by === asTheyAre) {
    for (let i = 0; i < length; i++) varint(w, column[i] as number);
    return;
  }
  for (let i = 0; i < stride; i++) varint(w, column[i] as number);
  for (let i = stride; i < length; i++) varint(w, zigzag((column[i] as number) - (column[i - stride] as number)));
}

export function getBuckets(r: Reader, column: Float64Array, length: number): void {
  const by = getVarint(r);
  const plain = by === asTheyAre ? length : by;
  for (let i = 0; i < plain; i++) column[i] = getVarint(r);
  for (let i = plain; i < length; i++) column[i] = (column[i - by] as number) + unzigzag(getVarint(r));
}

const size = (v: number) => (v < 128 ? 1 : v < 16384 ? 2 : v < 2097152 ? 3 : 5);

function isShorter(column: Float64Array, length: number, stride: number): boolean {
  let gain = 0;
  for (let i = 0; i < length; i++) {
    const v = column[i] as number;
    // Differences of greater numbers need not be exact.
    if (v > 1125899906842624) return false;
    if (i < stride) continue;
    gain += size(v) - size(Math.abs(v - (column[i - stride] as number)) * 2);
  }
  return gain >= 0;
}

const allWhole = 0;
const allAbsent = 1;
const mixed = 2;
const planes = 3;

/** -0 is not whole here: a varint would lose its sign. */
const whole = (v: number) => Number.isSafeInteger(v) && Math.abs(v) < 4503599627370496 && !Object.is(v, -0);

let scratch = new Float64Array(1024);

/** Doubles, NaN included: all whole → varints, all NaN → nothing, else planes; a mixture is split by a bitmap. */
export function putDoubles(w: Writer, column: Float64Array, length: number): void {
  room(w, length * 11 + 16);
  let wholes = 0;
  let absents = 0;
  for (let i = 0; i < length; i++) {
    const v = column[i] as number;
    if (whole(v)) wholes++;
    else if (Number.isNaN(v)) absents++;
  }
  if (absents === length) {
    w.bytes[w.at++] = allAbsent;
  } else if (wholes === length) {
    w.bytes[w.at++] = allWhole;
    for (let i = 0; i < length; i++) varint(w, zigzag(column[i] as number));
  } else if (wholes * 4 < length) {
    w.bytes[w.at++] = planes;
    putPlanes(w, column, length);
  } else {
    w.bytes[w.at++] = mixed;
    putMixed(w, column, length);
  }
}

function putMixed(w: Writer, column: Float64Array, length: number): void {
  if (scratch.length < length) scratch = new Float64Array(length * 2);
  const map = w.at;
  w.at += (length + 7) >> 3;
  w.bytes.fill(0, map, w.at);
  let rest = 0;
  for (let i = 0; i < length; i++) {
    const v = column[i] as number;
    if (whole(v)) varint(w, zigzag(v));
    else {
      w.bytes[map + (i >> 3)] = (w.bytes[map + (i >> 3)] as number) | (1 << (i & 7));
      scratch[rest++] = v;
    }
  }
  putPlanes(w, scratch, rest);
}

const word = new Float64Array(1);
const bytesOfWord = new Uint8Array(word.buffer);

/** The first bytes of all doubles, then the second bytes, …: equal exponents stand together. */
function putPlanes(w: Writer, column: Float64Array, length: number): void {
  const { bytes, at } = w;
  for (let i = 0; i < length; i++) {
    word[0] = column[i] as number;
    for (let plane = 0, to = at + i; plane < 8; plane++, to += length) bytes[to] = bytesOfWord[plane] as number;
  }
  w.at += length * 8;
}

function getPlanes(r: Reader, column: Float64Array, length: number): void {
  const { bytes, at } = r;
  if (at + length * 8 > bytes.length) throw new Error('the block ends early');
  for (let i = 0; i < length; i++) {
    for (let plane = 0, from = at + i; plane < 8; plane++, from += length) bytesOfWord[plane] = bytes[from] as number;
    column[i] = word[0] as number;
  }
  r.at += length * 8;
}

export function getDoubles(r: Reader, column: Float64Array, length: number): void {
  const mode = next(r);
  if (mode === allAbsent) column.fill(Number.NaN, 0, length);
  else if (mode === allWhole) for (let i = 0; i < length; i++) column[i] = unzigzag(getVarint(r));
  else if (mode === planes) getPlanes(r, column, length);
  else if (mode === mixed) getMixed(r, column, length);
  else throw new Error(`the block has an unknown column mode ${mode}`);
}

function getMixed(r: Reader, column: Float64Array, length: number): void {
  if (scratch.length < length) scratch = new Float64Array(length * 2);
  const map = r.at;
  r.at += (length + 7) >> 3;
  const isRest = (i: number) => (((r.bytes[map + (i >> 3)] as number) >> (i & 7)) & 1) === 1;
  let rest = 0;
  for (let i = 0; i < length; i++) {
    if (isRest(i)) rest++;
    else column[i] = unzigzag(getVarint(r));
  }
  getPlanes(r, scratch, rest);
  rest = 0;
  for (let i = 0; i < length; i++) if (isRest(i)) column[i] = scratch[rest++] as number;
}
