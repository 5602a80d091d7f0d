/** The numbers behind a chart, as a table and as a file. */
import type { ReadyChart } from './model';

export function csvOf(chart: ReadyChart): string {
  const head = ['time', ...chart.versions, 'interval low', 'interval high', 'limit'];
  const lines = chart.rows.map((row) => [
    new Date(row.at).toISOString(),
    ...chart.versions.map((_, index) => row[`v${index}`] ?? ''),
    row.band?.[0] ?? '',
    row.band?.[1] ?? '',
    row.limit ?? chart.threshold ?? '',
  ]);
  return `${[head, ...lines].map((cells) => cells.map(cell).join(',')).join('\r\n')}\r\n`;
}

/** RFC 4180, and no cell that a spreadsheet would run: names come from telemetry. */
function cell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
