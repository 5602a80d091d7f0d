/**
 * Bins as bytes. Numbers are varints of `value * 2` where they are whole, else a 1 and eight bytes; bounds are
 * whole multiples of a power of ten where that gives them back exactly (0.005 is 5e-3).
 */
import type { Bin } from './bin';
import { emptyBin } from './bin';
import type { Exponential, Span } from './buckets';

let out = Buffer.allocUnsafe(1 << 16);
let end = 0;

function room(bytes: number): void {
  if (end + bytes <= out.length) return;
  const larger = Buffer.allocUnsafe(Math.max(out.length * 2, end + bytes));
  out.copy(larger, 0, 0, end);
  out = larger;
}

function writeVarint(value: number): void {
  room(10);
  let v = value;
  while (v > 127) {
    out[end++] = (v % 128) | 128;
    v = Math.floor(v / 128);
  }
  out[end++] = v;
}

const wholeLimit = 2 ** 52;
function writeNumber(value: number): void {
  if (value >= 0 && value < wholeLimit && Number.isInteger(value) && !Object.is(value, -0)) {
    writeVarint(value * 2);
    return;
  }
  room(9);
  out[end++] = 1;
  end = out.writeDoubleLE(value, end);
}

const writeSigned = (value: number) => writeVarint(value < 0 ? -2 * value - 1 : 2 * value);

/** Where the reader stands; blocks are read one at a time. */
export type Reader = { buffer: Buffer; at: number };

export function readVarint(r: Reader): number {
  const { buffer } = r;
  const first = buffer[r.at++] as number;
  if (first < 128) return first;
  const second = buffer[r.at++] as number;
  if (second < 128) return (first & 127) | (second << 7);
  let value = (first & 127) | ((second & 127) << 7);
  for (let scale = 16_384; ; scale *= 128) {
    const byte = buffer[r.at++];
    if (byte === undefined) throw new Error('a bin ends early');
    value += (byte & 127) * scale;
    if (byte < 128) return value;
  }
}

function readNumber(r: Reader): number {
  if (r.buffer[r.at] !== 1) return readVarint(r) / 2;
  const value = r.buffer.readDoubleLE(r.at + 1);
  r.at += 9;
  return value;
}

function readSigned(r: Reader): number {
  const v = readVarint(r);
  return v % 2 === 1 ? -(v + 1) / 2 : v / 2;
}

const encodedBounds = new WeakMap<Float64Array, Buffer>();

function encodeBounds(bounds: Float64Array): Buffer {
  const known = encodedBounds.get(bounds);
  if (known) return known;
  const from = end;
  let power = 0;
  const fits = () => bounds.every((b) => b >= 0 && b < 1e9 && Math.round(b * 10 ** power) / 10 ** power === b);
  while (power <= 6 && !fits()) power++;
  writeVarint(bounds.length);
  writeVarint(power <= 6 ? power : 7);
  for (const b of bounds) {
    if (power <= 6) writeVarint(Math.round(b * 10 ** power));
    else writeNumber(b);
  }
  const bytes = Buffer.from(out.subarray(from, end));
  end = from;
  encodedBounds.set(bounds, bytes);
  return bytes;
}

let lastBytes: Buffer = Buffer.alloc(0);
let lastBounds: Float64Array = new Float64Array(0);

function readBounds(r: Reader): Float64Array {
  // Neighbouring bins nearly always share their bounds: compare bytes before decoding them again.
  const size = lastBytes.length;
  let same = size > 0 && r.at + size <= r.buffer.length;
  for (let i = 0; same && i < size; i++) same = lastBytes[i] === r.buffer[r.at + i];
  if (same) {
    r.at += size;
    return lastBounds;
  }
  const from = r.at;
  const bounds = new Float64Array(readVarint(r));
  const power = readVarint(r);
  for (let i = 0; i < bounds.length; i++) bounds[i] = power <= 6 ? readVarint(r) / 10 ** power : readNumber(r);
  lastBytes = Buffer.from(r.buffer.subarray(from, r.at));
  lastBounds = intern(bounds);
  return lastBounds;
}

const interned = new Map<string, Float64Array>();
/** One array for equal bounds, so that comparing is comparing references. Bounded: bounds come from outside. */
export function intern(bounds: Float64Array): Float64Array {
  const key = bounds.join();
  const known = interned.get(key);
  if (known) return known;
  if (interned.size > 10_000) interned.clear();
  interned.set(key, bounds);
  return bounds;
}

