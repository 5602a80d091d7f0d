/** Telemetry as Belay keeps it: streams, segments, bins. Safe in a browser. */
import { z } from 'zod';

export const pointKinds = ['gauge', 'sum', 'histogram', 'exponential_histogram', 'summary'] as const;
export type PointKind = (typeof pointKinds)[number];
/** As OTLP's AggregationTemporality; gauges and summaries have none. */
export const temporalities = ['none', 'delta', 'cumulative'] as const;
export type Temporality = (typeof temporalities)[number];

export type AttributeValue = string | number | boolean | AttributeValue[] | { [k: string]: AttributeValue } | null;
export type Attributes = Record<string, AttributeValue>;

/**
 * One OTLP metric stream; every field but `description` identifies it.
 * @see https://opentelemetry.io/docs/specs/otel/metrics/data-model/#timeseries-model
 */
export type StreamIdentity = {
  environment: string;
  metric: string;
  kind: PointKind;
  unit: string;
  temporality: Temporality;
  monotonic: boolean;
  attributes: Attributes;
  resource: Attributes;
  scopeName: string;
  scopeVersion: string;
  scopeAttributes: Attributes;
};

/**
 * Receives the points of one block, one call a point, nothing allocated per point by the reader.
 * Times are nanoseconds since the epoch. `flags` bit 0 is NoRecordedValue.
 * Absent sum, min or max is NaN. Array arguments are only valid during the call.
 */
export type PointSink = {
  number(stream: number, start: bigint, time: bigint, flags: number, value: number): void;
  histogram(
    stream: number,
    start: bigint,
    time: bigint,
    flags: number,
    count: number,
    sum: number,
    min: number,
    max: number,
    /** upper bounds, inclusive, without +Inf; shared between points with equal bounds */
    bounds: Float64Array,
    /** bounds.length + 1 long, or empty when the sender gave count and sum only */
    counts: Float64Array,
  ): void;
  exponentialHistogram(
    stream: number,
    start: bigint,
    time: bigint,
    flags: number,
    count: number,
    sum: number,
    min: number,
    max: number,
    scale: number,
    zeroCount: number,
    zeroThreshold: number,
    positiveOffset: number,
    positive: Float64Array,
    negativeOffset: number,
    negative: Float64Array,
  ): void;
  /** Shown, never merged: quantiles of a summary cannot be. */
  summary(stream: number, start: bigint, time: bigint, flags: number, count: number, sum: number): void;
};

/** The grain of everything shown and judged. `cohort` is '' where telemetry names none. */
export type Segment = { environment: string; feature: string; version: string; cohort: string };

/**
 * How attributes become segments; an ordered list, kept in `setting('mapping')`.
 * Each rule that finds both a feature and a version yields one segment of the point.
 */
export type MappingRule =
  /** feature and version each from the first attribute that is present; parallel arrays name several features */
  | { kind: 'flag'; feature: string[]; version: string[] }
  /** `feature_flag.<key>.variant = v`: the key stands between prefix and suffix */
  | { kind: 'named'; prefix: string; suffix: string }
  /** resource-level deployment: service.name, service.version */
  | { kind: 'deployment'; feature: string[]; version: string[] };
export type Mapping = { rules: MappingRule[]; cohort: string[]; environment: string[] };

export const defaultMapping: Mapping = {
  rules: [
    {
      kind: 'flag',
      feature: ['feature_flag.key', 'feature_flag.evaluation.key'],
      version: [
        'feature_flag.result.variant',
        'feature_flag.variant',
        'feature_flag.evaluation.variant',
        'feature_flag.result.value',
      ],
    },
    { kind: 'named', prefix: 'feature_flag.', suffix: '.variant' },
    { kind: 'deployment', feature: ['service.name'], version: ['service.version'] },
  ],
  cohort: ['cohort', 'rollout.cohort'],
  environment: ['deployment.environment.name', 'deployment.environment'],
};

/**
 * Values observed in one bin. Which fields are set depends on the kind:
 * sums and histograms carry `n` (increase or count), histograms also `sum` and buckets, gauges their `values`.
 */
