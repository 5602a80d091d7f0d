/** Attributes out of protobuf, for streams that are new: once for each, so plainness counts before speed. */
import type { Attributes, AttributeValue } from '@/lib/signal/model';
import {
  bytesType,
  expectType,
  fixed64Type,
  Malformed,
  type Range,
  Refused,
  readDouble,
  readInt64,
  readLength,
  readText,
  readVarint,
  skip,
  varintType,
  type Wire,
} from './wire';

export const maxDepth = 64;

/**
 * `canonical` tells apart what the data model tells apart (200 is not "200", nor 200.0) and nothing else (the
 * order of keys); `value` is what is shown and selected on.
 */
type Decoded = { value: AttributeValue; canonical: string };
export type DecodedAttributes = { attributes: Attributes; canonical: string };

const nothing: Decoded = { value: null, canonical: 'n' };

/** Repeated KeyValue fields, one after the other, each with its tag. The first of equal keys wins. */
export function decodeAttributes(wire: Wire, start: number, end: number): DecodedAttributes {
  const entries = new Map<string, Decoded>();
  wire.at = start;
  while (wire.at < end) {
    expectType(readVarint(wire, end), bytesType);
    decodeKeyValue(wire, end, entries, 1);
  }
  return asAttributes(entries);
}

/** The fields numbered `field` of a message that may hold others too. */
export function decodeAttributesOf(range: Range, field: number): DecodedAttributes {
  const { wire, start, end } = range;
  const entries = new Map<string, Decoded>();
  wire.at = start;
  while (wire.at < end) {
    const tag = readVarint(wire, end);
    if (tag >>> 3 !== field) skip(wire, tag, end);
    else {
      expectType(tag, bytesType);
      decodeKeyValue(wire, end, entries, 1);
    }
  }
  return asAttributes(entries);
}

function asAttributes(entries: Map<string, Decoded>): DecodedAttributes {
  const { value, canonical } = asMap(entries);
  return { attributes: value as Attributes, canonical };
}

function asMap(entries: Map<string, Decoded>): Decoded {
  const sorted = [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
  // fromEntries defines own properties: a key `__proto__` stays a key
  const value = Object.fromEntries(sorted.map(([key, v]) => [key, v.value]));
  return { value, canonical: `{${sorted.map(([key, v]) => `${JSON.stringify(key)}:${v.canonical}`).join()}}` };
}

/** Stands at the length of a KeyValue and leaves behind its end. */
function decodeKeyValue(wire: Wire, limit: number, into: Map<string, Decoded>, depth: number): void {
  const length = readLength(wire, limit);
  const end = wire.at + length;
  let key = '';
  let value = nothing;
  while (wire.at < end) {
    const tag = readVarint(wire, end);
    if (tag >>> 3 === 1) key = text(wire, tag, end);
    else if (tag >>> 3 === 2) value = message(wire, tag, end, (stop) => decodeAny(wire, stop, depth));
    else skip(wire, tag, end);
  }
  if (!into.has(key)) into.set(key, value);
}

function text(wire: Wire, tag: number, end: number): string {
  expectType(tag, bytesType);
  const length = readLength(wire, end);
  const value = readText(wire, wire.at, wire.at + length);
  wire.at += length;
  if (value.includes('\0'))
    throw new Refused('an attribute holds a NUL character or half a surrogate pair, which cannot be stored');
  return value;
}

function message<T>(wire: Wire, tag: number, end: number, read: (stop: number) => T): T {
  expectType(tag, bytesType);
  const length = readLength(wire, end);
  return read(wire.at + length);
}

/** One AnyValue up to `end`. Of a oneof the last field counts; `*_strindex` counts as absent. */
function decodeAny(wire: Wire, end: number, depth: number): Decoded {
  if (depth > maxDepth) throw new Malformed(`attribute values are nested deeper than ${maxDepth}`);
  let decoded = nothing;
  while (wire.at < end) {
    const tag = readVarint(wire, end);
    switch (tag >>> 3) {
      case 1: {
        const value = text(wire, tag, end);
        decoded = { value, canonical: JSON.stringify(value) };
        break;
      }
      case 2: {
        expectType(tag, varintType);
        const value = readVarint(wire, end) !== 0;
        decoded = { value, canonical: value ? 'b1' : 'b0' };
        break;
      }
      case 3: {
        expectType(tag, varintType);
        const value = readInt64(wire, end);
        const safe = Number.isSafeInteger(Number(value));
        decoded = { value: safe ? Number(value) : String(value), canonical: `i${value}` };
        break;
      }
      case 4: {
        expectType(tag, fixed64Type);
        const value = readDouble(wire, end);
        decoded = { value: Number.isFinite(value) ? value : String(value), canonical: `d${value}` };
        break;
      }
      case 5:
        decoded = message(wire, tag, end, (stop) => decodeArray(wire, stop, depth));
        break;
      case 6:
        decoded = message(wire, tag, end, (stop) => decodeMap(wire, stop, depth));
        break;
      case 7: {
        expectType(tag, bytesType);
        const length = readLength(wire, end);
        const value = wire.bytes.toString('base64', wire.at, wire.at + length);
        wire.at += length;
        decoded = { value, canonical: `x${value}` };
        break;
      }
      default:
        skip(wire, tag, end);
    }
  }
  return decoded;
}

function decodeArray(wire: Wire, end: number, depth: number): Decoded {
  const items: Decoded[] = [];
  while (wire.at < end) {
    const tag = readVarint(wire, end);
    if (tag >>> 3 !== 1) skip(wire, tag, end);
    else items.push(message(wire, tag, end, (stop) => decodeAny(wire, stop, depth + 1)));
  }
  return { value: items.map((i) => i.value), canonical: `[${items.map((i) => i.canonical).join()}]` };
}

function decodeMap(wire: Wire, end: number, depth: number): Decoded {
  const entries = new Map<string, Decoded>();
  while (wire.at < end) {
    const tag = readVarint(wire, end);
    if (tag >>> 3 !== 1) skip(wire, tag, end);
    else {
      expectType(tag, bytesType);
      decodeKeyValue(wire, end, entries, depth + 1);
    }
  }
  return asMap(entries);
}
