/** Lines with times of their own → rows that share times, as Recharts draws them. */
import type { BandPoint, ChartRow, Line, ReadyChart } from './model';

/**
 * Lines come with their gaps explicit (`withGaps`). Between two values of its own a line is interpolated at the
 * times of others, which draws the same straight line; next to a gap it stays a gap.
 */
export function toRows(lines: Line[], band: BandPoint[], stepMs: number): ChartRow[] {
  const times = new Set<number>();
  for (const line of lines) for (const point of line.points) times.add(point[0]);
  for (const point of band) times.add(point.at);
  const rows: ChartRow[] = [...times].sort((a, b) => a - b).map((at) => ({ at }));
  for (const [index, line] of lines.entries()) fill(rows, line.points, `v${index}`);
  const bands = new Map(band.map((point) => [point.at, point]));
  let limit: number | null = null;
  for (const row of rows) {
    const look = bands.get(row.at);
    if (look) {
      limit = look.limit;
      row.band = look.low === null || look.high === null ? null : [look.low, look.high];
    } else row.band = null;
    if (band.length > 0) row.limit = limit;
  }
  return band.length > 0 ? bridge(rows, stepMs) : rows.map(({ band: _, ...row }) => row as ChartRow);
}

function fill(rows: ChartRow[], points: Line['points'], key: `v${number}`): void {
  let next = 0;
  for (const row of rows) {
    while (next < points.length && (points[next]?.[0] ?? 0) < row.at) next++;
    const here = points[next];
    if (here && here[0] === row.at) {
      row[key] = here[1];
      continue;
    }
    const before = points[next - 1];
    row[key] = before && here ? between(before, here, row.at) : null;
  }
}

function between(before: Line['points'][number], after: Line['points'][number], at: number): number | null {
  if (before[1] === null || after[1] === null) return null;
  return before[1] + ((after[1] - before[1]) * (at - before[0])) / (after[0] - before[0]);
}

/** Carries a band over rows that only other lines made, so that it does not fall to shreds. */
function bridge(rows: ChartRow[], stepMs: number): ChartRow[] {
  const looks = rows.filter((row) => row.band);
  let next = 0;
  for (const row of rows) {
    if (row.band) continue;
    while (next < looks.length && (looks[next]?.at ?? 0) < row.at) next++;
    const before = looks[next - 1];
    const after = looks[next];
    if (before?.band && after?.band && after.at - before.at <= stepMs * 2.5) row.band = before.band;
  }
  return rows;
}

/** Values whose neighbours are both gaps. */
export function lonelyPoints(rows: ChartRow[], count: number): ReadyChart['lonely'] {
  const lonely: ReadyChart['lonely'] = [];
  for (let line = 0; line < count; line++) {
    const key = `v${line}` as const;
    rows.forEach((row, index) => {
      const value = row[key];
      if (typeof value !== 'number') return;
      if (typeof rows[index - 1]?.[key] !== 'number' && typeof rows[index + 1]?.[key] !== 'number')
        lonely.push({ line, at: row.at, value });
    });
  }
  return lonely;
}

/** Makes gaps explicit: a step without a point is `null`, so that no line bridges it. */
export function withGaps(line: Line, stepMs: number): Line {
  const points: Line['points'] = [];
  for (const point of line.points) {
    const before = points.at(-1);
    if (before && point[0] - before[0] > stepMs * 1.5) points.push([before[0] + stepMs, null, 0]);
    points.push(point);
  }
  return { ...line, points };
}
