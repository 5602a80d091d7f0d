/** Who a point belongs to: resource, scope and metric, and what makes the identity of their streams. */
import { hash } from 'node:crypto';
import type { Columns } from '@/lib/signal/ledger/columns';
import type { NewStream, StreamFamily } from '@/lib/signal/ledger/streams';
import type { PointKind, Temporality } from '@/lib/signal/model';
import { type DecodedAttributes, decodeAttributesOf } from './attributes';
import type { Known } from './known';
import { bytesType, fieldsOf, lastOf, type Range, Refused, readText, type Wire } from './wire';

/** Points of one metric that were refused for one reason. */
export type Rejection = { environment: string; metric: string; message: string; points: number };

/** `streams[i]` is the stream that columns call `-(i + 1)`; `pairs[i]` is its place in what is known. */
export type Fresh = { generation: number; streams: NewStream[]; pairs: Array<{ metric: number; set: number }> };

export type Decoding = {
  known: Known;
  columns: Columns;
  /** the key's environment, or null for what the resource says */
  environment: string | null;
  fresh: Fresh;
  freshByPair: Map<number, number>;
  rejections: Map<string, Rejection>;
  /** where the bounds of the last histogram point are: mostly the next has the same */
  lastBounds: { wire: Wire; start: number; end: number; index: number };
};

export type Resource = {
  range: Range;
  id: number;
  refused: string | null;
  content?: { attributes: DecodedAttributes; environment: string };
};
export type Scope = {
  resource: Resource;
  range: Range;
  id: number;
  refused: string | null;
  content?: { name: string; version: string; attributes: DecodedAttributes };
};
export type Metric = {
  scope: Scope;
  kind: PointKind;
  temporality: Temporality | 'unspecified';
  monotonic: boolean;
  name: Range;
  unit: Range;
  id: number;
  /** why all of its points are rejected */
  refused: string | null;
  family?: StreamFamily;
};

const maxEnvironment = 200;

export function resourceContent(d: Decoding, resource: Resource) {
  if (resource.content) return resource.content;
  const attributes = decodeAttributesOf(resource.range, 1);
  const named = [
    attributes.attributes['deployment.environment.name'],
    attributes.attributes['deployment.environment'],
  ].find((v) => typeof v === 'string' && v !== '');
  const environment = d.environment ?? (named as string | undefined) ?? 'production';
  if (environment.length > maxEnvironment) {
    throw new Refused(`deployment.environment.name is longer than ${maxEnvironment} characters`);
  }
  resource.content = { attributes, environment };
  return resource.content;
}

export function scopeContent(scope: Scope) {
  if (scope.content) return scope.content;
  const { range } = scope;
  const fields = fieldsOf(range, { 1: bytesType, 2: bytesType, 3: bytesType });
  scope.content = {
    name: textOf(lastOf(fields.get(1), range.wire), 'the name of the scope'),
    version: textOf(lastOf(fields.get(2), range.wire), 'the version of the scope'),
    attributes: decodeAttributesOf(range, 3),
  };
  return scope.content;
}

export function textOf({ wire, start, end }: Range, what: string): string {
  const text = readText(wire, start, end);
  if (text.includes('\0'))
    throw new Refused(`${what} holds a NUL character or half a surrogate pair, which cannot be stored`);
  return text;
}

/** What all streams of a metric have in common, for those that are new. */
export function familyOf(d: Decoding, metric: Metric): StreamFamily {
  if (metric.family) return metric.family;
  const resource = resourceContent(d, metric.scope.resource);
  const scope = scopeContent(metric.scope);
  const identity = {
    environment: resource.environment,
    metric: readText(metric.name.wire, metric.name.start, metric.name.end),
    kind: metric.kind,
    unit: readText(metric.unit.wire, metric.unit.start, metric.unit.end),
    temporality: metric.temporality as Temporality,
    monotonic: metric.monotonic,
  };
  const canonical = [
    JSON.stringify(Object.values(identity)),
    resource.attributes.canonical,
    JSON.stringify([scope.name, scope.version]),
    scope.attributes.canonical,
  ].join('\n');
  metric.family = {
    ...identity,
    resource: JSON.stringify(resource.attributes.attributes),
    scope: JSON.stringify({ name: scope.name, version: scope.version, attributes: scope.attributes.attributes }),
    digest: hash('sha256', canonical, 'hex'),
  };
  return metric.family;
}

/** Notes one refused point, by metric and reason. */
export function reject(d: Decoding, metric: Metric, message: string): void {
  const name = metric.name.wire.bytes.toString(
    'utf8',
    metric.name.start,
    Math.min(metric.name.end, metric.name.start + 200),
  );
  const shown = name.replaceAll('\0', '\uFFFD');
  const key = `${shown}\0${message}`;
  const known = d.rejections.get(key);
  if (known) {
    known.points++;
    return;
  }
  const environment = metric.scope.resource.content?.environment ?? d.environment ?? 'production';
  d.rejections.set(key, { environment, metric: shown, message, points: 1 });
}
