/**
 * OTLP/JSON becomes protobuf, so that both encodings are judged and stored by the same code.
 * proto3 JSON except: keys in lowerCamelCase only, enums as integers only, unknown fields are ignored.
 * @see https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
import { isUtf8 } from 'node:buffer';
import { maxDepth } from './attributes';
import { Malformed } from './wire';
import {
  newProtoWriter,
  type ProtoWriter,
  writeBytesField,
  writeDouble,
  writeDoubleField,
  writeFixed64,
  writeFixed64Field,
  writeMessage,
  writeSint32Field,
  writeTextField,
  writeVarint,
  writeVarintField,
  written,
} from './write';

type Json = { [key: string]: unknown };

/** @throws Malformed naming the field */
export function protobufOf(body: Buffer): Buffer {
  if (!isUtf8(body)) throw new Malformed('the body is not UTF-8');
  let parsed: unknown;
  try {
    parsed = JSON.parse(keepLongIntegers(body.toString('utf8')));
  } catch {
    throw new Malformed('the body is not JSON');
  }
  const w = newProtoWriter(body.length);
  const request = object(parsed, 'the request');
  for (const item of list(request, 'resourceMetrics')) writeMessage(w, 1, () => resourceMetrics(w, item));
  return written(w);
}

/**
 * JSON.parse would round integers of more than 15 digits; as strings they are as good, and whole.
 */
function keepLongIntegers(text: string): string {
  if (!/[\s:,[-]\d{16}/.test(text)) return text;
  const pieces: string[] = [];
  let copied = 0;
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === 34) {
      at++;
      for (let c = text.charCodeAt(at); c !== 34 && at < text.length; c = text.charCodeAt(++at)) if (c === 92) at++;
      at++;
    } else if (code === 45 || (code >= 48 && code <= 57)) {
      const start = at++;
      let whole = true;
      for (; at < text.length; at++) {
        const c = text.charCodeAt(at);
        if (c >= 48 && c <= 57) continue;
        if (c !== 46 && c !== 101 && c !== 69 && c !== 43 && c !== 45) break;
        whole = false;
      }
      if (whole && at - start > 15) {
        pieces.push(text.slice(copied, start), '"', text.slice(start, at), '"');
        copied = at;
      }
    } else at++;
  }
  return pieces.join('') + text.slice(copied);
}

const wrong = (field: string, want: string) => new Malformed(`${field} must be ${want}`);

function object(value: unknown, field: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(field, 'an object');
  return value as Json;
}

/** Items of a repeated message field; null and absent are none. */
function list(from: Json, field: string): Json[] {
  return items(from, field).map((v) => object(v, `an item of ${field}`));
}

function items(from: Json, field: string): unknown[] {
  const value = from[field] ?? [];
  if (!Array.isArray(value)) throw wrong(field, 'an array');
  return value;
}

function integer(value: unknown, field: string, min: bigint, max: bigint): bigint {
  let parsed: bigint;
  if (typeof value === 'number' && Number.isInteger(value)) parsed = BigInt(value);
  else if (typeof value === 'string' && /^-?\d{1,20}$/.test(value)) parsed = BigInt(value);
  else throw wrong(field, 'an integer, as a number or a string');
  if (parsed < min || parsed > max) throw wrong(field, `between ${min} and ${max}`);
  return parsed;
}

const int64 = (value: unknown, field: string) => integer(value, field, -(2n ** 63n), 2n ** 63n - 1n);
const uint64 = (value: unknown, field: string) => integer(value, field, 0n, 2n ** 64n - 1n);
const int32 = (value: unknown, field: string) => Number(integer(value, field, -(2n ** 31n), 2n ** 31n - 1n));
const uint32 = (value: unknown, field: string) => Number(integer(value, field, 0n, 2n ** 32n - 1n));

const special: Record<string, number> = { NaN: Number.NaN, Infinity: Infinity, '-Infinity': -Infinity };
const numeric = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;

