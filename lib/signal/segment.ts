/** From attributes to segments, by the mapping. Pure. */
import { drillPrefix } from '@/lib/drill/model';
import type { Attributes, AttributeValue, Mapping, MappingRule, Segment } from './model';

type Pair = { feature: string; version: string };

/** Names the drill that a point is part of. */
const drillKey = 'drill.id';
const longestDrill = 100;

/** What a drill marks as its own is kept apart from everything else, whatever environment its sender belongs to. */
export function environmentOf(environment: string, point: Attributes, resource: Attributes): string {
  const drill = textOf(point[drillKey] ?? resource[drillKey]);
  return drill ? `${drillPrefix}${drill.slice(0, longestDrill)}` : environment;
}

/** One segment a feature that the attributes name; the point's attributes win over the resource's. */
export function segmentsOf(environment: string, point: Attributes, resource: Attributes, mapping: Mapping): Segment[] {
  const read = (key: string) => point[key] ?? resource[key];
  const cohort = firstText(mapping.cohort, read) ?? '';
  const place = environmentOf(environment, point, resource);
  const found = new Map<string, Segment>();
  for (const rule of mapping.rules)
    for (const { feature, version } of pairsOf(rule, point, resource, read)) {
      // The first rule that names a feature decides its version: newer conventions stand first in the list.
      if (feature !== '' && version !== '' && !found.has(feature))
        found.set(feature, { environment: place, feature, version, cohort });
    }
  return [...found.values()];
}

/** Attributes that became part of the segment, so that they are not kept again as part of the series. */
export function isSegmentAttribute(key: string, mapping: Mapping): boolean {
  if (key === drillKey || mapping.cohort.includes(key) || mapping.environment.includes(key)) return true;
  return mapping.rules.some((rule) =>
    rule.kind === 'named' ? namedKey(rule, key) !== null : rule.feature.includes(key) || rule.version.includes(key),
  );
}

function pairsOf(
  rule: MappingRule,
  point: Attributes,
  resource: Attributes,
  read: (key: string) => AttributeValue | undefined,
): Pair[] {
  if (rule.kind === 'named') return namedPairs(rule, point, resource);
  const features = listOf(first(rule.feature, read));
  const versions = listOf(first(rule.version, read));
  // Arrays stand side by side: the third feature has the third version. A lone version serves every feature.
  return features.flatMap((feature, i) => {
    const version = versions.length === 1 ? versions[0] : versions[i];
    return version === undefined ? [] : [{ feature, version }];
  });
}

function namedPairs(rule: Extract<MappingRule, { kind: 'named' }>, point: Attributes, resource: Attributes): Pair[] {
  const pairs: Pair[] = [];
  for (const attributes of [point, resource])
    for (const key in attributes) {
      const feature = namedKey(rule, key);
      const version = textOf(attributes[key]);
      if (feature !== null && version !== null) pairs.push({ feature, version });
    }
  return pairs;
}

/** Names that the flag conventions own: `feature_flag.result.variant` is not the variant of a feature "result". */
const reserved = new Set(['result', 'evaluation', 'set', 'context', 'provider', 'provider_name', 'error']);

function namedKey(rule: Extract<MappingRule, { kind: 'named' }>, key: string): string | null {
  if (key.length <= rule.prefix.length + rule.suffix.length) return null;
  if (!key.startsWith(rule.prefix) || !key.endsWith(rule.suffix)) return null;
  const name = key.slice(rule.prefix.length, key.length - rule.suffix.length);
  return reserved.has(name) ? null : name;
}

function first(keys: string[], read: (key: string) => AttributeValue | undefined): AttributeValue | undefined {
  for (const key of keys) {
    const value = read(key);
    if (value !== undefined && value !== null && value !== '') return value;
  }
  return undefined;
}

function firstText(keys: string[], read: (key: string) => AttributeValue | undefined): string | null {
  const value = first(keys, read);
  return textOf(Array.isArray(value) ? value[0] : value);
}

function listOf(value: AttributeValue | undefined): string[] {
  const values = Array.isArray(value) ? value : [value];
  return values.map((v) => textOf(v) ?? '');
}

function textOf(value: AttributeValue | undefined): string | null {
  if (value === undefined || value === null || typeof value === 'object') return null;
  return String(value);
}
