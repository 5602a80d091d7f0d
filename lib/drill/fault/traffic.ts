/**
 * Marked telemetry of simulated users, as one OTLP/HTTP JSON export a step. Pure: the same run, step and answers of the
 * flags make the same bytes, so a retry is known as one; and as the windows of deltas lie on a grid, what is sent again
 * with other answers still counts once a stream.
 */
import { createHash } from 'node:crypto';
import type { Mapping } from '@/lib/signal/model';
import { drillPrefix } from '../model';
import type { Mix, MixMetric, Pair } from './mix';
import type { Scalars } from './profile';

export const stepMs = 2_000;
export const onGrid = (ms: number): number => Math.floor(ms / stepMs) * stepMs;

/** How many users of a cohort the flags serve a version. */
export type Served = { cohort: string; version: string; users: number };
export type Step = {
  run: string;
  feature: string;
  candidate: string;
  mix: Mix;
  mapping: Mapping;
  served: readonly Served[];
  /** on the grid */
  from: number;
  faulty: boolean;
};

export type Export = {
  body: Buffer;
  /** requests of the candidate that failed */
  errors: number;
};

type Attribute = { key: string; value: Record<string, unknown> };
type Cell = { served: Served; profile: number; kind: 'good' | 'bad'; n: number };
const nanos = (ms: number) => `${BigInt(ms) * 1_000_000n}`;

export function exportOf(step: Step): Export {
  const metrics = step.mix.metrics.flatMap((metric) => metric.kinds.map((kind) => metricOf(step, metric, kind)));
  const candidates = step.served.filter((s) => step.faulty && s.version === step.candidate);
  const errors = Math.max(
    0,
    ...step.mix.metrics.map((metric) =>
      candidates
        .flatMap((served) => cellsOf(step, metric, served))
        .filter((c) => c.kind === 'bad')
        .reduce((n, c) => n + c.n, 0),
    ),
  );
  const resource = {
    attributes: attributesOf({
      'service.name': 'belay-drill',
      'deployment.environment.name': `${drillPrefix}${step.run}`,
      'user_agent.synthetic.type': 'test',
      'drill.id': step.run,
    }),
  };
  const scopeMetrics = [{ scope: { name: 'belay.drill' }, metrics }];
  return { body: Buffer.from(JSON.stringify({ resourceMetrics: [{ resource, scopeMetrics }] })), errors };
}

function metricOf(step: Step, metric: MixMetric, kind: MixMetric['kinds'][number]) {
  const named = { name: metric.name, unit: metric.unit };
  if (kind === 'gauge')
    return { ...named, gauge: { dataPoints: step.served.flatMap((s) => gaugePoints(step, metric, s)) } };
  const cells = step.served.flatMap((served) => cellsOf(step, metric, served));
  if (kind === 'sum') {
    const dataPoints = cells.map((cell) => ({ ...headOf(step, cell), asInt: String(cell.n) }));
    return { ...named, sum: { aggregationTemporality: 1, isMonotonic: true, dataPoints } };
  }
  return {
    ...named,
    histogram: { aggregationTemporality: 1, dataPoints: cells.map((cell) => histogramPoint(step, metric, cell)) },
  };
}

const of = (pair: Pair, faulty: boolean) => (faulty ? pair.faulty : pair.well);
const misbehaves = (step: Step, served: Served) => step.faulty && served.version === step.candidate;

/** Nothing happened is said too: a zero is no silence. */
function cellsOf(step: Step, metric: MixMetric, served: Served): Cell[] {
  if (served.users <= 0) return [];
  const faulty = misbehaves(step, served);
  // The same for both versions: how busy it is does not depend on what one is served.
  const busy = 1 + 0.1 * (2 * chance(step, served.cohort, 'busy') - 1);
  return step.mix.profiles.flatMap((profile, i) => {
    const expected = served.users * of(metric.perUser, faulty) * (stepMs / 1000) * busy;
    const draw = (what: string) => chance(step, metric.name, served.cohort, served.version, i, what);
    const n = Math.floor(expected + draw('n'));
    const bad = Math.min(n, Math.floor(n * of(step.mix.bad, faulty) + draw('bad')));
    const same = JSON.stringify(profile.good) === JSON.stringify(profile.bad);
    if (same) return [{ served, profile: i, kind: 'good' as const, n }];
    return [
      { served, profile: i, kind: 'good' as const, n: n - bad },
      { served, profile: i, kind: 'bad' as const, n: bad },
    ];
  });
}

