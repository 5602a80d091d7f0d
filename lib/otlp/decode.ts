/**
 * ExportMetricsServiceRequest into columns in one pass over its bytes: resource → scope → metric → points.
 * No object is made for a point; text is decoded only for streams that are new.
 * @see https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/metrics/v1/metrics.proto
 */
import { isUtf8 } from 'node:buffer';
import type { Columns } from '@/lib/signal/ledger/columns';
import type { PointKind } from '@/lib/signal/model';
import {
  type Decoding,
  type Metric,
  type Resource,
  resourceContent,
  type Scope,
  scopeContent,
  textOf,
} from './identity';
import { add, beginRequest, type Known, lookup } from './known';
import { pointReaders } from './points';
import {
  bytesType,
  expectType,
  type FieldTypes,
  fieldsOf,
  lastOf,
  Malformed,
  newWire,
  type Range,
  Refused,
  readLength,
  readVarint,
  skip,
  varintType,
  whole,
} from './wire';

/** @throws Malformed; what was put into the columns is then of no use */
export function decodeRequest(
  known: Known,
  columns: Columns,
  body: Buffer,
  environment: string | null,
): Pick<Decoding, 'fresh' | 'rejections'> {
  beginRequest(known);
  const wire = newWire(body);
  const d: Decoding = {
    known,
    columns,
    environment,
    fresh: { generation: known.generation, streams: [], pairs: [] },
    freshByPair: new Map(),
    rejections: new Map(),
    lastBounds: { wire, start: 0, end: 0, index: 0 },
  };
  try {
    const fields = fieldsOf({ wire, start: 0, end: body.length }, { 1: bytesType });
    for (const range of fields.get(1) ?? []) readResourceMetrics(d, range);
  } catch (error) {
    // A fixed-width field at the very end of the body is read before its end is checked.
    if (error instanceof RangeError) throw new Malformed('a message ends early');
    throw error;
  }
  return d;
}

function checkText(ranges: Range[] | undefined): void {
  for (const { wire, start, end } of ranges ?? []) {
    if (!isUtf8(wire.bytes.subarray(start, end))) throw new Malformed('a string is not UTF-8');
  }
}

const resourceMetricsFields = { 1: bytesType, 2: bytesType, 3: bytesType };

function readResourceMetrics(d: Decoding, range: Range): void {
  const fields = fieldsOf(range, resourceMetricsFields);
  checkText(fields.get(3));
  const resource: Resource = { range: whole(fields.get(1), range.wire), id: 0, refused: null };
  const { wire, start, end } = resource.range;
  const parent = environmentId(d.known, d.environment);
  resource.id = lookup(d.known.resources, parent, wire, start, end);
  if (resource.id === 0) {
    resource.refused = refusal(() => resourceContent(d, resource));
    if (resource.refused === null) resource.id = add(d.known.resources, parent, wire, start, end);
  }
  for (const inner of fields.get(2) ?? []) readScopeMetrics(d, resource, inner);
}

function environmentId(known: Known, environment: string | null): number {
  if (environment === null) return 0;
  let id = known.environments.get(environment);
  if (id === undefined) {
    id = known.environments.size + 1;
    known.environments.set(environment, id);
  }
  return id;
}

/** Why something cannot be stored, or null when it can. */
function refusal(read: () => unknown): string | null {
  try {
    read();
    return null;
  } catch (error) {
    if (error instanceof Refused) return error.message;
    throw error;
  }
}

const scopeMetricsFields = { 1: bytesType, 2: bytesType, 3: bytesType };

function readScopeMetrics(d: Decoding, resource: Resource, range: Range): void {
  const fields = fieldsOf(range, scopeMetricsFields);
  checkText(fields.get(3));
  const scope: Scope = { resource, range: whole(fields.get(1), range.wire), id: 0, refused: resource.refused };
  if (scope.refused === null) {
    const { wire, start, end } = scope.range;
    scope.id = lookup(d.known.scopes, resource.id, wire, start, end);
    if (scope.id === 0) {
      scope.refused = refusal(() => scopeContent(scope));
      if (scope.refused === null) scope.id = add(d.known.scopes, resource.id, wire, start, end);
    }
  }
  for (const inner of fields.get(2) ?? []) readMetric(d, scope, inner);
}

const metricFields: FieldTypes = {
  1: bytesType,
  2: bytesType,
  3: bytesType,
  5: bytesType,
  7: bytesType,
  9: bytesType,
  10: bytesType,
  11: bytesType,
  12: bytesType,
};
const kinds: Array<[field: number, kind: PointKind]> = [
  [5, 'gauge'],
  [7, 'sum'],
  [9, 'histogram'],
  [10, 'exponential_histogram'],
  [11, 'summary'],
];
const dataFields: Record<PointKind, FieldTypes> = {
  gauge: { 1: bytesType },
  sum: { 1: bytesType, 2: varintType, 3: varintType },
  histogram: { 1: bytesType, 2: varintType },
  exponential_histogram: { 1: bytesType, 2: varintType },
  summary: { 1: bytesType },
};

