/**
 * A block: the points of one request as they arrived, columns deflated. Layout: one version byte, then raw
 * deflate of section lengths, bucket bounds, and each section column by column (`coding.ts`).
 * Blocks are never rewritten, so a version that was ever written stays readable.
 */
import { hash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { PointSink } from '../model';
import {
  getBuckets,
  getCounts,
  getDoubles,
  getIntegers,
  getTimes,
  getVarint,
  newReader,
  newWriter,
  putBuckets,
  putCounts,
  putDoubles,
  putIntegers,
  putTimes,
  putVarint,
  type Reader,
  type Writer,
} from './coding';
import {
  type Columns,
  clearColumns,
  countPoints,
  newColumns,
  type Pool,
  replay,
  reserve,
  reservePool,
  type Section,
} from './columns';
import { deflateRawEngine, inflateRawInto, lendBuffer } from './zip';

const version = 1;
/** A block holds at most what one request of 64 MiB can. */
const maxInflated = 512 * 1024 * 1024;
const writer = newWriter();
const read = newColumns();

export type Block = { digest: Buffer; block: Buffer; points: number };

/**
 * `digest` is taken before deflating and over dense stream ids (environment included), so one request gives one
 * digest in whichever encoding and on whichever replica.
 */
export function encodeBlock(columns: Columns): Block {
  writer.at = 0;
  write(writer, columns);
  const payload = writer.bytes.subarray(0, writer.at);
  const digest = hash('sha256', payload, 'buffer').subarray(0, 16);
  return { digest, block: deflated(payload), points: countPoints(columns) };
}

// A window as small as the payload: zlib clears its tables for every block.
const small = { level: 3, windowBits: 12, memLevel: 6 };
const large = { level: 3, windowBits: 15, memLevel: 9 };
const deflateSmall = deflateRawEngine(small);
const deflateLarge = deflateRawEngine(large);

function deflated(payload: Uint8Array): Buffer {
  const isSmall = payload.length < 4096;
  const lent = lendBuffer(payload.length + (payload.length >> 6) + 256);
  const length = (isSmall ? deflateSmall : deflateLarge)(payload, lent);
  const packed = length < 0 ? deflateRawSync(payload, isSmall ? small : large) : lent.subarray(0, length);
  const block = Buffer.allocUnsafe(packed.length + 1);
  block[0] = version;
  packed.copy(block, 1);
  return block;
}

const inflatedAtFirst = 256 * 1024;

/** Only good until the next block is read or written. */
function inflated(packed: Buffer): Buffer {
  const lent = lendBuffer(inflatedAtFirst);
  const length = inflateRawInto(packed, lent);
  return length < 0 ? inflateRawSync(packed, { maxOutputLength: maxInflated }) : lent.subarray(0, length);
}

/** @throws on a block that is not whole */
export function readBlock(block: Buffer, sink: PointSink): void {
  replay(decodeBlock(block, read), sink);
}

export function decodeBlock(block: Buffer, into: Columns): Columns {
  if (block[0] !== version) throw new Error(`blocks of version ${block[0]} are not known here`);
  clearColumns(into);
  readColumns(newReader(inflated(block.subarray(1))), into);
  return into;
}

function write(w: Writer, columns: Columns): void {
  const { numbers, histograms, exponentials, summaries } = columns;
  putVarint(w, numbers.length);
  putVarint(w, histograms.length);
  putVarint(w, exponentials.length);
  putVarint(w, summaries.length);
  if (numbers.length > 0) {
    writeHead(w, numbers);
    putDoubles(w, numbers.value, numbers.length);
  }
  if (histograms.length > 0) {
    putVarint(w, columns.bounds.length);
    for (const bounds of columns.bounds) {
      putVarint(w, bounds.length);
      putDoubles(w, bounds, bounds.length);
    }
    writeHead(w, histograms);
    writeMoments(w, histograms);
    putIntegers(w, histograms.bounds, histograms.length);
    writePool(w, columns.counts, columns.counts.length / histograms.length);
  }
  if (exponentials.length > 0) {
    const n = exponentials.length;
    writeHead(w, exponentials);
    writeMoments(w, exponentials);
    putCounts(w, exponentials.zeroCount, n);
    putDoubles(w, exponentials.zeroThreshold, n);
    for (const column of integersOf(exponentials)) putIntegers(w, column, n);
    writePool(w, columns.exponentialCounts, columns.exponentialCounts.length / n);
  }
  if (summaries.length > 0) {
    writeHead(w, summaries);
    putCounts(w, summaries.count, summaries.length);
    putDoubles(w, summaries.sum, summaries.length);
  }
}

function readColumns(r: Reader, columns: Columns): void {
  const { numbers, histograms, exponentials, summaries } = columns;
  numbers.length = getVarint(r);
  histograms.length = getVarint(r);
  exponentials.length = getVarint(r);
  summaries.length = getVarint(r);
  if (numbers.length > 0) {
    readHead(r, numbers);
    getDoubles(r, numbers.value, numbers.length);
  }
  if (histograms.length > 0) {
    const distinct = getVarint(r);
    for (let i = 0; i < distinct; i++) {
      const bounds = new Float64Array(getVarint(r));
      getDoubles(r, bounds, bounds.length);
      columns.bounds.push(bounds);
    }
    readHead(r, histograms);
    readMoments(r, histograms);
    getIntegers(r, histograms.bounds, histograms.length);
    readPool(r, columns.counts);
  }
  if (exponentials.length > 0) {
    const n = exponentials.length;
    readHead(r, exponentials);
    readMoments(r, exponentials);
    getCounts(r, exponentials.zeroCount, n);
    getDoubles(r, exponentials.zeroThreshold, n);
    for (const column of integersOf(exponentials)) getIntegers(r, column, n);
    readPool(r, columns.exponentialCounts);
  }
  if (summaries.length > 0) {
    readHead(r, summaries);
    getCounts(r, summaries.count, summaries.length);
    getDoubles(r, summaries.sum, summaries.length);
  }
}

function writeHead(w: Writer, s: Section): void {
  putIntegers(w, s.stream, s.length);
  putTimes(w, s.startLow, s.startHigh, s.length);
  putTimes(w, s.timeLow, s.timeHigh, s.length);
  putIntegers(w, s.flags, s.length);
}

function readHead(r: Reader, s: Section): void {
  reserve(s, s.length);
  getIntegers(r, s.stream, s.length);
  getTimes(r, s.startLow, s.startHigh, s.length);
  getTimes(r, s.timeLow, s.timeHigh, s.length);
  getIntegers(r, s.flags, s.length);
}

type Moments = Section & { count: Float64Array; sum: Float64Array; min: Float64Array; max: Float64Array };

function writeMoments(w: Writer, s: Moments): void {
  putCounts(w, s.count, s.length);
  putDoubles(w, s.sum, s.length);
  putDoubles(w, s.min, s.length);
  putDoubles(w, s.max, s.length);
}

function readMoments(r: Reader, s: Moments): void {
  getCounts(r, s.count, s.length);
  getDoubles(r, s.sum, s.length);
  getDoubles(r, s.min, s.length);
  getDoubles(r, s.max, s.length);
}

const integersOf = (s: Columns['exponentials']) => [
  s.scale,
  s.positiveOffset,
  s.positiveLength,
  s.negativeOffset,
  s.negativeLength,
];

/** `stride`: buckets a point on average; whole, where all points have as many. */
function writePool(w: Writer, pool: Pool, stride: number): void {
  putVarint(w, pool.length);
  putBuckets(w, pool.data, pool.length, Number.isInteger(stride) ? stride : 0);
}

function readPool(r: Reader, pool: Pool): void {
  pool.length = getVarint(r);
  reservePool(pool, pool.length);
  getBuckets(r, pool.data, pool.length);
}
