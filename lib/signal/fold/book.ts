/**
 * Which series each stream feeds. Streams of many instances fall into one series: the segment, the metric and
 * the attributes that criteria may select on; of the resource only a short list is kept.
 */
import { createHash } from 'node:crypto';
import { drillPrefix } from '@/lib/drill/model';
import type { Attributes, FindingKind, Mapping, PointKind, Segment, Temporality } from '../model';
import { environmentOf, isSegmentAttribute, segmentsOf } from '../segment';
import { unitRatio } from '../unit';
import type { Cell } from './shelf';

export type Series = Segment & {
  /** 0 until the table has it */
  id: number;
  hash: string;
  metric: string;
  kind: PointKind;
  unit: string;
  attributes: Attributes;
  cells: Map<number, Cell>;
  recent: Cell | null;
};
export type Note = {
  kind: FindingKind;
  environment: string;
  feature: string;
  metric: string;
  detail: string;
  count: number;
  firstMs: number;
  lastMs: number;
};
/** Where the points of some streams go; shared by all streams that go to the same places. */
export type Links = {
  environment: string;
  metric: string;
  series: Series[];
  /** value in the unit of the series = value * times / over */
  times: number[];
  over: number[];
  /** no value needs converting, no series only counts: the ordinary case */
  plain: boolean;
  /** findings that every point of these streams repeats */
  notes: Note[];
};

/** How the points of a stream become increases. */
export const behaviour = {
  gauge: 0,
  delta: 1,
  cumulative: 2,
  /** deltas that may be negative */
  running: 3,
} as const;

export type StreamRow = {
  id: number;
  environment: string;
  metric: string;
  kind: PointKind;
  unit: string;
  temporality: Temporality;
  monotonic: boolean;
  attributes: Attributes;
  resource: Attributes;
};

/** `purse`: whose budget of series is spent. */
type Placed = StreamRow & { purse: string };

export type Book = {
  mapping: Mapping;
  /** series an environment may have, and all marks of drills together, for whoever sends may name any number; what is beyond goes to one overflow series */
  budget: number;
  series: Map<string, Series>;
  counts: Map<string, number>;
  /** environment and feature of every series */
  features: Set<string>;
  /** unit of the first series of each metric: the one that others are converted to */
  units: Map<string, string>;
  /** series that the table does not have yet */
  fresh: Series[];
  links: Links[];
  linkIds: Map<string, number>;
  /** by stream id: index into `links`, -1 not resolved, -2 not known to the database */
  linkOf: Int32Array;
  behaviour: Uint8Array;
  notes: Map<string, Note>;
};

export const overflowFeature = '(overflow)';
const overflowMetric = 'belay.overflow';
const keptResource = ['cloud.region', 'region', 'service.name'];

export function openBook(mapping: Mapping, budget: number): Book {
  return {
    mapping,
    budget,
    series: new Map(),
    counts: new Map(),
    features: new Set(),
    units: new Map(),
    fresh: [],
    links: [],
    linkIds: new Map(),
    linkOf: new Int32Array(0),
    behaviour: new Uint8Array(0),
    notes: new Map(),
  };
}

/** Forgets which streams go where; series and findings stay. */
export function remap(book: Book, mapping: Mapping): void {
  book.mapping = mapping;
  book.links = [];
  book.linkIds.clear();
  book.linkOf.fill(-1);
}

export function reserveBook(book: Book, stream: number): void {
  if (stream < book.linkOf.length) return;
  const capacity = Math.max(1024, book.linkOf.length * 2, stream + 1);
  const links = new Int32Array(capacity).fill(-1);
  links.set(book.linkOf);
  book.linkOf = links;
  const kinds = new Uint8Array(capacity);
  kinds.set(book.behaviour);
  book.behaviour = kinds;
}

export function enter(book: Book, given: StreamRow): void {
  const environment = environmentOf(given.environment, given.attributes, given.resource);
  const row = { ...given, environment, purse: environment === given.environment ? environment : drillPrefix };
  reserveBook(book, row.id);
  const how = behaviourOf(row);
  book.behaviour[row.id] = how;
  const kind = how === behaviour.gauge || how === behaviour.running ? 'gauge' : row.kind;
  const links: Links = {
    environment: row.environment,
    metric: row.metric,
    series: [],
    times: [],
    over: [],
    plain: true,
    notes: [],
  };
  const found = segmentsOf(row.environment, row.attributes, row.resource, book.mapping);
  for (const segment of found) link(book, links, row, kind, segment);
  if (row.attributes['otel.metric.overflow'] === true) {
    const detail = 'the SDK ran over its limit of attribute sets: some points carry no segment';
    const features = found.length > 0 ? found.map((f) => f.feature) : [''];
    for (const feature of new Set(features))
      links.notes.push(noteOf(book, 'overflow', row.environment, feature, row.metric, detail));
  }
  links.plain = links.series.every((s, i) => s.feature !== overflowFeature && links.times[i] === links.over[i]);
  book.linkOf[row.id] = shareLinks(book, links);
}

