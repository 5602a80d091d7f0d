/** Ready-to-draw data. Everything here is plain and serialisable: server pages make it, client leaves draw it. */

/** One version over time; `null` is a gap, never zero. `n` is how much was observed. */
export type Line = { version: string; points: Array<[atMs: number, value: number | null, n: number]> };

/** A look on the scale of the chart: where the candidate lies with confidence, and the limit it may not pass. */
export type BandPoint = { at: number; low: number | null; high: number | null; limit: number | null };

/**
 * A row of the chart. Lines are keyed `v0`, `v1`, … because version names may hold dots,
 * which Recharts would read as a path. Arrays are `[low, high]` of the band.
 */
export type ChartRow = { at: number; [key: `v${number}`]: number | null } & {
  band?: [number, number] | null;
  limit?: number | null;
};

export type EndLabel = { line: number; version: string; value: number /** 0 top … 1 bottom */; y: number };
export type Tick = { value: number; label: string };

export type ReadyChart = {
  id: string;
  title: string;
  subtitle: string;
  scale: Scale;
  versions: string[];
  rows: ChartRow[];
  /** points with a gap on either side: a line alone would not show them */
  lonely: Array<{ line: number; at: number; value: number }>;
  x: { from: number; to: number };
  y: { low: number; high: number; ticks: Tick[] };
  threshold: number | null;
  labels: EndLabel[];
  /** from here on buckets may still grow; null where nothing is late */
  fillingFrom: number | null;
  /** said by screen readers, printed under the table */
  sentence: string;
  stepMs: number;
};

/** How numbers of a chart or criterion are printed. */
export type Scale =
  | { kind: 'share' }
  | { kind: 'seconds'; factor: number }
  | { kind: 'bytes'; factor: number }
  | { kind: 'rate' }
  | { kind: 'plain'; unit: string };

/** A mark in the lane of events that all charts share. */
export type Mark = {
  at: number;
  /** x as a share of the range */
  x: number;
  tone: 'good' | 'bad' | 'warn' | 'plain';
  events: Array<{ seq: number; at: number; title: string; text: string; who: string }>;
};
