/**
 * The fields of the data points: one flat table over tags (field number × 8 + wire type) for each kind, because
 * this is where the time goes. Fields go straight into the columns at row `i`; ranges that need a second look go
 * into `Scanned`. A scan answers false for a message whose repeated fields lie apart: see `regroup`.
 */
import {
  type ExponentialColumns,
  type HistogramColumns,
  type NumberColumns,
  type Pool,
  reservePool,
  type SummaryColumns,
} from '@/lib/signal/ledger/columns';
import { Malformed, readLength, readSint32, readVarint, skip, type Wire } from './wire';

export type Scanned = {
  flags: number;
  /** numbers: a value was there. Others: a sum, min or max was there that is not finite. */
  valued: boolean;
  notFinite: boolean;
  attributes: number;
  attributesEnd: number;
  bounds: number;
  boundsEnd: number;
  positive: number;
  positiveEnd: number;
  negative: number;
  negativeEnd: number;
};

export const newScanned = (): Scanned => ({
  flags: 0,
  valued: false,
  notFinite: false,
  attributes: 0,
  attributesEnd: 0,
  bounds: 0,
  boundsEnd: 0,
  positive: 0,
  positiveEnd: 0,
  negative: 0,
  negativeEnd: 0,
});

export function clearScanned(p: Scanned): void {
  p.flags = 0;
  p.valued = false;
  p.notFinite = false;
  p.attributes = 0;
  p.attributesEnd = 0;
  p.bounds = 0;
  p.boundsEnd = 0;
  p.positive = 0;
  p.positiveEnd = 0;
  p.negative = 0;
  p.negativeEnd = 0;
}

const twoTo32 = 4294967296;

function checkEnd(at: number, end: number): void {
  if (at !== end) throw new Malformed('a data point ends early');
}

/** The end of a length-delimited field whose length starts at `at`; `wire.at` is left at its content. */
function past(wire: Wire, at: number, end: number): number {
  const short = wire.bytes[at] as number;
  if (short < 128) {
    wire.at = at + 1;
    if (wire.at + short > end) throw new Malformed('a data point ends early');
    return wire.at + short;
  }
  wire.at = at;
  const length = readLength(wire, end);
  return wire.at + length;
}

function flagsAt(p: Scanned, wire: Wire, at: number, end: number): number {
  wire.at = at;
  p.flags = readVarint(wire, end) >>> 0;
  return wire.at;
}

/** A tag outside the table: an exemplar, whose values are already in the point, or something newer than we are. */
function other(wire: Wire, at: number, end: number, highest: number, exemplars: number): number {
  wire.at = at;
  const tag = readVarint(wire, end);
  const field = tag >>> 3;
  if (field === exemplars && (tag & 7) === 2) {
    const stop = past(wire, wire.at, end);
    while (wire.at < stop) skip(wire, readVarint(wire, stop), stop);
    return stop;
  }
  if (field <= highest && field !== 0 && !(field === 1 && exemplars !== 11)) {
    throw new Malformed(`field ${field} of a data point has the wire type ${tag & 7}`);
  }
  skip(wire, tag, end);
  return wire.at;
}

/** A sum, min or max: present, and therefore to be finite. */
function moment(column: Float64Array, i: number, p: Scanned, view: DataView, at: number): number {
  const value = view.getFloat64(at, true);
  column[i] = value;
  if (!Number.isFinite(value)) p.notFinite = true;
  return at + 8;
}

function fixedCounts(pool: Pool, view: DataView, start: number, end: number): void {
  if ((end - start) % 8 !== 0) throw new Malformed('packed bucket counts are not whole 64-bit numbers');
  let to = pool.length;
  pool.length += (end - start) >> 3;
  reservePool(pool, pool.length);
  const { data } = pool;
  for (let at = start; at < end; at += 8) {
    data[to++] = view.getUint32(at + 4, true) * twoTo32 + view.getUint32(at, true);
  }
}