export function behaviourOf(row: Pick<StreamRow, 'kind' | 'temporality' | 'monotonic'>): number {
  if (row.kind === 'gauge') return behaviour.gauge;
  if (row.kind === 'summary') return behaviour.cumulative;
  if (row.kind === 'sum' && !row.monotonic) return row.temporality === 'delta' ? behaviour.running : behaviour.gauge;
  return row.temporality === 'delta' ? behaviour.delta : behaviour.cumulative;
}

function link(book: Book, links: Links, row: Placed, kind: PointKind, segment: Segment): void {
  const unitKey = `${row.environment}\n${row.metric}`;
  const unit = book.units.get(unitKey) ?? row.unit;
  const ratio = unitRatio(row.unit, unit);
  const same = ratio?.times === 1 && ratio.over === 1;
  // Exponential buckets cannot be moved by a factor without loss.
  const fits = ratio !== null && (same || kind !== 'exponential_histogram');
  if (!fits) {
    const detail = `arrives in "${row.unit}" and in "${unit}", which cannot be added`;
    links.notes.push(noteOf(book, 'unit_conflict', row.environment, segment.feature, row.metric, detail));
  }
  const attributes = keptAttributes(book, row, segment);
  const key = { ...segment, metric: row.metric, kind, unit: fits ? unit : row.unit, attributes };
  const series = seriesOf(book, key, row.purse);
  if (series.feature === overflowFeature) {
    const detail = `more than ${book.budget} series: new ones are only counted`;
    const feature = book.features.has(featureKey(segment)) ? segment.feature : '';
    links.notes.push(noteOf(book, 'series_budget', row.environment, feature, row.metric, detail));
    if (links.series.includes(series)) return;
  } else if (!book.units.has(unitKey)) book.units.set(unitKey, unit);
  links.series.push(series);
  links.times.push(fits && ratio ? ratio.times : 1);
  links.over.push(fits && ratio ? ratio.over : 1);
}

function keptAttributes(book: Book, row: StreamRow, segment: Segment): Attributes {
  const kept: Attributes = {};
  for (const key of Object.keys(row.attributes).sort()) {
    if (key !== 'otel.metric.overflow' && !isSegmentAttribute(key, book.mapping))
      kept[key] = row.attributes[key] as Attributes[string];
  }
  for (const key of keptResource) {
    const value = row.resource[key];
    if (value !== undefined && !(key in kept) && value !== segment.feature) kept[key] = value;
  }
  return kept;
}

type SeriesKey = Segment & { metric: string; kind: PointKind; unit: string; attributes: Attributes };

function seriesOf(book: Book, key: SeriesKey, purse: string): Series {
  const hash = seriesHash(key);
  const known = book.series.get(hash);
  if (known) return known;
  const count = book.counts.get(purse) ?? 0;
  if (count >= book.budget && key.feature !== overflowFeature)
    return seriesOf(
      book,
      {
        environment: key.environment,
        feature: overflowFeature,
        version: '',
        cohort: '',
        metric: overflowMetric,
        kind: 'sum',
        unit: '{point}',
        attributes: {},
      },
      purse,
    );
  const series = addSeries(book, { ...key, id: 0, hash }, purse);
  book.fresh.push(series);
  return series;
}

export function addSeries(
  book: Book,
  given: SeriesKey & { id: number; hash: string },
  purse = given.environment,
): Series {
  const series: Series = { ...given, cells: new Map(), recent: null };
  book.series.set(given.hash, series);
  book.features.add(featureKey(given));
  if (given.feature !== overflowFeature) book.counts.set(purse, (book.counts.get(purse) ?? 0) + 1);
  return series;
}

function seriesHash(key: SeriesKey): string {
  const { environment, feature, version, cohort, metric, kind, unit, attributes } = key;
  const canonical = Object.keys(attributes)
    .sort()
    .map((k) => [k, attributes[k]]);
  const text = JSON.stringify([environment, feature, version, cohort, metric, kind, unit, canonical]);
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

const featureKey = (s: { environment: string; feature: string }) => `${s.environment}\n${s.feature}`;

function shareLinks(book: Book, links: Links): number {
  const { environment, metric, series, times, over, notes } = links;
  const parts = [environment, metric, notes.map((n) => [n.kind, n.feature])];
  const key = JSON.stringify([parts, series.map((s, i) => [s.hash, times[i], over[i]])]);
  let id = book.linkIds.get(key);
  if (id === undefined) {
    id = book.links.push(links) - 1;
    book.linkIds.set(key, id);
  }
  return id;
}

/** One note a kind, feature and metric; it counts how often it was seen. */
export function noteOf(
  book: Book,
  kind: FindingKind,
  environment: string,
  feature: string,
  metric: string,
  detail: string,
): Note {
  const key = `${kind}\n${environment}\n${feature}\n${metric}`;
  let note = book.notes.get(key);
  if (!note) {
    note = {
      kind,
      environment,
      feature,
      metric,
      detail,
      count: 0,
      firstMs: Number.POSITIVE_INFINITY,
      lastMs: Number.NEGATIVE_INFINITY,
    };
    book.notes.set(key, note);
  }
  return note;
}

export function see(note: Note, ms: number): void {
  note.count++;
  if (ms < note.firstMs) note.firstMs = ms;
  if (ms > note.lastMs) note.lastMs = ms;
}