/** In (from, to]: the next step begins where this one ends. A millisecond less keeps it out of the next bin. */
function headOf(step: Step, { served, profile, kind }: Omit<Cell, 'n'>, more: Scalars = {}) {
  return {
    startTimeUnixNano: nanos(step.from),
    timeUnixNano: nanos(step.from + stepMs - 1),
    attributes: attributesOf({
      ...step.mix.profiles[profile]?.[kind],
      ...more,
      ...segmentOf(step, served),
    }),
  };
}

/** As the mapping of this installation reads them: by its first rule, and its first name of a cohort. */
function segmentOf({ feature, mapping }: Step, { version, cohort }: Served): Scalars {
  const [rule] = mapping.rules;
  const [named] = mapping.cohort;
  const part = named === undefined ? {} : { [named]: cohort };
  if (rule?.kind === 'named') return { ...part, [`${rule.prefix}${feature}${rule.suffix}`]: version };
  return {
    ...part,
    [rule?.feature[0] ?? 'feature_flag.key']: feature,
    [rule?.version[0] ?? 'feature_flag.result.variant']: version,
  };
}

/** Where values lie about the middle, and how many of them. */
const spread: Array<[times: number, part: number]> = [
  [0.64, 0.15],
  [0.8, 0.3],
  [1, 0.35],
  [1.25, 0.15],
  [1.56, 0.05],
];

function histogramPoint(step: Step, metric: MixMetric, cell: Cell) {
  const level = of(metric.level, misbehaves(step, cell.served));
  const counts = new Array<number>(metric.bounds.length + 1).fill(0);
  let left = cell.n;
  let sum = 0;
  spread.forEach(([times, part], i) => {
    const draw = chance(step, metric.name, cell.served.cohort, cell.served.version, cell.profile, cell.kind, i);
    const n = i === spread.length - 1 ? left : Math.min(left, Math.floor(cell.n * part + draw));
    const value = level * times;
    const at = metric.bounds.findIndex((bound) => value <= bound);
    const bucket = at < 0 ? metric.bounds.length : at;
    counts[bucket] = (counts[bucket] ?? 0) + n;
    sum += n * value;
    left -= n;
  });
  return {
    ...headOf(step, cell),
    count: String(cell.n),
    sum,
    bucketCounts: counts.map(String),
    explicitBounds: metric.bounds,
  };
}

/** One series has one value a bin; four of them are a small fleet. */
const fleet = 4;

function gaugePoints(step: Step, metric: MixMetric, served: Served) {
  if (served.users <= 0) return [];
  const level = of(metric.level, misbehaves(step, served));
  return step.mix.profiles.flatMap((_, profile) =>
    Array.from({ length: fleet }, (_none, instance) => {
      const draw = chance(step, metric.name, served.cohort, served.version, profile, instance);
      const wobble = 0.04 * (draw - 0.5) * (Math.abs(level) || 1);
      return {
        ...headOf(step, { served, profile, kind: 'good' }, { 'drill.instance': instance }),
        asDouble: level + wobble,
      };
    }),
  );
}

function attributesOf(attributes: Scalars): Attribute[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: string | number | boolean): Record<string, unknown> {
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'string') return { stringValue: value };
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

/** Evenly in [0, 1), the same for the same run, step and what it is for. */
function chance({ run, from }: Step, ...what: Array<string | number>): number {
  const digest = createHash('sha256')
    .update(JSON.stringify([run, from, ...what]))
    .digest();
  return digest.readUIntBE(0, 6) / 2 ** 48;
}
