/** Series in, a chart ready to draw out. Decides nothing: what is unknown stays a gap. */
import { valueDomain } from './axis';
import { downsample } from './downsample';
import { formatValue } from './format';
import type { BandPoint, EndLabel, Line, ReadyChart, Scale } from './model';
import { lonelyPoints, toRows, withGaps } from './rows';
import { chartSentence } from './sentence';

export type ChartInput = {
  id: string;
  title: string;
  subtitle: string;
  scale: Scale;
  lines: Line[];
  band: BandPoint[];
  /** an absolute threshold, else null */
  threshold: number | null;
  from: number;
  to: number;
  /** the clock, to know which buckets may still grow */
  now: number;
  stepMs: number;
  /** buckets that the plot can show */
  buckets: number;
};

export function readyChart(input: ChartInput): ReadyChart {
  const inside = input.lines.map((line) => ({
    ...line,
    points: line.points.filter(([at]) => at >= input.from - input.stepMs && at <= input.to),
  }));
  const lines = downsample(
    inside.map((line) => withGaps(line, input.stepMs)),
    input,
    input.buckets,
  );
  const width = Math.max(input.stepMs, (input.to - input.from) / input.buckets);
  const band = atSteps(thinBand(input.band, input, input.buckets), lines, width);
  const rows = toRows(lines, band, width);
  const y = domainOf(lines, band, input.threshold, input.scale);
  const labels = endLabels(lines, y);
  return {
    id: input.id,
    title: input.title,
    subtitle: input.subtitle,
    scale: input.scale,
    versions: lines.map((line) => line.version),
    rows,
    lonely: lonelyPoints(rows, lines.length),
    x: { from: input.from, to: input.to },
    y,
    threshold: input.threshold,
    labels,
    fillingFrom: fillingFrom(lines, input),
    sentence: chartSentence(input.title, lines, input.scale, input.threshold),
    stepMs: input.stepMs,
  };
}

/** The newest look of every bucket; a look says all that came before it. */
function thinBand(band: BandPoint[], range: { from: number; to: number }, buckets: number): BandPoint[] {
  const width = (range.to - range.from) / Math.max(1, buckets);
  const newest = new Map<number, BandPoint>();
  for (const point of band) {
    if (point.at < range.from || point.at > range.to) continue;
    newest.set(Math.floor((point.at - range.from) / width), point);
  }
  return [...newest.values()];
}

/**
 * A look stands at the step that it was made in. With a row of its own, tables and files would show values of the lines
 * there that nobody measured, and each chart would be drawn from twice as many rows.
 */
function atSteps(band: BandPoint[], lines: Line[], width: number): BandPoint[] {
  const times = [...new Set(lines.flatMap((line) => line.points.map(([at]) => at)))].sort((a, b) => a - b);
  const placed = new Map<number, BandPoint>();
  let next = 0;
  for (const point of band) {
    while (next < times.length && (times[next] as number) <= point.at) next++;
    const step = times[next - 1];
    const at = step !== undefined && point.at - step < width ? step : point.at;
    placed.set(at, { ...point, at });
  }
  return [...placed.values()];
}

/** Early bands are wide enough to flatten everything else: they stretch the axis to three times the values at most. */
function domainOf(lines: Line[], band: BandPoint[], threshold: number | null, scale: Scale): ReadyChart['y'] {
  const values = lines.flatMap((line) => line.points.flatMap(([, value]) => (value === null ? [] : [value])));
  const wanted = [...values, ...(threshold === null ? [] : [threshold])];
  const newest = band.at(-1);
  if (newest?.limit != null) wanted.push(newest.limit);
  const low = Math.min(...wanted);
  const high = Math.max(...wanted);
  const room = (high - low || Math.abs(high) || 1) * 1;
  for (const edge of [newest?.low, newest?.high]) {
    if (edge == null || !Number.isFinite(edge)) continue;
    wanted.push(wanted.length === 0 ? edge : Math.min(high + room, Math.max(low - room, edge)));
  }
  const never = scale.kind === 'plain' ? wanted : wanted.map((v) => (low >= 0 ? Math.max(0, v) : v));
  const domain = valueDomain(never);
  return { ...domain, ticks: domain.ticks.map((value) => ({ value, label: formatValue(value, scale) })) };
}

/** Labels at the ends of lines, pushed apart so that none covers another. `y` and the gap are shares of the height. */
function endLabels(lines: Line[], y: ReadyChart['y'], gap = 0.13): EndLabel[] {
  const labels = lines.flatMap((line, index): EndLabel[] => {
    const last = line.points.findLast(([, value]) => value !== null);
    if (!last || last[1] === null) return [];
    const share = (y.high - last[1]) / (y.high - y.low || 1);
    return [{ line: index, version: line.version, value: last[1], y: Math.min(1, Math.max(0, share)) }];
  });
  return spread(labels, gap);
}

export function spread<T extends { y: number }>(labels: T[], gap: number): T[] {
  const sorted = [...labels].sort((a, b) => a.y - b.y);
  let floor = Number.NEGATIVE_INFINITY;
  for (const label of sorted) {
    label.y = Math.max(label.y, floor);
    floor = label.y + gap;
  }
  let ceiling = 1;
  for (const label of sorted.toReversed()) {
    label.y = Math.min(label.y, ceiling);
    ceiling = label.y - gap;
  }
  return sorted;
}

/** The last bucket of a range that reaches the present is still being filled. */
function fillingFrom(lines: Line[], input: ChartInput): number | null {
  const last = Math.max(...lines.map((line) => line.points.at(-1)?.[0] ?? Number.NEGATIVE_INFINITY));
  if (!Number.isFinite(last) || input.to < input.now - input.stepMs) return null;
  return last + input.stepMs > input.now ? last : null;
}