export type ExplicitBuckets = { bounds: number[]; counts: number[] };
export type ExponentialBuckets = {
  scale: number;
  zeroCount: number;
  zeroThreshold?: number;
  offset: number;
  counts: number[];
  negativeOffset?: number;
  negativeCounts?: number[];
};
export type Aggregate = {
  kind: PointKind;
  /** increase of a sum, or number of observations */
  n: number;
  /** total of the observed values where known, else NaN */
  sum: number;
  /** sum of squares where it can be known (gauges), estimated from buckets otherwise */
  sum2: number;
  min: number;
  max: number;
  last: number;
  explicit?: ExplicitBuckets;
  exponential?: ExponentialBuckets;
};

/** Something wrong with the telemetry of a metric that must keep outcomes from being green. */
export const findingKinds = [
  'overflow',
  'unit_conflict',
  'single_writer_violation',
  'receiver_down',
  'series_budget',
] as const;
export type FindingKind = (typeof findingKinds)[number];

/** Attribute conditions: equality, a list, or a class of status codes such as `5xx`. */
export type Where = Record<string, string | number | boolean | Array<string | number | boolean>>;

const names = z.array(z.string().trim().min(1).max(255)).max(20);
/** What `putMapping` takes; the same shape as `Mapping`. */
export const mappingInput = z.strictObject({
  rules: z
    .array(
      z.discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('flag'), feature: names.min(1), version: names.min(1) }),
        z.strictObject({ kind: z.literal('named'), prefix: z.string().min(1).max(255), suffix: z.string().max(255) }),
        z.strictObject({ kind: z.literal('deployment'), feature: names.min(1), version: names.min(1) }),
      ]),
    )
    .min(1)
    .max(20),
  cohort: names.default(defaultMapping.cohort),
  environment: names.default(defaultMapping.environment),
});

/** What a series measures over one bin of `resolution` seconds that starts at `at`. */
export const resolutions = [10, 60, 3600] as const;
export type Resolution = (typeof resolutions)[number];
export type BinQuery = {
  environment: string;
  feature: string;
  metrics: string[];
  versions?: string[];
  from: Date;
  to: Date;
  resolution: Resolution;
};
export type BinRow = {
  /** milliseconds, start of the bin */
  at: number;
  version: string;
  cohort: string;
  metric: string;
  kind: PointKind;
  unit: string;
  attributes: Attributes;
  aggregate: Aggregate;
};

export const chartMeasures = ['rate', 'mean', 'quantile', 'share', 'value', 'ratio', 'count'] as const;
export type ChartMeasure = (typeof chartMeasures)[number];
export type SeriesQuery = {
  environment: string;
  feature: string;
  metric: string;
  measure: ChartMeasure;
  /** quantile only */
  q?: number;
  where?: Where;
  /** share only: the part that counts */
  of?: Where;
  /** ratio only: the counter below the line */
  per?: string;
  versions?: string[];
  /** undefined or null: all cohorts together */
  cohort?: string | null;
  from: Date;
  to: Date;
  /** about how many bins to draw; 300 unless given */
  points?: number;
};
/** `null` is a gap, never zero. `n`: observations (or increase) in the bin; the last bin may still be filling. */
export type SeriesView = {
  unit: string;
  stepMs: number;
  from: string;
  to: string;
  lines: Array<{ version: string; points: Array<[atMs: number, value: number | null, n: number]> }>;
};

export type MetricView = {
  metric: string;
  kind: PointKind;
  unit: string;
  versions: string[];
  cohorts: string[];
  lastAt: string;
};
export type SegmentView = Segment & { lastAt: string; points10m: number };
export type Freshness = { lastAt: Date | null; receiverAliveAt: Date | null };
/** `feature` '' : of the environment as a whole, so of every feature in it. */
export type Finding = {
  kind: FindingKind;
  environment: string;
  feature: string;
  metric: string;
  detail: string;
  firstAt: Date;
  lastAt: Date;
  count: number;
};
export type Rejection = { at: string; environment: string; metric: string; message: string; points: number };

/** Setting `retention`: hours that each kind of record is kept. */
export const retentionInput = z.strictObject({
  ledgerHours: z.number().min(1).max(8760).default(48),
  receiptHours: z.number().min(1).max(168).default(24),
  rollup10sHours: z.number().min(24).max(8760).default(72),
  rollup60sHours: z.number().min(24).max(87600).default(720),
  rollup3600sHours: z.number().min(24).max(87600).default(9600),
});
export type Retention = z.output<typeof retentionInput>;
