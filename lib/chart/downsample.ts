/** Thins lines to what a plot can show without losing an extreme. */
import type { Line } from './model';

/**
 * Keeps, of every pixel bucket and line, the smallest, the largest and the last value, and every gap that
 * is a whole bucket long. Not LTTB: a breach of one point must never vanish.
 */
export function downsample(lines: Line[], range: { from: number; to: number }, buckets: number): Line[] {
  const width = (range.to - range.from) / Math.max(1, buckets);
  if (!(width > 0)) return lines;
  return lines.map((line) =>
    line.points.length <= buckets ? line : { ...line, points: thin(line.points, range.from, width) },
  );
}

function thin(points: Line['points'], from: number, width: number): Line['points'] {
  const kept: Line['points'] = [];
  let start = 0;
  while (start < points.length) {
    const first = points[start];
    if (!first) break;
    const bucket = Math.floor((first[0] - from) / width);
    let end = start + 1;
    while (end < points.length && Math.floor(((points[end]?.[0] ?? 0) - from) / width) === bucket) end++;
    kept.push(...extremes(points.slice(start, end)));
    start = end;
  }
  return kept;
}

function extremes(points: Line['points']): Line['points'] {
  let low: Line['points'][number] | undefined;
  let high: Line['points'][number] | undefined;
  let last: Line['points'][number] | undefined;
  for (const point of points) {
    if (point[1] === null) continue;
    if (low === undefined || point[1] < (low[1] ?? 0)) low = point;
    if (high === undefined || point[1] > (high[1] ?? 0)) high = point;
    last = point;
  }
  if (!low || !high || !last) return points.slice(-1);
  return [...new Set([low, high, last])].sort((a, b) => a[0] - b[0]);
}