export function scanNumber(s: NumberColumns, i: number, p: Scanned, wire: Wire, start: number, end: number): boolean {
  const { bytes, view } = wire;
  let at = start;
  while (at < end) {
    switch (bytes[at++]) {
      case 0x11:
        s.startLow[i] = view.getUint32(at, true);
        s.startHigh[i] = view.getUint32(at + 4, true);
        at += 8;
        break;
      case 0x19:
        s.timeLow[i] = view.getUint32(at, true);
        s.timeHigh[i] = view.getUint32(at + 4, true);
        at += 8;
        break;
      case 0x21:
        s.value[i] = view.getFloat64(at, true);
        p.valued = true;
        at += 8;
        break;
      case 0x31:
        s.value[i] = view.getInt32(at + 4, true) * twoTo32 + view.getUint32(at, true);
        p.valued = true;
        at += 8;
        break;
      case 0x3a:
        if (p.attributesEnd === 0) p.attributes = at - 1;
        else if (p.attributesEnd !== at - 1) return false;
        at = past(wire, at, end);
        p.attributesEnd = at;
        break;
      case 0x40:
        at = flagsAt(p, wire, at, end);
        break;
      default:
        at = other(wire, at - 1, end, 8, 5);
    }
  }
  checkEnd(at, end);
  return true;
}

export function scanHistogram(
  s: HistogramColumns,
  pool: Pool,
  i: number,
  p: Scanned,
  wire: Wire,
  start: number,
  end: number,
): boolean {
  const { bytes, view } = wire;
  let at = start;
  while (at < end) {
    switch (bytes[at++]) {
      case 0x11:
        s.startLow[i] = view.getUint32(at, true);
        s.startHigh[i] = view.getUint32(at + 4, true);
        at += 8;
        break;
      case 0x19:
        s.timeLow[i] = view.getUint32(at, true);
        s.timeHigh[i] = view.getUint32(at + 4, true);
        at += 8;
        break;
      case 0x21:
        s.count[i] = view.getUint32(at + 4, true) * twoTo32 + view.getUint32(at, true);
        at += 8;
        break;
      case 0x29:
        at = moment(s.sum, i, p, view, at);
        break;
      case 0x31:
        fixedCounts(pool, view, at, at + 8);
        at += 8;
        break;
      case 0x32:
        at = past(wire, at, end);
        fixedCounts(pool, view, wire.at, at);
        break;
      case 0x39:
        return false;
      case 0x3a:
        if (p.boundsEnd !== 0) return false;
        at = past(wire, at, end);
        p.bounds = wire.at;
        p.boundsEnd = at;
        break;
      case 0x4a:
        if (p.attributesEnd === 0) p.attributes = at - 1;
        else if (p.attributesEnd !== at - 1) return false;
        at = past(wire, at, end);
        p.attributesEnd = at;
        break;
      case 0x50:
        at = flagsAt(p, wire, at, end);
        break;
      case 0x59:
        at = moment(s.min, i, p, view, at);
        break;
      case 0x61:
        at = moment(s.max, i, p, view, at);
        break;
      default:
        at = other(wire, at - 1, end, 12, 8);
    }
  }
  checkEnd(at, end);
  return true;
}