function double(value: unknown, field: string): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'string') {
    if (value in special) return special[value] as number;
    if (numeric.test(value)) return Number(value);
  }
  throw wrong(field, 'a number, or "NaN", "Infinity" or "-Infinity"');
}

const halfPairs = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

/** Half a surrogate pair has no UTF-8; NUL, which cannot be stored either, stands for it. */
function text(value: unknown, field: string): string {
  if (typeof value !== 'string') throw wrong(field, 'a string');
  return value.replace(halfPairs, '\0');
}

function putText(w: ProtoWriter, number: number, from: Json, field: string): void {
  const value = from[field] ?? null;
  if (value !== null) writeTextField(w, number, text(value, field));
}

function putFixed64(w: ProtoWriter, number: number, from: Json, field: string): void {
  const value = from[field] ?? null;
  if (value !== null) writeFixed64Field(w, number, uint64(value, field));
}

function putDouble(w: ProtoWriter, number: number, from: Json, field: string): void {
  const value = from[field] ?? null;
  if (value !== null) writeDoubleField(w, number, double(value, field));
}

function putVarint(w: ProtoWriter, number: number, from: Json, field: string): void {
  const value = from[field] ?? null;
  if (value !== null) writeVarintField(w, number, uint32(value, field));
}

function attributes(w: ProtoWriter, number: number, from: Json): void {
  for (const item of list(from, 'attributes')) writeMessage(w, number, () => keyValue(w, item, 1));
}

function keyValue(w: ProtoWriter, from: Json, depth: number): void {
  putText(w, 1, from, 'key');
  const value = from.value ?? null;
  if (value !== null) writeMessage(w, 2, () => anyValue(w, object(value, 'value'), depth));
}

function anyValue(w: ProtoWriter, from: Json, depth: number): void {
  if (depth > maxDepth) throw new Malformed(`attribute values are nested deeper than ${maxDepth}`);
  putText(w, 1, from, 'stringValue');
  if ((from.boolValue ?? null) !== null) {
    if (typeof from.boolValue !== 'boolean') throw wrong('boolValue', 'true or false');
    writeVarintField(w, 2, from.boolValue ? 1 : 0);
  }
  if ((from.intValue ?? null) !== null) writeVarintField(w, 3, int64(from.intValue, 'intValue'));
  putDouble(w, 4, from, 'doubleValue');
  if ((from.arrayValue ?? null) !== null) {
    const values = list(object(from.arrayValue, 'arrayValue'), 'values');
    writeMessage(w, 5, () => {
      for (const item of values) writeMessage(w, 1, () => anyValue(w, item, depth + 1));
    });
  }
  if ((from.kvlistValue ?? null) !== null) {
    const values = list(object(from.kvlistValue, 'kvlistValue'), 'values');
    writeMessage(w, 6, () => {
      for (const item of values) writeMessage(w, 1, () => keyValue(w, item, depth + 1));
    });
  }
  if ((from.bytesValue ?? null) !== null) {
    writeBytesField(w, 7, Buffer.from(text(from.bytesValue, 'bytesValue'), 'base64'));
  }
}

function resourceMetrics(w: ProtoWriter, from: Json): void {
  const resource = from.resource ?? null;
  if (resource !== null) writeMessage(w, 1, () => attributes(w, 1, object(resource, 'resource')));
  for (const item of list(from, 'scopeMetrics')) writeMessage(w, 2, () => scopeMetrics(w, item));
}

function scopeMetrics(w: ProtoWriter, from: Json): void {
  const scope = from.scope ?? null;
  if (scope !== null) {
    const fields = object(scope, 'scope');
    writeMessage(w, 1, () => {
      putText(w, 1, fields, 'name');
      putText(w, 2, fields, 'version');
      attributes(w, 3, fields);
    });
  }
  for (const item of list(from, 'metrics')) writeMessage(w, 2, () => metric(w, item));
}