function readMetric(d: Decoding, scope: Scope, range: Range): void {
  const fields = fieldsOf(range, metricFields);
  checkText(fields.get(2));
  const data = dataOf(fields);
  if (!data) return;
  const { temporality, monotonic } = readTraits(data.range, data.kind);
  const metric: Metric = {
    scope,
    kind: data.kind,
    temporality,
    monotonic,
    name: lastOf(fields.get(1), range.wire),
    unit: lastOf(fields.get(3), range.wire),
    id: 0,
    refused: scope.refused,
  };
  metric.refused ??= refusal(() => identify(d, metric));
  const readPoint = pointReaders[data.kind];
  const { wire, start, end } = data.range;
  wire.at = start;
  while (wire.at < end) {
    const tag = readVarint(wire, end);
    if (tag !== 10) skip(wire, tag, end);
    else {
      const length = readLength(wire, end);
      const stop = wire.at + length;
      readPoint(d, metric, wire, wire.at, stop);
      wire.at = stop;
    }
  }
}

/** Of a oneof the field that came last counts, joined with what came of the same kind right before it. */
function dataOf(fields: Map<number, Range[]>): { kind: PointKind; range: Range } | null {
  let last: { kind: PointKind; ranges: Range[] } | null = null;
  let others = -1;
  for (const [field, kind] of kinds) {
    const ranges = fields.get(field);
    if (!ranges) continue;
    const at = (ranges.at(-1) as Range).start;
    const before = last ? (last.ranges.at(-1) as Range).start : -1;
    if (at > before) {
      others = Math.max(others, before);
      last = { kind, ranges };
    } else others = Math.max(others, at);
  }
  if (!last) return null;
  const ranges = last.ranges.filter((r) => r.start > others);
  return { kind: last.kind, range: whole(ranges, (ranges[0] as Range).wire) };
}

const temporalities = ['unspecified', 'delta', 'cumulative'] as const;

/** Temporality and monotonicity stand behind the points, mostly. */
function readTraits({ wire, start, end }: Range, kind: PointKind): Pick<Metric, 'temporality' | 'monotonic'> {
  const types = dataFields[kind];
  let temporality = 0;
  let monotonic = false;
  wire.at = start;
  while (wire.at < end) {
    const tag = readVarint(wire, end);
    const type = types[tag >>> 3];
    if (type !== undefined) expectType(tag, type);
    if (type === varintType) {
      const value = readVarint(wire, end);
      if (tag >>> 3 === 2) temporality = value;
      else monotonic = value !== 0;
    } else skip(wire, tag, end);
  }
  if (kind === 'gauge' || kind === 'summary') return { temporality: 'none', monotonic };
  return { temporality: temporalities[temporality] ?? 'unspecified', monotonic };
}

const maxName = 1024;
const scratch = newWire(Buffer.alloc(4 + 2 * maxName));

/** Finds the metric among those known, by kind, traits, unit and name; or checks and adds it. */
function identify(d: Decoding, metric: Metric): void {
  const { name, unit, kind, temporality, monotonic } = metric;
  const nameLength = name.end - name.start;
  const unitLength = unit.end - unit.start;
  if (nameLength === 0) throw new Refused('the metric has no name');
  if (nameLength > maxName) throw new Refused(`the name is longer than ${maxName} bytes`);
  if (unitLength > maxName) throw new Refused(`the unit is longer than ${maxName} bytes`);
  const { bytes } = scratch;
  bytes[0] = kinds.findIndex(([, k]) => k === kind);
  bytes[1] = temporality === 'none' ? 3 : temporalities.indexOf(temporality);
  bytes[2] = monotonic ? 1 : 0;
  bytes[3] = unitLength & 255;
  unit.wire.bytes.copy(bytes, 4, unit.start, unit.end);
  name.wire.bytes.copy(bytes, 4 + unitLength, name.start, name.end);
  const length = 4 + unitLength + nameLength;
  metric.id = lookup(d.known.metrics, metric.scope.id, scratch, 0, length);
  if (metric.id !== 0) return;
  textOf(name, 'the name');
  textOf(unit, 'the unit');
  if (temporality === 'unspecified') throw new Refused('the aggregation temporality is unspecified');
  metric.id = add(d.known.metrics, metric.scope.id, scratch, 0, length);
}
