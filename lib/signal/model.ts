/** Telemetry as Belay keeps it: streams, segments, bins. Safe in a browser. */

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