function writeSpan(span: Span): void {
  writeSigned(span.offset);
  writeVarint(span.counts.length);
  for (let i = 0; i < span.counts.length; i++) writeNumber(span.counts[i] as number);
}

function readSpan(r: Reader): Span {
  const offset = readSigned(r);
  const counts = new Float64Array(readVarint(r));
  for (let i = 0; i < counts.length; i++) counts[i] = readNumber(r);
  return { offset, counts };
}

const explicitTag = 1;
const exponentialTag = 2;

function writeBuckets(bin: Bin): void {
  if (bin.bounds && bin.counts) {
    writeVarint(explicitTag);
    const bounds = encodeBounds(bin.bounds);
    room(bounds.length);
    end += bounds.copy(out, end);
    for (let i = 0; i < bin.counts.length; i++) writeNumber(bin.counts[i] as number);
  } else if (bin.exponential) {
    const x = bin.exponential;
    writeVarint(exponentialTag);
    writeSigned(x.scale);
    writeNumber(x.zeroThreshold);
    writeNumber(x.zeroCount);
    writeSpan(x.positive);
    writeSpan(x.negative);
  } else writeVarint(0);
}

/** Arrays to decode into, one for each length: a bin that is read is only good until the next one is. */
const lent = new Map<number, Float64Array>();
function lend(length: number): Float64Array {
  let array = lent.get(length);
  if (!array) {
    array = new Float64Array(length);
    lent.set(length, array);
  }
  return array;
}

function readBuckets(r: Reader, bin: Bin): void {
  const tag = readVarint(r);
  if (tag === explicitTag) {
    bin.bounds = readBounds(r);
    const counts = lend(bin.bounds.length + 1);
    for (let i = 0; i < counts.length; i++) counts[i] = readNumber(r);
    bin.counts = counts;
  } else if (tag === exponentialTag) {
    const scale = readSigned(r);
    const zeroThreshold = readNumber(r);
    const zeroCount = readNumber(r);
    const exponential: Exponential = { scale, zeroThreshold, zeroCount, positive: readSpan(r), negative: readSpan(r) };
    bin.exponential = exponential;
  }
}

/** The column `rollup.buckets`: hexadecimal, as PostgreSQL's text form wants it; null for plain numbers. */
export function bucketsHex(bin: Bin): string | null {
  if (!bin.counts && !bin.exponential) return null;
  end = 0;
  writeBuckets(bin);
  return out.toString('hex', 0, end);
}

/** Into `bin`, whose counts then are only good until the next bin is read. */
export function decodeBuckets(buffer: Buffer, bin: Bin): void {
  readBuckets({ buffer, at: 0 }, bin);
}

/** Several bins of one series: `index` counts bins from the start of the chunk. */
export function encodeChunk(bins: Map<number, Bin>): Buffer {
  end = 0;
  writeVarint(bins.size);
  for (const [index, bin] of [...bins].sort((a, b) => a[0] - b[0])) {
    writeVarint(index);
    for (const v of [bin.n, bin.sum, bin.sum2, bin.min, bin.max, bin.last]) writeNumber(v);
    // Their length, so that a reader without use for buckets can step over them.
    room(4);
    const from = end;
    end += 4;
    writeBuckets(bin);
    out.writeUInt32LE(end - from - 4, from);
  }
  return Buffer.from(out.subarray(0, end));
}

/** The bin given to `visit` is only good during the call. */
export function readChunk(buffer: Buffer, buckets: boolean, visit: (index: number, bin: Bin) => void): void {
  const r = { buffer, at: 0 };
  const bin = emptyBin();
  for (let left = readVarint(r); left > 0; left--) {
    const index = readVarint(r);
    bin.n = readNumber(r);
    bin.sum = readNumber(r);
    bin.sum2 = readNumber(r);
    bin.min = readNumber(r);
    bin.max = readNumber(r);
    bin.last = readNumber(r);
    // Which point was last within the bin is settled; between bins the later bin is.
    bin.lastAt = Number.isNaN(bin.last) ? Number.NEGATIVE_INFINITY : index;
    bin.bounds = bin.counts = bin.exponential = null;
    const length = buffer.readUInt32LE(r.at);
    r.at += 4;
    if (buckets) readBuckets(r, bin);
    else r.at += length;
    visit(index, bin);
  }
}
