/**
 * Reading protobuf by hand. Nothing is copied: a message is a range of the request's bytes.
 * @see https://protobuf.dev/programming-guides/encoding/
 */
import { isUtf8 } from 'node:buffer';

/** The bytes are not what they claim to be: 400, and nothing of the request is kept. */
export class Malformed extends Error {
  override name = 'Malformed';
}
/** Well-formed, but not to be stored: the points concerned are rejected, the rest is kept. */
export class Refused extends Error {
  override name = 'Refused';
}

export type Wire = { bytes: Buffer; view: DataView; at: number };
/** A message within the bytes of a wire. */
export type Range = { wire: Wire; start: number; end: number };

export function newWire(bytes: Buffer): Wire {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), at: 0 };
}

const truncated = () => new Malformed('a message ends early');

/** Exact below 2^53, which lengths, tags and flags are. */
export function readVarint(w: Wire, end: number): number {
  const bytes = w.bytes;
  let at = w.at;
  if (at >= end) throw truncated();
  let byte = bytes[at++] as number;
  let value = byte & 127;
  for (let scale = 128; byte > 127; scale *= 128) {
    if (at >= end) throw truncated();
    if (at - w.at >= 10) throw new Malformed('a varint is longer than ten bytes');
    byte = bytes[at++] as number;
    value += (byte & 127) * scale;
  }
  w.at = at;
  return value;
}

/** All 64 bits, as a signed number. */
export function readInt64(w: Wire, end: number): bigint {
  let value = 0n;
  const start = w.at;
  for (let shift = 0n; ; shift += 7n) {
    if (w.at >= end) throw truncated();
    if (w.at - start >= 10) throw new Malformed('a varint is longer than ten bytes');
    const byte = w.bytes[w.at++] as number;
    value |= BigInt(byte & 127) << shift;
    if (byte < 128) return BigInt.asIntN(64, value);
  }
}

/** A zigzag-coded sint32. */
export function readSint32(w: Wire, end: number): number {
  const low = (readVarint(w, end) % 4294967296) >>> 0;
  return (low >>> 1) ^ -(low & 1);
}

/** Reads a length and checks that so much is there. `w.at` stands at the first byte of the content. */
export function readLength(w: Wire, end: number): number {
  const length = readVarint(w, end);
  if (length > end - w.at) throw truncated();
  return length;
}

export function readDouble(w: Wire, end: number): number {
  if (end - w.at < 8) throw truncated();
  w.at += 8;
  return w.view.getFloat64(w.at - 8, true);
}

export const varintType = 0;
export const fixed64Type = 1;
export const bytesType = 2;
export const fixed32Type = 5;

/** Steps over a field whose number we do not know. */
export function skip(w: Wire, tag: number, end: number): void {
  if (tag < 8) throw new Malformed('a field has the number 0');
  const type = tag & 7;
  if (type === varintType) readVarint(w, end);
  else if (type === fixed64Type) w.at += 8;
  else if (type === bytesType) {
    const length = readLength(w, end);
    w.at += length;
  } else if (type === fixed32Type) w.at += 4;
  else throw new Malformed(`a field has the wire type ${type}`);
  if (w.at > end) throw truncated();
}

/** A field that we know must have the type that the schema gives it. */
export function expectType(tag: number, type: number): void {
  if ((tag & 7) !== type) throw new Malformed(`field ${tag >>> 3} has the wire type ${tag & 7}, not ${type}`);
}

/** @throws Malformed when the bytes are not UTF-8 */
export function readText(w: Wire, start: number, end: number): string {
  if (!isUtf8(w.bytes.subarray(start, end))) throw new Malformed('a string is not UTF-8');
  return w.bytes.toString('utf8', start, end);
}

/** Joins pieces of one message that was sent in several: protobuf says they merge. */
export function joined(ranges: Range[]): Range {
  const bytes = Buffer.concat(ranges.map((r) => r.wire.bytes.subarray(r.start, r.end)));
  return { wire: newWire(bytes), start: 0, end: bytes.length };
}

export type FieldTypes = Record<number, number>;

/** Where the length-delimited fields that we know are, whatever their order; all others are stepped over. */
export function fieldsOf({ wire, start, end }: Range, types: FieldTypes): Map<number, Range[]> {
  const found = new Map<number, Range[]>();
  wire.at = start;
  while (wire.at < end) {
    const tag = readVarint(wire, end);
    const type = types[tag >>> 3];
    if (type !== undefined) expectType(tag, type);
    if (type !== bytesType) skip(wire, tag, end);
    else {
      const length = readLength(wire, end);
      const range = { wire, start: wire.at, end: wire.at + length };
      const before = found.get(tag >>> 3);
      if (before) before.push(range);
      else found.set(tag >>> 3, [range]);
      wire.at = range.end;
    }
  }
  return found;
}

/** A message that came in pieces is the pieces joined; one that did not come is empty. */
export function whole(ranges: Range[] | undefined, wire: Wire): Range {
  if (!ranges) return { wire, start: 0, end: 0 };
  return ranges.length === 1 ? (ranges[0] as Range) : joined(ranges);
}

/** A string field: of several, the last counts. */
export const lastOf = (ranges: Range[] | undefined, wire: Wire): Range => ranges?.at(-1) ?? { wire, start: 0, end: 0 };