const kinds = [
  { field: 'gauge', number: 5, point: numberPoint },
  { field: 'sum', number: 7, point: numberPoint },
  { field: 'histogram', number: 9, point: histogramPoint },
  { field: 'exponentialHistogram', number: 10, point: exponentialPoint },
  { field: 'summary', number: 11, point: summaryPoint },
];

function metric(w: ProtoWriter, from: Json): void {
  putText(w, 1, from, 'name');
  putText(w, 3, from, 'unit');
  for (const { field, number, point } of kinds) {
    const data = from[field] ?? null;
    if (data === null) continue;
    const fields = object(data, field);
    writeMessage(w, number, () => {
      for (const item of list(fields, 'dataPoints')) writeMessage(w, 1, () => point(w, item));
      if (field !== 'gauge' && field !== 'summary') putVarint(w, 2, fields, 'aggregationTemporality');
      const monotonic = field === 'sum' ? (fields.isMonotonic ?? false) : false;
      if (typeof monotonic !== 'boolean') throw wrong('isMonotonic', 'true or false');
      if (monotonic) writeVarintField(w, 3, 1);
    });
  }
}

function times(w: ProtoWriter, from: Json): void {
  putFixed64(w, 2, from, 'startTimeUnixNano');
  putFixed64(w, 3, from, 'timeUnixNano');
}

function numberPoint(w: ProtoWriter, from: Json): void {
  times(w, from);
  putDouble(w, 4, from, 'asDouble');
  if ((from.asInt ?? null) !== null) writeFixed64Field(w, 6, int64(from.asInt, 'asInt'));
  attributes(w, 7, from);
  putVarint(w, 8, from, 'flags');
}

function histogramPoint(w: ProtoWriter, from: Json): void {
  times(w, from);
  putFixed64(w, 4, from, 'count');
  putDouble(w, 5, from, 'sum');
  const counts = items(from, 'bucketCounts').map((v) => uint64(v, 'bucketCounts'));
  const bounds = items(from, 'explicitBounds').map((v) => double(v, 'explicitBounds'));
  if (counts.length > 0) writeMessage(w, 6, () => counts.forEach((v) => void writeFixed64(w, v)));
  if (bounds.length > 0) writeMessage(w, 7, () => bounds.forEach((v) => void writeDouble(w, v)));
  attributes(w, 9, from);
  putVarint(w, 10, from, 'flags');
  putDouble(w, 11, from, 'min');
  putDouble(w, 12, from, 'max');
}

function exponentialPoint(w: ProtoWriter, from: Json): void {
  attributes(w, 1, from);
  times(w, from);
  putFixed64(w, 4, from, 'count');
  putDouble(w, 5, from, 'sum');
  if ((from.scale ?? null) !== null) writeSint32Field(w, 6, int32(from.scale, 'scale'));
  putFixed64(w, 7, from, 'zeroCount');
  for (const [number, field] of [
    [8, 'positive'],
    [9, 'negative'],
  ] as const) {
    const buckets = from[field] ?? null;
    if (buckets === null) continue;
    const fields = object(buckets, field);
    const counts = items(fields, 'bucketCounts').map((v) => uint64(v, 'bucketCounts'));
    writeMessage(w, number, () => {
      if ((fields.offset ?? null) !== null) writeSint32Field(w, 1, int32(fields.offset, 'offset'));
      if (counts.length > 0) writeMessage(w, 2, () => counts.forEach((v) => void writeVarint(w, v)));
    });
  }
  putVarint(w, 10, from, 'flags');
  putDouble(w, 12, from, 'min');
  putDouble(w, 13, from, 'max');
  putDouble(w, 14, from, 'zeroThreshold');
}

function summaryPoint(w: ProtoWriter, from: Json): void {
  times(w, from);
  putFixed64(w, 4, from, 'count');
  putDouble(w, 5, from, 'sum');
  attributes(w, 7, from);
  putVarint(w, 8, from, 'flags');
}