export function scanExponential(
  s: ExponentialColumns,
  i: number,
  p: Scanned,
  wire: Wire,
  start: number,
  end: number,
): boolean {
  const { bytes, view } = wire;
  let at = start;
  while (at < end) {
    switch (bytes[at++]) {
      case 0x0a:
        if (p.attributesEnd === 0) p.attributes = at - 1;
        else if (p.attributesEnd !== at - 1) return false;
        at = past(wire, at, end);
        p.attributesEnd = at;
        break;
      case 0x11:
        s.startLow[i] = view.getUint32(at, true);
        s.startHigh[i] = view.getUint32(at + 4, true);
        at += 8;
        break;
      case 0x19:
        s.timeLow[i] = view.getUint32(at, true);
        s.timeHigh[i] = view.getUint32(at + 4, true);
        at += 8;
        break;
      case 0x21:
        s.count[i] = view.getUint32(at + 4, true) * twoTo32 + view.getUint32(at, true);
        at += 8;
        break;
      case 0x29:
        at = moment(s.sum, i, p, view, at);
        break;
      case 0x30:
        wire.at = at;
        s.scale[i] = readSint32(wire, end);
        at = wire.at;
        break;
      case 0x39:
        s.zeroCount[i] = view.getUint32(at + 4, true) * twoTo32 + view.getUint32(at, true);
        at += 8;
        break;
      case 0x42:
        if (p.positiveEnd !== 0) return false;
        at = past(wire, at, end);
        p.positive = wire.at;
        p.positiveEnd = at;
        break;
      case 0x4a:
        if (p.negativeEnd !== 0) return false;
        at = past(wire, at, end);
        p.negative = wire.at;
        p.negativeEnd = at;
        break;
      case 0x50:
        at = flagsAt(p, wire, at, end);
        break;
      case 0x61:
        at = moment(s.min, i, p, view, at);
        break;
      case 0x69:
        at = moment(s.max, i, p, view, at);
        break;
      case 0x71:
        s.zeroThreshold[i] = view.getFloat64(at, true);
        at += 8;
        break;
      default:
        at = other(wire, at - 1, end, 14, 11);
    }
  }
  checkEnd(at, end);
  return true;
}

export function scanSummary(s: SummaryColumns, i: number, p: Scanned, wire: Wire, start: number, end: number): boolean {
  const { bytes, view } = wire;
  let at = start;
  while (at < end) {
    switch (bytes[at++]) {
      case 0x11:
        s.startLow[i] = view.getUint32(at, true);
        s.startHigh[i] = view.getUint32(at + 4, true);
        at += 8;
        break;
      case 0x19:
        s.timeLow[i] = view.getUint32(at, true);
        s.timeHigh[i] = view.getUint32(at + 4, true);
        at += 8;
        break;
      case 0x21:
        s.count[i] = view.getUint32(at + 4, true) * twoTo32 + view.getUint32(at, true);
        at += 8;
        break;
      case 0x29:
        at = moment(s.sum, i, p, view, at);
        break;
      case 0x3a:
        if (p.attributesEnd === 0) p.attributes = at - 1;
        else if (p.attributesEnd !== at - 1) return false;
        at = past(wire, at, end);
        p.attributesEnd = at;
        break;
      case 0x40:
        at = flagsAt(p, wire, at, end);
        break;
      default:
        // 6 holds the quantiles: shown by nobody, as they cannot be merged
        at = other(wire, at - 1, end, 8, 6);
    }
  }
  checkEnd(at, end);
  return true;
}

/**
 * Buckets of an exponential histogram: an offset and packed varint counts, which go to the pool.
 * @returns the offset
 */
export function scanBuckets(pool: Pool, wire: Wire, start: number, end: number): number {
  let offset = 0;
  wire.at = start;
  while (wire.at < end) {
    const tag = readVarint(wire, end);
    if (tag === 0x08) offset = readSint32(wire, end);
    else if (tag === 0x12) {
      const length = readLength(wire, end);
      varintCounts(pool, wire, wire.at + length);
    } else if (tag === 0x10) {
      reservePool(pool, pool.length + 1);
      pool.data[pool.length++] = readVarint(wire, end);
    } else if (tag >>> 3 === 1 || tag >>> 3 === 2) throw new Malformed(`buckets have the wire type ${tag & 7}`);
    else skip(wire, tag, end);
  }
  return offset;
}

function varintCounts(pool: Pool, wire: Wire, end: number): void {
  const { bytes } = wire;
  reservePool(pool, pool.length + end - wire.at);
  const { data } = pool;
  let to = pool.length;
  while (wire.at < end) {
    const byte = bytes[wire.at] as number;
    if (byte < 128) {
      wire.at++;
      data[to++] = byte;
    } else data[to++] = readVarint(wire, end);
  }
  pool.length = to;
}
